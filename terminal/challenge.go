package terminal

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"sscard/apdu"
	"sscard/sm"
	"sscard/terminal/apitype"
	"sscard/terminal/evidence"
	"sscard/terminal/profile"
)

// challenge has the card's asymmetric application sign a challenge, and judges the outcome.
func (p *prover) challenge(ctx context.Context, candidates []profile.Asymmetric) (*Verification, error) {
	a, err := p.opened.session.enterApplication(ctx, candidates)
	if err != nil {
		return judged(evidence.StepCertificate, err)
	}
	certificate, err := sm.ParseCertificate(a.certificate)
	if err != nil {
		return judged(evidence.StepCertificate, err)
	}
	if err := p.enterPIN(ctx, a); err != nil {
		return judged(stepPIN, err)
	}
	e, err := p.sign(ctx, a, certificate.Key)
	if err != nil {
		return judged(stepAnswer, err)
	}
	return p.check(e, certificate)
}

// judged tells what an error on the way to a signature makes of the card. What the reader or the card's removal caused
// is no answer of the card; a refusal may be that of a genuine card whose application is another than the profile says.
func judged(step evidence.Step, err error) (*Verification, error) {
	var status *apdu.StatusError
	result := resultForged
	switch {
	case errors.Is(err, errNoApplication):
		return nil, err
	case errors.Is(err, sm.ErrKey):
		step = evidence.StepKey
	case isForgery(err):
	case errors.As(err, &status), errors.Is(err, ErrPINNoEntry):
		result = resultUnchecked
	default:
		return nil, err
	}
	return &Verification{Authenticity: apitype.Authenticity{Method: methodSM2, Result: result}, Step: step, Err: err}, nil
}

// isForgery reports that the card gave what a genuine one never gives.
func isForgery(err error) bool {
	for _, cause := range []error{sm.ErrCertificate, sm.ErrSignature, evidence.ErrMalformed, errMalformed, apdu.ErrProtocol} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

// enterPIN has the holder enter the PIN where the application wants it before it signs.
func (p *prover) enterPIN(ctx context.Context, a *application) error {
	switch {
	case !a.profile.PIN:
		return nil
	case p.request.PIN == nil:
		return ErrPINNoEntry
	}
	_, err := a.session.verifyPIN(ctx, p.lease, p.request.PIN)
	return err
}

// sign makes the challenge from what both sides know, and takes the card's signature.
func (p *prover) sign(ctx context.Context, a *application, key sm.PublicKey) (e evidence.Evidence, err error) {
	e = evidence.Evidence{
		Version: 1, Origin: p.request.Origin, Nonce: p.request.Nonce, Time: time.Now().UTC().Truncate(time.Second),
		Profile: a.profile.Name, Certificate: a.certificate, Chain: a.chain,
	}
	id, err := hex.DecodeString(p.opened.cardID)
	if err != nil || copy(e.CardID[:], id) != len(e.CardID) {
		return e, fmt.Errorf("%w: a 识别码 of %d bytes", errMalformed, len(id))
	}
	if p.reading != nil {
		digest, err := evidence.Digest(p.reading.values())
		if err != nil {
			return e, err
		}
		e.Version, e.Fields = 2, &digest
	}
	challenge, err := e.Challenge()
	if err != nil {
		return e, err
	}
	e.Signature, e.Dynamic, err = a.sign(ctx, key, challenge)
	return e, err
}

// check looks at the evidence as a back end will, and at the 卡号, which a back end does not have. Where the terminal has
// nothing to trust in, or cannot know what was revoked, the card is unchecked.
func (p *prover) check(e evidence.Evidence, certificate *sm.Certificate) (*Verification, error) {
	token, err := e.Token()
	if err != nil {
		return judged(evidence.StepCertificate, err)
	}
	t := p.terminal
	trust := t.trust.Load()
	v := &Verification{Authenticity: apitype.Authenticity{Method: methodSM2, Result: resultGenuine}, Evidence: token}
	checker := evidence.Checker{Trust: trust, Schemes: Schemes(t.profiles.Load()), Now: e.Time}
	proof, err := checker.Check(token, evidence.Want{Nonce: e.Nonce, Origin: e.Origin})
	number := decodedAs(p.opened.issuer.file, fieldCardNumber, p.opened.issuer.got)
	if proof != nil && trust != nil {
		v.listed = trust.Listed(proof.Path)
	}
	switch failed, ok := errors.AsType[*evidence.Error](err); {
	case ok:
		v.fail(failed.Step, failed)
	case err != nil:
		return nil, err
	case number == "" || certificate.CardNumber != number:
		v.fail(stepCardNumber, errCardNumber)
	default:
		e.Chain = between(proof.Path)
		if v.Evidence, err = e.Token(); err != nil {
			return nil, err
		}
	}
	if errors.Is(v.Err, sm.ErrStale) || (errors.Is(v.Err, sm.ErrUntrusted) && !anchored(trust)) {
		v.Authenticity.Result = resultUnchecked
	}
	if v.Step == evidence.StepSignature || !p.mayHaveEvidence() {
		v.Evidence = ""
	}
	return v, nil
}

func (v *Verification) fail(step evidence.Step, err error) {
	v.Authenticity.Result, v.Step, v.Err = resultForged, step, err
}

// between are the certificates above the card's and below the root, which the back end has.
func between(path []*sm.Certificate) (chain [][]byte) {
	for _, c := range path[1:] {
		if c.Issuer != c.Subject {
			chain = append(chain, c.Raw)
		}
	}
	return chain
}

// mayHaveEvidence keeps back what tells more than the caller may read: certificates of persons bear their name.
func (p *prover) mayHaveEvidence() bool { return p.opened.wish.allowed.has(fieldHolderName) }

// Schemes are how the applications that the profiles describe sign, by the profiles' names: what a back end that has the
// same profiles checks evidence by.
func Schemes(profiles *profile.Set) map[string]evidence.Scheme {
	schemes := make(map[string]evidence.Scheme)
	for _, p := range profiles.AsymmetricProfiles() {
		schemes[p.Name] = schemeOf(p)
	}
	return schemes
}

// values are the fields that were read, as callers get them.
func (r *Reading) values() map[string]string {
	values := make(map[string]string, len(r.Fields))
	for _, f := range r.Fields {
		values[f.Name] = f.Value.Reveal()
	}
	return values
}
