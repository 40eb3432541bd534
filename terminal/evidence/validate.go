package evidence

import (
	"fmt"

	"sscard/sm"
)

func (e Evidence) check() error {
	if err := e.checkAsked(); err != nil {
		return err
	}
	return e.checkSigned()
}

// checkAsked wants everything that goes into the challenge to be in its limits.
func (e Evidence) checkAsked() error {
	year := e.Time.UTC().Year()
	switch {
	case e.Version != 1 && e.Version != 2:
		return malformed("version %d", e.Version)
	case !printable(e.Origin, MaxOrigin):
		return malformed("origin not 1 to %d characters of visible ASCII", MaxOrigin)
	case len(e.Nonce) < MinNonce || len(e.Nonce) > MaxNonce:
		return malformed("nonce of %d bytes", len(e.Nonce))
	case year < 1 || year > 9999:
		return malformed("year %d", year)
	case (e.Version == 2) != (e.Fields != nil):
		return malformed("version %d goes with fields only if it is 2", e.Version)
	}
	return nil
}

// checkSigned wants what the card has added to be in its limits.
func (e Evidence) checkSigned() error {
	switch {
	case !printable(e.Profile, MaxProfile):
		return malformed("profile not 1 to %d characters of visible ASCII", MaxProfile)
	case len(e.Chain) > MaxChain:
		return malformed("chain of %d certificates", len(e.Chain))
	case len(e.Dynamic) > MaxDynamic:
		return malformed("dynamic data of %d bytes", len(e.Dynamic))
	}
	if err := checkCertificate(e.Certificate); err != nil {
		return err
	}
	for _, der := range e.Chain {
		if err := checkCertificate(der); err != nil {
			return err
		}
	}
	return nil
}

func checkCertificate(der []byte) error {
	if len(der) == 0 || len(der) > sm.MaxCertificate {
		return malformed("certificate of %d bytes", len(der))
	}
	return nil
}

// printable keeps a text to what every language compares alike, byte by byte.
func printable(text string, most int) bool {
	if len(text) < 1 || len(text) > most {
		return false
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}
