package evidence

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"sscard/sm"
)

// Checker is what a back end trusts. The zero Checker trusts nobody.
type Checker struct {
	Trust   *sm.Trust
	Schemes map[string]Scheme // by profile; nil is [DefaultSchemes]. A profile that is not here is refused
	MaxAge  time.Duration     // between the token's time and Now, both ways; 0 is no limit, the nonce being the guard
	Now     time.Time         // zero is the present; an auditor gives the time of the event
}

// Want is what the back end knows of the token before it sees it.
type Want struct {
	Nonce  []byte            // that it gave out for this; used once, whatever the outcome
	Origin string            // of the page or program that it gave the nonce to
	Fields map[string]string // that came with the token, to have them checked; nil: not checked
}

// Proof is what checked evidence says. It prints as "[proof]".
type Proof struct {
	CardNumber string            // 卡号 of the certificate, the issuer's word; "" where it has none
	CardID     [16]byte          // 卡的识别码, the terminal's word
	Time       time.Time         // the terminal's word, between the nonce and the check
	Profile    string            // how the card signed
	Path       []*sm.Certificate // from the card's certificate up, as [sm.Trust.Verify] gives it
}

// Check checks a token for a back end: its form; the origin, the nonce and the age; the profile, the
// certificate and its key; the signature; the chain, the usage, the validity, at the token's time and now, and
// the revocation of the certificates; and the fields. What fails is an [*Error] that names the first [Step]
// that did.
func (c Checker) Check(token string, want Want) (*Proof, error) {
	e, err := Parse(token)
	if err != nil {
		return nil, err
	}
	c = c.withDefaults()
	if err := c.checkAnswer(e, want); err != nil {
		return nil, err
	}
	card, err := c.checkSignature(e)
	if err != nil {
		return nil, err
	}
	path, err := c.checkPath(e, card)
	if err != nil {
		return nil, err
	}
	if err := checkFields(e, want); err != nil {
		return nil, err
	}
	return &Proof{CardNumber: card.CardNumber, CardID: e.CardID, Time: e.Time, Profile: e.Profile, Path: path}, nil
}

func (c Checker) withDefaults() Checker {
	if c.Trust == nil {
		c.Trust = &sm.Trust{}
	}
	if c.Schemes == nil {
		c.Schemes = DefaultSchemes()
	}
	if c.Now.IsZero() {
		c.Now = time.Now()
	}
	return c
}

// checkAnswer wants the token to be the answer to what was asked.
func (c Checker) checkAnswer(e Evidence, want Want) error {
	age := c.Now.Sub(e.Time).Abs()
	switch {
	case e.Origin != want.Origin:
		return failed(StepOrigin, ErrOrigin)
	case subtle.ConstantTimeCompare(e.Nonce, want.Nonce) != 1:
		return failed(StepNonce, ErrNonce)
	case c.MaxAge != 0 && age > c.MaxAge:
		return failed(StepAge, fmt.Errorf("%w: %s away", ErrAge, age))
	}
	return nil
}

// checkSignature wants the key of the certificate, whosever that is, to have signed.
func (c Checker) checkSignature(e Evidence) (*sm.Certificate, error) {
	scheme, err := schemeOf(e, c.Schemes)
	if err != nil {
		return nil, failed(StepProfile, err)
	}
	card, err := sm.ParseCertificate(e.Certificate)
	if err != nil {
		return nil, failed(stepOf(err, StepCertificate), err)
	}
	message, err := e.Message()
	if err != nil {
		return nil, failed(StepToken, err)
	}
	if err := scheme.Verify(card.Key, message, e.Signature); err != nil {
		return nil, failed(stepOf(err, StepSignature), err)
	}
	return card, nil
}

// checkPath wants the certificate to have been valid when the terminal says, and to be so now; where these are
// the same, as they are for the terminal itself, one look will do. What was revoked is known for now only: a
// revocation list says nothing of the time before it.
func (c Checker) checkPath(e Evidence, card *sm.Certificate) ([]*sm.Certificate, error) {
	var chain []*sm.Certificate
	for _, der := range e.Chain {
		link, err := sm.ParseCertificate(der)
		if err != nil {
			return nil, failed(StepChain, err)
		}
		chain = append(chain, link)
	}
	if !e.Time.Equal(c.Now) {
		then := *c.Trust
		then.CRLs = nil
		if _, err := then.Verify(card, chain, e.Time); err != nil {
			return nil, failed(stepOf(err, StepChain), err)
		}
	}
	path, err := c.Trust.Verify(card, chain, c.Now)
	return path, failed(stepOf(err, StepChain), err)
}

// checkFields wants the fields that came with the token to be those that the card signed the digest of.
func checkFields(e Evidence, want Want) error {
	if want.Fields == nil {
		return nil
	}
	if e.Fields == nil {
		return failed(StepFields, fmt.Errorf("%w: none were signed", ErrFields))
	}
	digest, err := Digest(want.Fields)
	if err != nil {
		return failed(StepFields, err)
	}
	if !bytes.Equal(digest[:], e.Fields[:]) {
		return failed(StepFields, ErrFields)
	}
	return nil
}

// stepOf is the step in which an error of package sm belongs, or else the one given.
func stepOf(err error, or Step) Step {
	switch {
	case errors.Is(err, sm.ErrKey):
		return StepKey
	case errors.Is(err, sm.ErrUsage):
		return StepUsage
	case errors.Is(err, sm.ErrExpired):
		return StepValidity
	case errors.Is(err, sm.ErrRevoked), errors.Is(err, sm.ErrStale):
		return StepRevocation
	}
	return or
}
