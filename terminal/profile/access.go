package profile

import (
	"regexp"
	"slices"
	"strings"
)

// PIN is the holder's PIN among the names of an [Access].
const PIN = "PIN"

// Access is what a card wants before it lets a file be read or updated: one of these sets, each of key names and
// [PIN], to be presented in their order. So no set at all is never, which the zero value is, and a set of nothing
// is free.
type Access [][]string

func free() Access { return Access{{}} }

// Free reports whether nothing needs to be presented.
func (a Access) Free() bool {
	return slices.ContainsFunc(a, func(set []string) bool { return len(set) == 0 })
}

// PIN reports whether the PIN alone is enough.
func (a Access) PIN() bool {
	return slices.ContainsFunc(a, func(set []string) bool { return slices.Equal(set, []string{PIN}) })
}

// Key returns the first key there is to present, and false where none is of use.
func (a Access) Key() (string, bool) {
	if a.Free() {
		return "", false
	}
	return find(slices.Concat(a...), func(name string) bool { return name != PIN })
}

// String is the access as layout files say it.
func (a Access) String() string {
	switch {
	case len(a) == 0:
		return "never"
	case a.Free():
		return "free"
	}
	sets := make([]string, len(a))
	for i, set := range a {
		sets[i] = strings.Join(set, " & ")
	}
	return strings.Join(sets, " | ")
}

var accessForm = regexp.MustCompile(`^[A-Z][A-Z0-9]*( *[|&] *[A-Z][A-Z0-9]*)*$`)

func parseAccess(s string) (Access, bool) {
	switch {
	case s == "never":
		return nil, true
	case s == "free":
		return free(), true
	case !accessForm.MatchString(s):
		return nil, false
	}
	var access Access
	for set := range strings.SplitSeq(s, "|") {
		var names []string
		for name := range strings.SplitSeq(set, "&") {
			names = append(names, strings.TrimSpace(name))
		}
		access = append(access, names)
	}
	return access, true
}

// rule is the access to a file in a span of versions.
type rule struct {
	span
	at     place
	access Access
}

// ruleSetter takes one access for all versions, or a list of those of some.
func ruleSetter(to *[]rule) setter {
	return func(n node) error {
		if n.scalar() {
			r := rule{at: n.place}
			err := accessSetter(&r.access)(n)
			*to = []rule{r}
			return err
		}
		*to = nil
		return n.items(func(n node) error {
			r := rule{at: n.place}
			given := false
			err := n.object(map[string]setter{
				"since":  versionSetter(&r.since),
				"until":  versionSetter(&r.until),
				"access": func(n node) error { given = true; return accessSetter(&r.access)(n) },
			})
			switch {
			case err != nil:
				return err
			case !given:
				return n.errorf("no access")
			case r.empty():
				return n.errorf("until is not after since")
			}
			*to = append(*to, r)
			return nil
		})
	}
}

func accessSetter(to *Access) setter {
	return parsed(to, "free, never, or names of keys and PIN joined by | and &", parseAccess)
}

// accessIn is the access by the first rule for a version.
func accessIn(rules []rule, v version, otherwise Access) Access {
	if r, ruled := find(rules, func(r rule) bool { return r.contains(v) }); ruled {
		return r.access
	}
	return otherwise
}
