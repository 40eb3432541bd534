package softcard

import (
	"crypto/subtle"
	"io"
	"slices"

	"sscard/apdu"
	"sscard/sm"
)

// secret is a PIN or a key with its retry counter.
type secret struct {
	id      byte
	version byte
	value   []byte // key bytes, or the digits of a PIN
	tries   int    // 0: not for EXTERNAL AUTHENTICATION
	left    int
}

func (s *secret) blocked() bool { return s.left == 0 }

// try spends a try and gives it, and all others, back where the terminal was right.
func (s *secret) try(right bool) apdu.StatusWord {
	if right {
		s.left = s.tries
		return swDone
	}
	s.left--
	return s.triesLeft()
}

func (s *secret) triesLeft() apdu.StatusWord { return swVerification | apdu.StatusWord(s.left) }

// rule is an access condition: any of the secrets, or all of them. The zero rule is never satisfied.
type rule struct {
	all     bool
	secrets []*secret
}

// free is the access condition of all of no secrets.
var free = rule{all: true}

func (r rule) satisfied(proven map[*secret]bool) bool {
	if r.all {
		return !slices.ContainsFunc(r.secrets, func(s *secret) bool { return !proven[s] })
	}
	return slices.ContainsFunc(r.secrets, func(s *secret) bool { return proven[s] })
}

// key finds a key of the current application or of the card.
func (c *Card) key(match func(name string, s *secret) bool) *secret {
	for _, keys := range []map[string]*secret{c.state.application.keys, c.keys} {
		for name, s := range keys {
			if match(name, s) {
				return s
			}
		}
	}
	return nil
}

// keyOf finds a key by its identifier.
func (c *Card) keyOf(id byte) *secret {
	return c.key(func(_ string, s *secret) bool { return s.id == id })
}

func (c *Card) getChallenge(cmd apdu.Command) apdu.Response {
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(swP1P2)
	case len(cmd.Data) > 0 || (cmd.Ne != 4 && cmd.Ne != 8 && cmd.Ne != 16):
		return status(swLength)
	}
	challenge := make([]byte, cmd.Ne)
	if _, err := io.ReadFull(c.random, challenge); err != nil {
		return status(swConditions)
	}
	c.state.challenge = challenge
	return apdu.Response{Data: challenge, SW: swDone}
}

// internalKey is the name under which a description has the key of INTERNAL AUTHENTICATE.
const internalKey = "IRK"

// Data of both authentications: two blocks of 8 bytes and, in the long form, the version of the key.
const (
	authLength          = 16
	authLengthVersioned = 17
)

// wrongVersion reports a 17th byte that names another version than the key has.
func wrongVersion(key *secret, data []byte) bool {
	return len(data) == authLengthVersioned && data[authLength] != key.version
}

// internalAuthenticate answers factor ∥ original with the IRK.
func (c *Card) internalAuthenticate(cmd apdu.Command) apdu.Response {
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(swP1P2)
	case len(cmd.Data) != authLength && len(cmd.Data) != authLengthVersioned:
		return status(swLength)
	}
	key := c.key(func(name string, _ *secret) bool { return name == internalKey })
	if key == nil || wrongVersion(key, cmd.Data) {
		return status(swKeyNotFound)
	}
	answer, err := c.authData(key, cmd.Data[:8], [8]byte(cmd.Data[8:16]))
	if err != nil {
		return status(swNotSupported)
	}
	return c.reply(cmd, answer[:])
}

// externalAuthenticate checks answer ∥ original with the key P2. The factor is the challenge that the
// card gave last, and it serves once.
func (c *Card) externalAuthenticate(cmd apdu.Command) apdu.Response {
	switch {
	case cmd.P1 != 0:
		return status(swP1P2)
	case len(cmd.Data) != authLength && len(cmd.Data) != authLengthVersioned:
		return status(swLength)
	}
	key := c.key(func(_ string, s *secret) bool { return s.id == cmd.P2 && s.tries > 0 })
	challenge := c.state.challenge
	switch {
	case key == nil || wrongVersion(key, cmd.Data):
		return status(swKeyNotFound)
	case key.blocked():
		return status(swBlocked)
	case challenge == nil:
		return status(swNoChallenge)
	}
	c.state.challenge = nil
	want, err := c.authData(key, challenge, [8]byte(cmd.Data[8:16]))
	if err != nil {
		return status(swNotSupported)
	}
	right := subtle.ConstantTimeCompare(want[:], cmd.Data[:8]) == 1
	c.state.proven[key] = right
	return status(key.try(right))
}

func (c *Card) authData(key *secret, factor []byte, original [8]byte) ([8]byte, error) {
	session, err := sm.SessionKey(c.algorithm, key.value, factor)
	if err != nil {
		return [8]byte{}, err
	}
	return sm.AuthData(c.algorithm, session, original)
}
