package profile

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const asymmetricDir = "asymmetric"

// asymmetricFile is a profile, and where in its file stands what can only be checked together.
type asymmetricFile struct {
	Asymmetric
	at, sign, answer, userID place
}

// defaultUserID is the signer's id where none is agreed on (GM/T 0009 §10).
const defaultUserID = "1234567812345678"

var asymmetricName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)

// parseAsymmetric returns the profiles among the files, by file name.
func parseAsymmetric(files map[string]layoutFile) ([]Asymmetric, error) {
	var all []Asymmetric
	for _, key := range slices.Sorted(maps.Keys(files)) {
		if path.Dir(key) != asymmetricDir {
			continue
		}
		a, err := parseAsymmetricFile(files[key], strings.TrimSuffix(path.Base(key), ".yaml"))
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func parseAsymmetricFile(file layoutFile, name string) (Asymmetric, error) {
	n, err := parse(file.name, file.data)
	if err != nil {
		return Asymmetric{}, err
	}
	if !asymmetricName.MatchString(name) {
		return Asymmetric{}, place{file: file.name}.errorf("want a file name of small letters, digits, - and .")
	}
	f := asymmetricFile{at: n.place, answer: n.place}
	f.Asymmetric = Asymmetric{Name: name, Answer: Answer{Layout: LayoutRS}, Hash: HashSM2, probe: true}
	if err := f.apply(n); err != nil {
		return Asymmetric{}, err
	}
	if err := f.check(); err != nil {
		return Asymmetric{}, err
	}
	if f.Hash == HashSM2 && f.UserID == "" {
		f.UserID = defaultUserID
	}
	return f.Asymmetric, nil
}

func (f *asymmetricFile) apply(n node) error {
	return n.object(map[string]setter{
		"zh":          text(&f.Label.ZH),
		"en":          text(&f.Label.EN),
		"since":       versionSetter(&f.since),
		"until":       versionSetter(&f.until),
		"match":       f.applyMatch,
		"probe":       flag(&f.probe),
		"select":      listOf(&f.Select, selectionSetter),
		"certificate": certificateSetter(&f.Certificate),
		"chain":       listOf(&f.Chain, certificateSetter),
		"pin":         flag(&f.PIN),
		"sign":        f.applySign,
		"answer":      f.applyAnswer,
		"user_id":     f.applyUserID,
		"hash":        oneOf(&f.Hash, HashSM2, HashPlain),
	})
}

// applyMatch refuses a list of nothing: it is for no region in one reading, and for all in the other.
func (f *asymmetricFile) applyMatch(n node) error {
	region := func(to *string) setter { return matching(to, "1 to 6 digits of a region code", regionPrefix) }
	if err := listOf(&f.match, region)(n); err != nil {
		return err
	}
	if len(f.match) == 0 {
		return n.errorf("no region; without match a profile is for all")
	}
	return nil
}

func (f *asymmetricFile) applySign(n node) error {
	f.sign = n.place
	return listOf(&f.Sign, func(s *SignStep) setter { return s.apply })(n)
}

func (f *asymmetricFile) applyAnswer(n node) error {
	f.answer = n.place
	tag := func(to *uint) setter { return parsed(to, "a BER tag in hexadecimal", parseTag) }
	return n.object(map[string]setter{
		"path": func(n node) error {
			if err := listOf(&f.Answer.Path, tag)(n); err != nil {
				return err
			}
			if len(f.Answer.Path) > maxPath {
				return n.errorf("more than %d tags", maxPath)
			}
			return nil
		},
		"layout":  oneOf(&f.Answer.Layout, LayoutRS, LayoutDER),
		"dynamic": integer(&f.Answer.Dynamic, 0, maxLength),
	})
}

const maxPath = 8 // deeper than that no answer of 256 bytes goes

func (f *asymmetricFile) applyUserID(n node) error {
	f.userID = n.place
	if err := text(&f.UserID)(n); err != nil {
		return err
	}
	if len(f.UserID) > maxUserID {
		return n.errorf("more than %d bytes", maxUserID)
	}
	return nil
}

const maxUserID = 1<<13 - 1 // its length in bits has 16 bits in Z (GB/T 32918.2 §5.5)

// Bits of the first byte of a tag and of those after it (ISO/IEC 8825-1 §8.1.2).
const (
	tagGoesOn  = 0x1F
	tagBitMore = 0x80
)

// parseTag takes a tag of one to four bytes that is written as it must be. 00 and FF are filler and no tags.
func parseTag(s string) (uint, bool) {
	tag, err := strconv.ParseUint(s, 16, 32)
	if err != nil || len(s)%2 != 0 || tag == 0 {
		return 0, false
	}
	last := len(s)/2 - 1
	for i := 0; i <= last; i++ {
		b := byte(tag >> (8 * (last - i)))
		more := b&tagBitMore != 0
		switch {
		case i == 0 && b == 0xFF, i == 1 && b == tagBitMore:
			return 0, false
		case i == 0:
			more = b&tagGoesOn == tagGoesOn
		}
		if more != (i < last) {
			return 0, false
		}
	}
	return uint(tag), true
}
