package evidence

import "errors"

// Step is the part of a check that failed. The names are stable: programs may tell failures apart by them.
type Step string

// The steps, in the order in which [Checker.Check] takes them.
const (
	StepToken       Step = "token"       // it is not a token
	StepOrigin      Step = "origin"      // another origin asked
	StepNonce       Step = "nonce"       // another nonce: an old token, or one for somebody else
	StepAge         Step = "age"         // too old, or from the future
	StepProfile     Step = "profile"     // nothing is known of how the card signed
	StepCertificate Step = "certificate" // it cannot be read
	StepKey         Step = "key"         // the key in it is none
	StepSignature   Step = "signature"   // the card did not sign this
	StepChain       Step = "chain"       // the certificate does not lead to a root
	StepUsage       Step = "usage"       // the certificate is not for signing
	StepValidity    Step = "validity"    // a certificate was or is outside its validity
	StepRevocation  Step = "revocation"  // a certificate is revoked, or nobody can say
	StepFields      Step = "fields"      // the terminal read others, or did not have them signed
)

// What can be wrong with evidence besides what package sm finds in its certificates, key and signature.
var (
	ErrMalformed = errors.New("evidence: malformed")
	ErrOrigin    = errors.New("evidence: of another origin")
	ErrNonce     = errors.New("evidence: of another nonce")
	ErrAge       = errors.New("evidence: of another time")
	ErrProfile   = errors.New("evidence: unknown profile, or dynamic data that it does not have")
	ErrFields    = errors.New("evidence: of other fields")
)

// Error is evidence that proves nothing. Err is one of the errors of this package, or of package sm.
type Error struct {
	Step Step
	Err  error
}

func (e *Error) Error() string { return "evidence: " + string(e.Step) + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// failed is err as the failure of the step; nil stays nil.
func failed(step Step, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Step: step, Err: err}
}
