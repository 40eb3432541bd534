package terminal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"

	"sscard/apdu"
	"sscard/sm"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

// keyIRK proves a card genuine by INTERNAL AUTHENTICATION.
const keyIRK = "IRK"

// errNotGenuine says that the card does not have the keys of a card of its region.
var errNotGenuine = errors.New("the card's answer is not that of a genuine card")

// authenticator proves a card to the terminal and the terminal to the card, with the keys of an answerer.
type authenticator struct {
	session  *session
	answerer sam.Answerer // nil: there are no keys
	layout   profile.Layout
	card     sam.Card

	proof error // of the card: why it is not proved genuine; nil once it is
}

var errNoKeys = fmt.Errorf("%w: no PSAM, no HSM", sam.ErrAbsent)

// newAuthenticator takes the card as its basic data tell it.
func newAuthenticator(s *session, answerer sam.Answerer, layout profile.Layout, algorithm, cardID string) *authenticator {
	a := &authenticator{session: s, answerer: answerer, layout: layout, proof: errNoKeys}
	id, err := hex.DecodeString(cardID)
	if err != nil {
		return a
	}
	alg, err := sm.ParseAlgorithm(algorithm)
	if err != nil {
		return a
	}
	a.card = sam.Card{Algorithm: alg, Region: regionOf(cardID), ID: id, Historical: s.historical}
	return a
}

// prove has the card answer a challenge with its IRK, and compares with what the keys say. What stands in the way
// leaves the card unchecked; a wrong answer makes it not genuine.
func (a *authenticator) prove(ctx context.Context) (apitype.Authenticity, error) {
	unchecked := apitype.Authenticity{Method: "none", Result: "unchecked"}
	if a.answerer == nil {
		return unchecked, nil
	}
	key, err := a.key(keyIRK)
	if err != nil {
		a.proof = err
		return unchecked, nil
	}
	challenge := randomChallenge()
	want, err := a.answer(ctx, key, challenge)
	if err != nil {
		a.proof = err
		return unchecked, ctx.Err()
	}
	got, err := a.session.channel.Do(ctx, "INTERNAL AUTHENTICATE", apdu.InternalAuthenticate(challenge.Factor, challenge.Original))
	if err != nil && !refused(err) {
		return unchecked, err
	}
	switch {
	case err != nil:
		a.proof = err
		return unchecked, nil
	case string(got) != string(want[:]):
		a.proof = errNotGenuine
		return apitype.Authenticity{Method: "irk", Result: "not_genuine"}, nil
	}
	a.proof = nil
	return apitype.Authenticity{Method: "irk", Result: "genuine"}, nil
}

// key finds the key in the card's layout. Without its place in a PSAM or, where it is to be presented, its id in the
// card, it is of no use.
func (a *authenticator) key(name string) (profile.Key, error) {
	key, known := a.layout.Key(name)
	if !known || !key.HasID {
		return profile.Key{}, fmt.Errorf("%w: %s has no id in the card's layout", sam.ErrKey, name)
	}
	return key, nil
}

func (a *authenticator) answer(ctx context.Context, key profile.Key, c sam.Challenge) ([8]byte, error) {
	defer a.session.timed.during(PhaseAuthenticate)()
	return a.answerer.Answer(ctx, a.card, sam.Key{Name: key.Name, Usage: key.Usage, ID: key.PSAM}, c)
}

// present proves to the card that the terminal has the key. A wrong answer costs the card one of a few tries, so
// it is not tried with keys that the card's own proof has shown to be others, nor where that has shown that there
// is nobody to answer.
func (a *authenticator) present(ctx context.Context, name string) error {
	for _, hopeless := range []error{errNotGenuine, sam.ErrAbsent, sam.ErrAlgorithm} {
		if errors.Is(a.proof, hopeless) {
			return a.proof
		}
	}
	key, err := a.key(name)
	if err != nil {
		return err
	}
	challenge := randomChallenge()
	factor, err := a.session.challenge(ctx)
	if err != nil {
		return err
	}
	challenge.Factor = factor
	answer, err := a.answer(ctx, key, challenge)
	if err != nil {
		return err
	}
	return a.session.prove(ctx, key, answer, challenge.Original)
}

// prove sends the answer to the card's challenge. What it opens is closed again when the lease ends.
func (s *session) prove(ctx context.Context, key profile.Key, answer, original [8]byte) error {
	s.resetAtEnd()
	_, err := s.channel.Do(ctx, "EXTERNAL AUTHENTICATE "+key.Name, apdu.ExternalAuthenticate(key.ID, answer, original))
	return err
}

// TerminalNumber is the 终端机编号 of the PSAM that would answer for the card, or "" where there is none.
func (t *Terminal) TerminalNumber(ctx context.Context, r *Reading) string {
	alg, err := sm.ParseAlgorithm(r.Algorithm)
	if t.keys == nil || err != nil {
		return ""
	}
	number, err := t.keys.TerminalNumber(ctx, alg)
	if err != nil {
		t.log.Warn("no terminal number", "err", err)
	}
	return number
}

// challenge has the card make 8 random bytes.
func (s *session) challenge(ctx context.Context) (random [8]byte, err error) {
	data, err := s.channel.Do(ctx, "GET CHALLENGE", apdu.GetChallenge(len(random)))
	if err == nil && copy(random[:], data) != len(random) {
		err = fmt.Errorf("GET CHALLENGE: %w: %d bytes", errMalformed, len(data))
	}
	return random, err
}

func randomChallenge() (c sam.Challenge) {
	_, _ = rand.Read(c.Factor[:]) // never fails
	_, _ = rand.Read(c.Original[:])
	return c
}
