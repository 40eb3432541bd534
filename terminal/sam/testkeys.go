package sam

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"sscard/apdu"
	"sscard/sm"
)

// TestKeys answers with national root keys from a file. Whoever has roots has every card: only invented ones belong
// in such a file, and the program uses it only when told to.
type TestKeys struct {
	roots map[string][]byte
}

var _ Answerer = (*TestKeys)(nil)

// ErrTestKeys says that a file of test keys cannot be used.
var ErrTestKeys = errors.New("test keys")

// LoadTestKeys reads a YAML map of key name to 16 bytes in hexadecimal, such as
//
//	RKSSSE: 505152535455565758595A5B5C5D5E5F
func LoadTestKeys(r io.Reader) (*TestKeys, error) {
	var texts map[string]string
	if err := yaml.NewDecoder(r).Decode(&texts); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTestKeys, err)
	}
	k := &TestKeys{roots: make(map[string][]byte, len(texts))}
	for name, text := range texts {
		root, err := hex.DecodeString(text)
		if err != nil || len(root) != 16 {
			return nil, fmt.Errorf("%w: %s: not 16 bytes in hexadecimal", ErrTestKeys, name)
		}
		k.roots[name] = root
	}
	return k, nil
}

// TerminalNumber is none: only a PSAM has one.
func (k *TestKeys) TerminalNumber(context.Context, sm.Algorithm) (string, error) { return "", nil }

// Settle is for a PSAM only, which numbers the settlements of a terminal.
func (k *TestKeys) Settle(context.Context, Card, Key, apdu.SAMPurchase, Debit) error {
	return fmt.Errorf("%w: test keys do not settle", ErrKey)
}

// Answer diversifies the root of the key for the card and answers.
func (k *TestKeys) Answer(_ context.Context, card Card, key Key, c Challenge) ([8]byte, error) {
	session, err := k.session(card, key, c.Factor[:])
	if err != nil {
		return [8]byte{}, err
	}
	return sm.AuthData(card.Algorithm, session, c.Original)
}

// session makes the session key of the card's own key.
func (k *TestKeys) session(card Card, key Key, random []byte) ([]byte, error) {
	root, known := k.roots[key.Name]
	if !known {
		return nil, fmt.Errorf("%w: %s", ErrKey, key.Name)
	}
	own, err := sm.CardKey(card.Algorithm, root, card.Region, card.Historical)
	if err != nil {
		return nil, err
	}
	return sm.SessionKey(card.Algorithm, own, random)
}
