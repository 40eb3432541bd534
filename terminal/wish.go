package terminal

import (
	"fmt"
	"slices"
	"strings"

	"sscard/terminal/profile"
)

// basicGroups are what a read gives unless it is asked for other fields.
var basicGroups = [...]string{"issuer", "holder"}

// fieldSet holds names of fields and of whole groups.
type fieldSet []string

func (s fieldSet) has(field string) bool {
	group, _, _ := strings.Cut(field, ".")
	return slices.Contains(s, field) || slices.Contains(s, group)
}

// wish is what a caller asked for and may have.
type wish struct {
	asked, allowed fieldSet
}

// gives reports whether the record's field goes into the document.
func (w wish) gives(r profile.Record) bool { return w.asked.has(r.Field) && w.allowed.has(r.Field) }

// reads reports whether the record may be asked of the card. What the program needs itself may be, and what
// was not wanted too, as it comes along with the rest of its file: only what is denied may not.
func (w wish) reads(r profile.Record) bool {
	return w.allowed.has(r.Field) || r.Field == "" || r.Field == fieldCardID || r.Field == fieldSpecVersion
}

// wishOf checks the names in the request. A field that is wanted by name and denied refuses all of it.
func (t *Terminal) wishOf(req ReadRequest) (wish, error) {
	every := fieldSet{}
	for _, f := range t.Profiles().Fields() {
		if !slices.Contains(every, f.Group) {
			every = append(every, f.Group)
		}
	}
	w := wish{asked: basicGroups[:], allowed: every}
	if req.Allowed != nil {
		w.allowed = req.Allowed
	}
	if req.Fields == nil {
		return w, nil
	}
	w.asked = req.Fields
	for _, name := range req.Fields {
		switch {
		case !t.KnownField(name):
			return wish{}, fmt.Errorf("%w: %q", errUnknownField, name)
		case !w.allowed.has(name):
			return wish{}, fmt.Errorf("%w: %q", errDeniedField, name)
		}
	}
	return w, nil
}

// KnownField reports whether name is a field, or a group of fields, of any layout.
func (t *Terminal) KnownField(name string) bool {
	return KnownField(t.Profiles(), name)
}

// KnownField reports whether name is a field, or a group of fields, of any of the layouts.
func KnownField(profiles *profile.Set, name string) bool {
	return slices.ContainsFunc(profiles.Fields(), func(f profile.Field) bool { return f.Name == name || f.Group == name })
}
