package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sscard/reader"
	"sscard/sm"
	"sscard/terminal/apitype"
	"sscard/terminal/evidence"
	"sscard/terminal/profile"
)

// Methods and results of a proof of authenticity.
const (
	methodNone, methodIRK, methodSM2             = "none", "irk", "sm2"
	resultUnchecked, resultGenuine, resultForged = "unchecked", "genuine", "not_genuine"
)

const fieldHolderName = "holder.name"

// Steps of a proof besides those of evidence.
const (
	stepPIN        evidence.Step = "pin"
	stepAnswer     evidence.Step = "answer"      // to the challenge
	stepCardNumber evidence.Step = "card_number" // 卡号 of the certificate
	stepIRK        evidence.Step = "irk"
)

// errCardNumber says that the certificate names another 卡号 than the card's data do.
var errCardNumber = fmt.Errorf("%w: it is the certificate of another card", sm.ErrUntrusted)

// LocalOrigin is who asks where a program on this machine does not say for whom it does.
const LocalOrigin = "urn:sscard:local"

// VerifyRequest says which card is to prove itself, and to whom.
type VerifyRequest struct {
	Reader    string
	Interface reader.Interface
	Nonce     []byte   // of the back end, 16 to 64 bytes
	Origin    string   // who asks, as the back end knows him
	Fields    []string // to read in the same session and bind into the evidence; nil: none
	Allowed   []string // what the caller may have; nil: all
	PIN       PINEntry // for the applications that want it; nil: there is none
}

// Verification is what a card's proof came to. It is genuine only where signature, key, chain, validity, revocation
// and 卡号 all hold.
type Verification struct {
	Authenticity apitype.Authenticity
	Step         evidence.Step // which one failed: "signature", "chain"; empty where none did
	Err          error         // why; nil where the card is genuine
	Evidence     string        // the token for the back end; empty where there is none, or where the caller may not have it
	Reading      *Reading      // of the fields that were asked for; nil: of none
	Reader       reader.Reader
	Exchanges    int
	Elapsed      time.Duration

	listed bool // revocation lists were asked about all certificates
}

// Verify has the card in a reader prove itself genuine. One of the third generation signs a challenge made from the
// request, the card's 识别码 and the time, all in the session in which it is read; the others, and those without an
// asymmetric application, prove that they have their IRK, where there are keys to tell. A card that fails is an
// answer, not an error.
//
// The evidence names the card, and may name its holder: it is not given to who may not read issuer.card_number and
// holder.name.
func (t *Terminal) Verify(ctx context.Context, req VerifyRequest) (*Verification, error) {
	return audited(ctx, t, apitype.AuditVerify, "verify", func(ctx context.Context) (*Verification, error) { return t.verify(ctx, req) })
}

func (t *Terminal) verify(ctx context.Context, req VerifyRequest) (*Verification, error) {
	start := time.Now()
	if req.Fields != nil {
		t.noteAsked(ctx, req.Fields)
	}
	wish, err := t.wishToVerify(req)
	if err != nil {
		return nil, err
	}
	with := t.withCard
	if req.PIN != nil && t.mayWantPIN() {
		with = t.withCardOnce
	}
	var v *Verification
	err = with(ctx, req.Reader, req.Interface, func(lease *reader.Lease) (err error) {
		v, err = t.verifyCard(ctx, lease, req, wish)
		if err == nil {
			v.Reader = lease.Reader()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	v.Err, v.Elapsed = wrap("verify", v.Err), time.Since(start)
	if v.Reading != nil {
		v.Reading.Reader, v.Reading.Elapsed = v.Reader, v.Elapsed
	}
	noteVerification(ctx, v)
	return v, nil
}

// wishToVerify adds what the proof itself needs of the card's data.
func (t *Terminal) wishToVerify(req VerifyRequest) (wish, error) {
	asked := evidence.Evidence{Version: 1, Origin: req.Origin, Nonce: req.Nonce, Time: time.Now()}
	if _, err := asked.Challenge(); err != nil {
		return wish{}, fmt.Errorf("%w: %w", errAsked, err)
	}
	fields := slices.Clone(req.Fields)
	if !fieldSet(fields).has(fieldCardNumber) {
		fields = append(fields, fieldCardNumber)
	}
	return t.wishOf(ReadRequest{Fields: fields, Allowed: req.Allowed})
}

// errAsked says that a nonce or an origin is none that evidence can bear.
var errAsked = errors.New("no challenge can be made of the request")

// mayWantPIN reports whether any card's application wants the holder's PIN, which nobody is asked for again.
func (t *Terminal) mayWantPIN() bool {
	return slices.ContainsFunc(t.profiles.Load().AsymmetricProfiles(), func(p profile.Asymmetric) bool { return p.PIN && p.Tried() })
}

func (t *Terminal) verifyCard(ctx context.Context, lease *reader.Lease, req VerifyRequest, wish wish) (*Verification, error) {
	o, err := t.open(ctx, lease, wish)
	if err != nil {
		return nil, err
	}
	auth := newAuthenticator(o.session, t.keys, o.layout, o.reading.Algorithm, o.cardID)
	p := &prover{terminal: t, opened: o, lease: lease, request: req}
	if req.Fields != nil {
		if o.reading.Authenticity, err = auth.prove(ctx); err != nil {
			return nil, err
		}
		if p.reading, err = o.finish(ctx, auth.present); err != nil {
			return nil, err
		}
	}
	v, err := p.asymmetric(ctx)
	if errors.Is(err, errNoApplication) {
		v, err = p.symmetric(ctx, auth)
	}
	if err != nil {
		return nil, err
	}
	v.Exchanges = o.session.channel.Exchanges()
	if v.Reading = p.reading; v.Reading != nil {
		v.Reading.Authenticity, v.Reading.Unproved, v.Reading.Exchanges = v.Authenticity, v.Err, v.Exchanges
	}
	return v, nil
}

// prover is one card's proof on its way.
type prover struct {
	terminal *Terminal
	opened   *opened
	lease    *reader.Lease
	request  VerifyRequest
	reading  *Reading // nil: no fields were asked for
}

// symmetric has the card prove that it has its IRK, unless it did already.
func (p *prover) symmetric(ctx context.Context, auth *authenticator) (*Verification, error) {
	proved := p.opened.reading.Authenticity
	if p.reading == nil {
		var err error
		if proved, err = auth.prove(ctx); err != nil {
			return nil, err
		}
	}
	v := &Verification{Authenticity: proved, Err: auth.proof}
	if v.Err != nil {
		v.Step = stepIRK
	}
	return v, nil
}

// asymmetric has the card sign, and checks what it signed as a back end would. Then it goes back to where the card's data
// and its IRK are, whatever came of it, and looks whether the card is still the one that was read: an exchange may be
// invisible to PC/SC.
func (p *prover) asymmetric(ctx context.Context) (*Verification, error) {
	o := p.opened
	candidates := p.terminal.profiles.Load().Asymmetric(o.layout.Version, o.layout.Region)
	if len(candidates) == 0 {
		return nil, errNoApplication
	}
	v, failed := p.challenge(ctx, candidates)
	if failed != nil && !errors.Is(failed, errNoApplication) {
		return nil, failed
	}
	app, _ := o.layout.Application(applicationSSSE)
	if _, err := o.session.selectApplication(ctx, app); err != nil {
		return nil, err
	}
	if err := o.sameCard(ctx); err != nil {
		return nil, err
	}
	return v, failed
}
