// Package sm is the cryptography of the social security card: the SM4 and 3DES key derivation,
// authentication data, MACs and ciphertexts of LD/T 32 (security) and of the PSAM specification, the SM3
// hash, and SM2 with its certificates.
//
// A card key is the root key diversified by province, city and card. For one authentication a challenge
// turns it into a session key, and the session key turns the original into the answer:
//
//	key, err := sm.CardKey(sm.SM4, root, "510100", historicalBytes)
//	session, err := sm.SessionKey(sm.SM4, key, challenge)
//	answer, err := sm.AuthData(sm.SM4, session, original)
//
// Both algorithms follow one set of formulas; only the width of a block differs, 8 bytes for DES and 16
// for SM4. SSF33, the third algorithm that cards name, is not published: it gives [ErrAlgorithm], and a
// PSAM or an HSM has to answer in its place.
//
// A card with a key of its own signs, and its certificate says whose key it is:
//
//	der, err := sm.CutCertificate(file)
//	card, err := sm.ParseCertificate(der)
//	path, err := trust.Verify(card, chain, time.Now())
//	err = card.Key.Verify([]byte(sm.DefaultID), challenge, signature)
//
// The package imports the standard library and tjfoc/gmsm, and nothing of this project: it knows no card
// and no HTTP. It alone may import tjfoc/gmsm, which is sound in parts only. What keeps it sound here:
//
//  1. A panic of the library is recovered at our door and becomes an error.
//  2. Of SM4 only the block cipher is used; modes, padding and length checks are ours or the standard
//     library's.
//  3. An SM4 block keeps scratch space inside, so each operation makes its own and shares it with none.
//  4. SM3 is New, Write and Sum(nil), and the digest is checked to have 32 bytes.
//  5. Keys and inputs have their lengths checked before the library sees them.
//  6. No package variable of the library is read or set.
//  7. Known answers of the standards are in the tests, so that another version of the library cannot
//     slip in a change.
//  8. Of SM2 only the curve is used. A point that goes in, and each that comes out, is held against the
//     equation of the curve, because the library takes any and computes some wrong. Digests, ranges
//     and the comparison at the end are ours.
//  9. DER of keys, signatures and certificates is strict. Its X.509 is not used.
//
// All functions are pure and safe for concurrent use. They are not constant in time: use them on the
// counter's side with keys of cards under test, and leave production keys in a PSAM or an HSM.
package sm

import (
	"errors"
	"fmt"
)

// What can go wrong besides a [LengthError].
var (
	ErrAlgorithm = errors.New("sm: algorithm not available in software")
	ErrRegion    = errors.New("sm: region code is not six digits")
	ErrPlaintext = errors.New("sm: decrypted data has no length and padding")
	ErrLibrary   = errors.New("sm: cryptographic library failed")
)

// LengthError says that What, an input, cannot be Len bytes long.
type LengthError struct {
	What string
	Len  int
}

func (e *LengthError) Error() string { return fmt.Sprintf("sm: %s of %d bytes", e.What, e.Len) }

// guard turns a panic of the library into err; defer it where the library is entered.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v", ErrLibrary, r)
	}
}
