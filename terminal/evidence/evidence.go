// Package evidence is what a card signed, in a form that a back end can check which does not trust the
// counter PC: the terminal makes it, and the back end, or anybody with the roots, checks it without either.
//
// The back end gives a nonce. The terminal makes a challenge of the nonce, the origin that asked, the card's
// 识别码 and the time, has the card sign it, and passes all of it on as one token:
//
//	e := evidence.Evidence{Version: 1, Origin: origin, Nonce: nonce, CardID: id, Time: now, Profile: name}
//	challenge, err := e.Challenge() // for the card to sign
//	e.Certificate, e.Signature = certificate, signature
//	token, err := e.Token()
//
// The back end checks the token against what it knows itself, the nonce and the origin, and against the roots
// that it trusts:
//
//	checker := evidence.Checker{Trust: &sm.Trust{Roots: roots}}
//	proof, err := checker.Check(token, evidence.Want{Nonce: nonce, Origin: origin})
//
// Who the card belongs to is [Proof.CardNumber], which the issuer certified. All else in a token is the
// terminal's word, which the card has signed without reading it: docs/evidence.md says what follows.
//
// The format is ours; what it is made of is public: SM3 (GB/T 32905), SM2 with the user id of GM/T 0009, and
// certificates as in GM/T 0015. The package imports sm and nothing else of this project. All of it is safe
// for concurrent use, and nothing in it waits.
package evidence

import (
	"time"

	"sscard/sm"
)

// Limits of the parts, in bytes. They are the same for who makes evidence and for who checks it.
const (
	MinNonce   = 16
	MaxNonce   = 64
	MaxOrigin  = 255
	MaxProfile = 64
	MaxChain   = 4 // certificates
	MaxDynamic = 255
	MaxToken   = 16 << 10 // characters
)

// Evidence is the parts of a token. It tells of a person, so it prints as "[evidence]"; [Evidence.Token] is
// its one way out.
type Evidence struct {
	Version int       // 1, or 2 with Fields
	Origin  string    // who asked: 1 to 255 characters of ASCII without spaces, mostly a web origin
	Nonce   []byte    // of the back end, 16 to 64 bytes
	CardID  [16]byte  // 卡的识别码
	Time    time.Time // of the terminal; what is below a second is dropped
	Fields  *[32]byte // of [Digest] over the fields that the terminal read; with version 2, and only then

	Profile     string   // how the card signed: 1 to 64 characters of ASCII without spaces; see [Scheme]
	Certificate []byte   // the card's, DER
	Chain       [][]byte // what leads from it to a root, of the card or of the terminal, DER, at most 4
	Dynamic     []byte   // what the card put before the challenge, at most 255 bytes; mostly none
	Signature   sm.Signature
}
