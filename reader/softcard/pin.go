package softcard

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"regexp"
	"strings"

	"sscard/apdu"
	"sscard/sm"
)

// The secrets of PIN CHANGE/UNBLOCK by their identifiers, whatever a description calls them.
const (
	idSTK byte = 0x02 // STKSSSE, whose session key encrypts and makes the MAC
	idPUK byte = 0x06
)

// unset reports that there is no PIN: the card never had one, or it was changed to nothing.
func (c *Card) unset() bool { return c.pin == nil || len(c.pin.value) == 0 }

// verify checks a PIN of packed digits, or tells without data how many tries are left.
func (c *Card) verify(cmd apdu.Command) apdu.Response {
	const minPIN, maxPIN = 2, 8
	asked := len(cmd.Data) == 0
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(swP1P2)
	case !asked && (len(cmd.Data) < minPIN || len(cmd.Data) > maxPIN):
		return status(swLength)
	case c.unset() && asked:
		return status(swDone)
	case c.unset():
		return status(swKeyNotFound)
	case c.pin.blocked():
		return status(swBlocked)
	case asked:
		return status(c.pin.triesLeft())
	}
	return status(c.prove(cmd.Data))
}

// prove compares a packed PIN with the card's, which costs a try where it is wrong.
func (c *Card) prove(packed []byte) apdu.StatusWord {
	right := subtle.ConstantTimeCompare(digits(packed), c.pin.value) == 1
	c.state.proven[c.pin] = right
	return c.pin.try(right)
}

// changePIN takes old ∥ FF ∥ new. Packed digits hold no byte FF; either side may be empty.
func (c *Card) changePIN(cmd apdu.Command) apdu.Response {
	const shortest, longest = 3, 17
	before, after, separated := bytes.Cut(cmd.Data, []byte{0xFF})
	switch {
	case cmd.P1 != 1 || cmd.P2 != 0:
		return status(swP1P2)
	case len(cmd.Data) < shortest || len(cmd.Data) > longest:
		return status(swLength)
	case !separated || len(after) > 0 && !validPIN(after):
		return status(swData)
	case c.pin == nil:
		return status(swKeyNotFound)
	case c.pin.blocked():
		return status(swBlocked)
	}
	sw := c.prove(before)
	if sw.OK() {
		c.pin.value = digits(after)
	}
	return status(sw)
}

// reloadPIN unblocks the PIN (P2=00) or gives it a new value (P2=01). The PUK must have been proven, and
// the key of the MAC comes from the STKSSSE and the challenge given last, which serves once. A wrong MAC
// costs the proof of the PUK, so that guesses are as dear as those of the PUK.
func (c *Card) reloadPIN(cmd apdu.Command) apdu.Response {
	const macLength = 4
	stk, puk := c.keyOf(idSTK), c.keyOf(idPUK)
	challenge, reload := c.state.challenge, cmd.P2 == 1
	n := len(cmd.Data) - macLength
	switch {
	case cmd.P1 != 0 || cmd.P2 > 1:
		return status(swP1P2)
	case n < 0 || reload != (n > 0):
		return status(swLength)
	case c.pin == nil || stk == nil || puk == nil:
		return status(swKeyNotFound)
	case !c.state.proven[puk]:
		return status(swSecurityStatus)
	case challenge == nil:
		return status(swNoChallenge)
	}
	c.state.challenge = nil
	key, err := sm.SessionKey(c.algorithm, stk.value, challenge)
	if err != nil {
		return status(swNotSupported)
	}
	header := []byte{cmd.CLA, cmd.INS, cmd.P1, cmd.P2, byte(len(cmd.Data))}
	if !isMAC(c.algorithm, key, append(header, cmd.Data[:n]...), cmd.Data[n:]) {
		c.state.proven[puk] = false
		return status(swSecureMAC)
	}
	if reload {
		packed, err := sm.DecryptData(c.algorithm, key, cmd.Data[:n])
		if err != nil || !validPIN(packed) {
			return status(swData)
		}
		c.pin.value = digits(packed)
	}
	c.pin.left = c.pin.tries
	c.state.proven[c.pin] = false
	return status(swDone)
}

// isMAC reports whether mac is that of message.
func isMAC(alg sm.Algorithm, key, message, mac []byte) bool {
	want, err := sm.MAC(alg, key, message)
	return err == nil && subtle.ConstantTimeCompare(want[:], mac) == 1
}

var packedPIN = regexp.MustCompile(`^[0-9]{4,16}F*$`)

func validPIN(packed []byte) bool {
	return packedPIN.MatchString(fmt.Sprintf("%X", packed)) && len(packed) <= 8
}

// digits unpacks a PIN and takes the filler away.
func digits(packed []byte) []byte {
	return []byte(strings.TrimRight(fmt.Sprintf("%X", packed), "F"))
}
