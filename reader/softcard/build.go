package softcard

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sscard/apdu"
	"sscard/sm"
)

// builder holds what keys and access rules are made from.
type builder struct {
	card       *Card
	historical []byte
	cardID     []byte // nil: the description has none
}

// begin makes what both kinds of card have.
func begin(s headSpec, instructions map[byte]instruction) (*builder, error) {
	b := &builder{card: &Card{instructions: instructions, description: s.Description, iface: s.Interface}}
	return b, inTurn(s, b.buildInterface, b.buildATR, b.buildQuirks)
}

// inTurn takes one step after the other, up to the first that fails.
func inTurn[S any](s S, steps ...func(S) error) error {
	for _, step := range steps {
		if err := step(s); err != nil {
			return err
		}
	}
	return nil
}

func (s cardSpec) build() (*Card, error) {
	b, err := begin(s.headSpec, userInstructions)
	if err == nil {
		err = inTurn(s, b.buildCardID, b.buildAlgorithm, b.buildPIN, b.buildKeys, b.buildApplications)
	}
	if err != nil {
		return nil, err
	}
	return b.card, nil
}

func (b *builder) buildInterface(s headSpec) error {
	if s.Interface != "contact" && s.Interface != "contactless" {
		return within("interface", fmt.Errorf("%q is neither contact nor contactless", s.Interface))
	}
	return nil
}

func (b *builder) buildATR(s headSpec) (err error) {
	if b.card.atr, err = apdu.ParseHex(s.ATR); err != nil {
		return within("atr", err)
	}
	b.historical, err = historicalBytes(b.card.atr)
	return within("atr", err)
}

// buildCardID finds the 卡的识别码, whose region the keys depend on, before the files are built.
func (b *builder) buildCardID(s cardSpec) (err error) {
	for i, r := range s.Applications["SSSE"].Files["EF05"].Records {
		if r.Tag == "01" {
			b.cardID, err = r.value()
			return within(fmt.Sprintf("applications.SSSE.files.EF05.records[%d]", i), err)
		}
	}
	return nil
}

// region is the six digits that begin the card's identification, empty where there is none.
func (b *builder) region() string {
	if len(b.cardID) < 3 {
		return ""
	}
	return apdu.Hex(b.cardID[:3])
}

func (b *builder) buildAlgorithm(s cardSpec) (err error) {
	const beijing = "11"
	switch {
	case s.Algorithm != "":
		b.card.algorithmDO = true
		b.card.algorithm, err = sm.ParseAlgorithm(s.Algorithm)
	case strings.HasPrefix(b.region(), beijing):
		b.card.algorithm = sm.SSF33
	default:
		b.card.algorithm = sm.DES
	}
	return within("algorithm", err)
}

func (b *builder) buildPIN(s cardSpec) error {
	if s.PIN == nil {
		return nil
	}
	if n := len(s.PIN.Value); n < 4 || n > 16 || strings.Trim(s.PIN.Value, "0123456789") != "" {
		return within("pin.value", errors.New("not 4 to 16 digits"))
	}
	if !validTries(s.PIN.Tries) || s.PIN.Tries == 0 {
		return within("pin.tries", errTries)
	}
	b.card.pin = &secret{value: []byte(s.PIN.Value), tries: s.PIN.Tries, left: s.PIN.Tries}
	return nil
}

// maxTries is what the x of 63Cx holds.
const maxTries = 15

var errTries = fmt.Errorf("not 1 to %d", maxTries)

func validTries(n int) bool { return n >= 0 && n <= maxTries }

func (b *builder) buildKeys(s cardSpec) (err error) {
	b.card.keys, err = b.keys(s.Keys)
	return within("keys", err)
}

func (b *builder) keys(specs map[string]keySpec) (map[string]*secret, error) {
	keys := map[string]*secret{}
	byID := map[byte]string{}
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		key, err := b.key(specs[name])
		if err != nil {
			return nil, within(name, err)
		}
		if other, taken := byID[key.id]; taken {
			return nil, within(name+".id", fmt.Errorf("%02X is that of %s", key.id, other))
		}
		keys[name], byID[key.id] = key, name
	}
	return keys, nil
}

func (b *builder) key(s keySpec) (*secret, error) {
	id, err := parseByte(s.ID)
	if err != nil {
		return nil, within("id", err)
	}
	if !validTries(s.Tries) {
		return nil, within("tries", errTries)
	}
	key := &secret{id: id, version: 1, tries: s.Tries, left: s.Tries}
	if s.Version != nil {
		key.version = *s.Version
	}
	switch {
	case (s.Root == "") == (s.Key == ""):
		return nil, errors.New("needs root or key, and not both")
	case s.Root != "":
		key.value, err = b.derived(s.Root)
		return key, within("root", err)
	}
	if key.value, err = apdu.ParseHex(s.Key); err == nil {
		_, err = sm.SessionKey(b.card.algorithm, key.value, make([]byte, 8)) // fits the algorithm
	}
	return key, within("key", err)
}

func (b *builder) derived(root string) ([]byte, error) {
	key, err := apdu.ParseHex(root)
	if err != nil {
		return nil, err
	}
	return sm.CardKey(b.card.algorithm, key, b.region(), b.historical)
}
