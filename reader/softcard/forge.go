package softcard

import (
	"errors"

	"sscard/apdu"
	"sscard/sm"
)

// ErrNotSigning says that a card has no application, or none so called, that signs with SM2.
var ErrNotSigning = errors.New("softcard: no application that signs")

// Forge makes the card a forged one. What a forgery does to key or certificate is done at once and stays;
// of those that change signatures the last one holds, over resets too. A card that does not sign gives
// [ErrNotSigning]; one that has no certificate, or not that bit of it, [ErrForgery].
func (c *Card) Forge(f Forgery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := ErrNotSigning
	for _, a := range c.applications {
		if a.signer == nil {
			continue
		}
		if err = c.forge(a, f); err != nil {
			break
		}
	}
	return err
}

func (c *Card) forge(a *application, f Forgery) error {
	if f.card != nil {
		return f.card(f, c, a)
	}
	a.signer.forgery, a.signer.first = f, nil
	return nil
}

// forged is what a forgery makes of what was signed.
func (k *signer) forged(made signed) signed {
	f := k.forgery
	if f.numbers != nil {
		made.signature = f.numbers(f, made.signature)
	}
	if !f.replays {
		return made
	}
	if k.first == nil {
		k.first = &made
	}
	return *k.first
}

// laidOut is what a forgery makes of r ∥ s or its DER.
func (f Forgery) laidOut(b []byte, s sm.Signature) []byte {
	if f.bytes == nil {
		return b
	}
	return f.bytes(b, s)
}

// refuse is the status word in place of a signature.
func (f Forgery) refuse() (apdu.StatusWord, bool) { return f.word, f.refuses }
