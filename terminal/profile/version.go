package profile

import (
	"cmp"
	"regexp"
)

// version is a 规范版本 as the standard compares it: the first three characters of "x.yz".
type version string

// firstVersion is what an empty 规范版本 means.
const firstVersion version = "1.0"

var (
	versionStart = regexp.MustCompile(`^([1-9])(?:\.([0-9]))?`)
	versionName  = regexp.MustCompile(`^[1-9](\.[0-9]{1,2})?$`) // as layout files write it
)

// versionOf takes what a card says, padding and all. What is no version is taken for the first one, whose layout
// demands least of a card.
func versionOf(card string) version {
	m := versionStart.FindStringSubmatch(card)
	if m == nil {
		return firstVersion
	}
	return version(m[1] + "." + cmp.Or(m[2], "0"))
}

// Generation is the generation of a card by its 规范版本: "3.00" is 3, "" is 1.
func Generation(version string) int { return int(versionOf(version)[0] - '0') }

// span is a range of versions. Its zero value is all of them.
type span struct {
	since, until version // until is the first one outside; "": no end
}

func (s span) contains(v version) bool {
	return s.since <= v && (s.until == "" || v < s.until)
}

func (s span) empty() bool { return s.until != "" && s.until <= max(s.since, firstVersion) }

func versionSetter(to *version) setter {
	return parsed(to, "a version like 2 or 2.0", func(s string) (version, bool) {
		return versionOf(s), versionName.MatchString(s)
	})
}
