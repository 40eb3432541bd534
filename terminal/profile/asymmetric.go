package profile

import (
	"cmp"
	"slices"
	"strings"
)

// Asymmetric is one way in which cards prove themselves with an SM2 key of their own: where its certificate lies, which
// commands make the card sign, and over what. M, the message signed, is the challenge of 32 bytes, after what the card
// puts before it (see [Answer]).
type Asymmetric struct {
	Name        string // of the file, without .yaml
	Label       Label
	Select      []Selection // of the application, in the order to try
	Certificate CertificateFile
	Chain       []CertificateFile // the authorities' certificates that the card holds, its own issuer's first
	PIN         bool              // the holder's PIN is to be verified before the card signs
	Sign        []SignStep        // in order; the answer to the last holds the signature
	Answer      Answer
	Hash        Hash
	UserID      string // of the signer, within Z; "" where Hash is HashPlain, which has no Z

	span
	match []string // starts of region codes; none: every region
	probe bool
}

// Hash is what e, the number signed, is of the message M.
type Hash string

const (
	HashSM2   Hash = "sm2"   // e = SM3(Z ‖ M), GB/T 32918.2 §6.1
	HashPlain Hash = "plain" // e = SM3(M)
)

// Answer is where the signature stands in the answer to the last command: at the end of Path, after Dynamic bytes.
type Answer struct {
	Path    []uint // BER tags as written, 0x9F4B, each within the value of the one before; none: the bare answer
	Dynamic int    // bytes before the signature, the card's own, that were signed before the challenge: M is both
	Layout  SignatureLayout
}

// SignatureLayout is how a signature is written.
type SignatureLayout string

const (
	LayoutRS  SignatureLayout = "rs"  // r ‖ s, 32 bytes each, big-endian
	LayoutDER SignatureLayout = "der" // SM2Signature of GM/T 0009
)

// Asymmetric returns the profiles to try on a card, best first: those of the longest start of its region code, and
// among equals by file name. Version and region are as for [Set.Layout].
func (s *Set) Asymmetric(version, region string) []Asymmetric {
	v := versionOf(version)
	var try []Asymmetric
	for _, a := range s.asymmetric {
		if a.probe && a.contains(v) && a.fit(region) >= 0 {
			try = append(try, a)
		}
	}
	slices.SortStableFunc(try, func(a, b Asymmetric) int { return cmp.Compare(b.fit(region), a.fit(region)) })
	return try
}

// AsymmetricProfile returns the profile of that name, be it one to try or not.
func (s *Set) AsymmetricProfile(name string) (Asymmetric, bool) {
	return find(s.asymmetric, func(a Asymmetric) bool { return a.Name == name })
}

// AsymmetricProfiles returns all profiles by file name, those that are not tried on cards too.
func (s *Set) AsymmetricProfiles() []Asymmetric { return s.asymmetric }

// Tried reports whether cards are asked for the application, and it is no mere template.
func (a Asymmetric) Tried() bool { return a.probe }

// fit is how many digits of a region code the profile names: 0 where it is for all regions, -1 where it is for others.
func (a Asymmetric) fit(region string) int {
	if len(a.match) == 0 {
		return 0
	}
	longest := -1
	for _, m := range a.match {
		if strings.HasPrefix(region, m) {
			longest = max(longest, len(m))
		}
	}
	return longest
}
