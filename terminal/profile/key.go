package profile

import (
	"regexp"
	"slices"
)

// Level is whose key it is: the level that keeps its root.
type Level string

const (
	Ministry Level = "ministry" // 部级
	Province Level = "province" // 省级
)

// Key is a symmetric key of the card, and where a PSAM and an HSM keep its root.
type Key struct {
	Name    string
	Purpose string // 用途, as the standard words it
	Level   Level
	ID      byte     // in the card: P2 of EXTERNAL AUTHENTICATE
	HasID   bool     // false: the ID is not public
	Usage   byte     // in the PSAM: levels of diversification in the high three bits, type in the low five; 0: not public
	PSAM    byte     // the key's id in a PSAM
	HSM     []string // addresses of key versions 1, 2, 3, four hexadecimal digits each
}

// keyEntry is a key while layout files are laid over one another.
type keyEntry struct {
	Key
	at place
}

var (
	keyName    = regexp.MustCompile(`^[A-Z][A-Z0-9]*$`)
	hsmAddress = regexp.MustCompile(`^[0-9A-F]{4}$`)
)

func (t *tree) applyKeys(n node) error {
	t.keys = slices.Clone(t.keys)
	return n.each(func(name string, n node) error {
		if !keyName.MatchString(name) || name == PIN {
			return n.errorf("%q is not a key name of capital letters and digits", name)
		}
		i := slices.IndexFunc(t.keys, func(k keyEntry) bool { return k.Name == name })
		if i < 0 {
			i = len(t.keys)
			t.keys = append(t.keys, keyEntry{Key: Key{Name: name}})
		}
		return t.keys[i].apply(n)
	})
}

func (k *keyEntry) apply(n node) error {
	k.at = n.place
	return n.object(map[string]setter{
		"zh":    text(&k.Purpose),
		"level": parsed(&k.Level, "ministry or province", parseLevel),
		"id":    func(n node) error { k.HasID = true; return hexNumber(&k.ID)(n) },
		"usage": hexNumber(&k.Usage),
		"psam":  hexNumber(&k.PSAM),
		"hsm":   k.applyHSM,
	})
}

func (k *keyEntry) applyHSM(n node) error {
	k.HSM = nil
	return n.items(func(n node) error {
		var address string
		if err := matching(&address, "an address of four hexadecimal digits", hsmAddress)(n); err != nil {
			return err
		}
		k.HSM = append(k.HSM, address)
		return nil
	})
}

func parseLevel(s string) (Level, bool) {
	l := Level(s)
	return l, l == Ministry || l == Province
}

func (k keyEntry) check() error {
	switch {
	case k.Purpose == "":
		return k.at.errorf("no zh")
	case k.Level == "":
		return k.at.errorf("no level")
	case k.PSAM == 0:
		return k.at.errorf("no psam")
	}
	return nil
}

// checkAccess finds rules that name a key which is not there.
func (t tree) checkAccess(rules []rule) error {
	for _, r := range rules {
		for _, name := range slices.Concat(r.access...) {
			known := slices.ContainsFunc(t.keys, func(k keyEntry) bool { return k.Name == name })
			if name != PIN && !known {
				return r.at.errorf("%q is neither PIN nor a key", name)
			}
		}
	}
	return nil
}
