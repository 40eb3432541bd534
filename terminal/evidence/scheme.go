package evidence

import (
	"fmt"

	"sscard/sm"
)

// Scheme is how the cards of a profile sign. The zero Scheme is SM2 as GM/T 0009 has it, with the user id
// [sm.DefaultID] and nothing of the card's own in the message.
//
// A back end knows the schemes that it accepts; a token only names one. What it said of itself would be the
// counter's word.
type Scheme struct {
	UserID  string // "" is [sm.DefaultID]
	Plain   bool   // e = SM3(M), without the Z of user id and key
	Dynamic int    // bytes of its own that the card signs before the challenge
}

// DefaultSchemes are those of the profiles that are built in. The map is the caller's, to add to.
func DefaultSchemes() map[string]Scheme {
	return map[string]Scheme{
		"acse-iso7816-4":      {},
		"template-cos-vendor": {},
		"template-iso7816-4":  {},
		"template-iso7816-8":  {},
		"template-pboc-dda":   {Dynamic: 12},
	}
}

// Verify checks that the key signed message. The errors are those of [sm.PublicKey.Verify].
func (s Scheme) Verify(key sm.PublicKey, message []byte, sig sm.Signature) error {
	if !s.Plain {
		return key.Verify([]byte(s.userID()), message, sig)
	}
	e, err := sm.SM3(message)
	if err != nil {
		return err
	}
	return key.VerifyDigest(e, sig)
}

func (s Scheme) userID() string {
	if s.UserID == "" {
		return sm.DefaultID
	}
	return s.UserID
}

// schemeOf is the scheme of the evidence's profile, which has to be among the known.
func schemeOf(e Evidence, known map[string]Scheme) (Scheme, error) {
	s, ok := known[e.Profile]
	if !ok {
		return Scheme{}, fmt.Errorf("%w: %q", ErrProfile, e.Profile)
	}
	if len(e.Dynamic) != s.Dynamic {
		return Scheme{}, fmt.Errorf("%w: %d bytes, %q has %d", ErrProfile, len(e.Dynamic), e.Profile, s.Dynamic)
	}
	return s, nil
}
