package softcard

import (
	"crypto/subtle"
	"fmt"
	"io"
	"slices"
	"strings"

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

// rule is an access condition: any of the secrets, or all of them; none for free access.
type rule struct {
	all     bool
	secrets []*secret
}

func (r rule) satisfied(proven map[*secret]bool) bool {
	missing := func(s *secret) bool { return !proven[s] }
	if r.all {
		return !slices.ContainsFunc(r.secrets, missing)
	}
	return len(r.secrets) == 0 || slices.ContainsFunc(r.secrets, func(s *secret) bool { return proven[s] })
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

// verify checks a PIN of packed digits, or tells without data how many tries are left.
func (c *Card) verify(cmd apdu.Command) apdu.Response {
	const minPIN, maxPIN = 2, 8
	asked := len(cmd.Data) == 0
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(swP1P2)
	case !asked && (len(cmd.Data) < minPIN || len(cmd.Data) > maxPIN):
		return status(swLength)
	case c.pin == nil && asked:
		return status(swDone)
	case c.pin == nil:
		return status(swKeyNotFound)
	case c.pin.blocked():
		return status(swBlocked)
	case asked:
		return status(c.pin.triesLeft())
	}
	digits := strings.TrimRight(fmt.Sprintf("%X", cmd.Data), "F")
	right := subtle.ConstantTimeCompare([]byte(digits), c.pin.value) == 1
	c.state.proven[c.pin] = right
	return status(c.pin.try(right))
}
