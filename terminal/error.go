package terminal

import (
	"context"
	"errors"
	"fmt"

	"sscard/apdu"
	"sscard/reader"
	"sscard/sm"
	"sscard/terminal/apitype"
	"sscard/terminal/evidence"
	"sscard/terminal/sam"
)

// Error is what a use case fails with. Everything that callers do with it follows from its Code, in the one
// table of apitype. Err is the cause, for the log; it holds no personal data.
type Error struct {
	Code      apitype.Code
	Op        string // "read"
	Retryable bool
	Err       error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %v", e.Op, e.Code, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// SW is the status word that the card gave, where that was the cause.
func (e *Error) SW() (apdu.StatusWord, bool) {
	var status *apdu.StatusError
	if errors.As(e.Err, &status) {
		return status.SW, true
	}
	return 0, false
}

// Problem is the error as callers over HTTP and of the command line get it.
func (e *Error) Problem() apitype.Problem {
	p := apitype.NewProblem(e.Code, e.Err.Error())
	if sw, ok := e.SW(); ok {
		p.SW = sw.String()
	}
	return p
}

// What the use cases themselves find wrong with a card or a request.
var (
	// ErrMissing says that a part of the card which the caller must have was not to be had.
	ErrMissing = errors.New("a part of the card was not read")

	errNotSSCard    = errors.New("not a social security card")
	errMalformed    = errors.New("the card's data is malformed")
	errUnknownField = errors.New("no such field")
	errDeniedField  = errors.New("the field may not be read by this caller")
)

// codes translates causes; the first that matches counts.
var codes = [...]struct {
	cause error
	code  apitype.Code
}{
	{reader.ErrMute, apitype.CardMute}, // before the deadline that it may have come by
	{context.DeadlineExceeded, apitype.Timeout},
	{context.Canceled, apitype.Timeout},
	{reader.ErrNoService, apitype.ServiceUnavailable},
	{reader.ErrDenied, apitype.ServiceDenied},
	{reader.ErrNoReader, apitype.ReaderNone},
	{reader.ErrUnknownReader, apitype.ReaderUnknown},
	{reader.ErrAmbiguous, apitype.RequestInvalid},
	{reader.ErrInterface, apitype.RequestInvalid},
	{reader.ErrBusy, apitype.ReaderBusy},
	{reader.ErrNotReady, apitype.ReaderFailed},
	{reader.ErrFailed, apitype.ReaderFailed},
	{reader.ErrHung, apitype.ReaderFailed},
	{reader.ErrNoAnswer, apitype.ReaderFailed},
	{sam.ErrAbsent, apitype.SAMAbsent}, // before what it may come with, when a PSAM was taken out
	{reader.ErrNoCard, apitype.CardAbsent},
	{reader.ErrRemoved, apitype.CardRemoved},
	{reader.ErrReset, apitype.CardReset},
	{reader.ErrNotUnderstood, apitype.CardUnsupported},
	{errUnknownField, apitype.RequestInvalid},
	{errDeniedField, apitype.RequestFieldDenied},
	{errWriteData, apitype.RequestInvalid},
	{errNotInLayout, apitype.RequestInvalid},
	{errReadBack, apitype.DataMalformed},
	{ErrNoKey, apitype.RequestInvalid},
	{errOneFile, apitype.RequestInvalid},
	{errDebited, apitype.RequestInvalid},
	{errFromAccount, apitype.RequestInvalid},
	{errAsked, apitype.RequestInvalid}, // before what it comes with
	{sm.ErrRevoked, apitype.CertificateRevoked},
	{sm.ErrExpired, apitype.CertificateExpired},
	{sm.ErrUntrusted, apitype.CertificateUntrusted},
	{sm.ErrUsage, apitype.CertificateUntrusted},
	{sm.ErrStale, apitype.CertificateUntrusted},
	{sm.ErrKey, apitype.EvidenceInvalid}, // before the certificate that it is in
	{sm.ErrCertificate, apitype.DataMalformed},
	{sm.ErrSignature, apitype.EvidenceInvalid},
	{sm.ErrVerification, apitype.EvidenceInvalid},
	{evidence.ErrMalformed, apitype.EvidenceInvalid},
	{evidence.ErrOrigin, apitype.EvidenceInvalid},
	{evidence.ErrNonce, apitype.EvidenceInvalid},
	{evidence.ErrAge, apitype.EvidenceInvalid},
	{evidence.ErrProfile, apitype.EvidenceInvalid},
	{evidence.ErrFields, apitype.EvidenceInvalid},
	{errMalformed, apitype.DataMalformed},
	{errNotGenuine, apitype.AuthFailed},
	{errCardChanged, apitype.CardChanged},
	{errAnswer, apitype.RequestInvalid},
	{errPINBlocked, apitype.PINBlocked},
	{errPINWrong, apitype.PINWrong},
	{ErrPINCancelled, apitype.PINCancelled},
	{ErrPINTimeout, apitype.PINTimeout},
	{ErrPINLength, apitype.PINLength},
	{ErrPINMismatch, apitype.PINMismatch},
	{ErrPINNoEntry, apitype.AuthRequired},
	{reader.ErrNoFeature, apitype.AuthRequired}, // no key pad
	{errSecured, apitype.RequestInvalid},
	{errSessionUnknown, apitype.SessionUnknown},
	{errSessionExpired, apitype.SessionExpired},
	{sam.ErrAlgorithm, apitype.SAMAlgorithm},
	{sam.ErrKey, apitype.SAMKey},
	{sam.ErrLevel, apitype.SAMLevel},
	{sam.ErrMAC2, apitype.AuthFailed},
	{apdu.ErrCardBlocked, apitype.CardLocked}, // before errNotSSCard, which it may come with
	{errNotSSCard, apitype.CardUnsupported},
	{apdu.ErrProtocol, apitype.DataMalformed},
	{apdu.ErrMalformed, apitype.DataMalformed},
	{apdu.ErrSecurityStatus, apitype.AuthRequired},
	{apdu.ErrVerification, apitype.AuthFailed},
	{apdu.ErrAuthBlocked, apitype.AuthBlocked},
	{apdu.ErrFileNotFound, apitype.FileAbsent},
	{apdu.ErrRecordNotFound, apitype.FileAbsent},
}

// codeOf finds the code for a cause. A status word without a row means a card that does not follow the
// standard.
func codeOf(err error) apitype.Code {
	for _, row := range codes {
		if errors.Is(err, row.cause) {
			return row.code
		}
	}
	var status *apdu.StatusError
	if errors.As(err, &status) {
		return apitype.CardUnsupported
	}
	return apitype.Internal
}

// wrap tells err as the story of op; an Error stays what it is.
func wrap(op string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	code := codeOf(err)
	return &Error{Code: code, Op: op, Retryable: code.Entry().Retryable, Err: err}
}

// AsError is err as an Error; one that no use case gave is an internal error.
func AsError(err error) *Error {
	var known *Error
	if errors.As(wrap("", err), &known) {
		return known
	}
	return &Error{Code: apitype.Internal, Err: err}
}
