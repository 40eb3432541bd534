package sm

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"
)

// search looks for a path that holds, depth first, and keeps the error of the one that came furthest.
type search struct {
	trust      *Trust
	candidates []*Certificate // for issuers
	at         time.Time
	checks     int // signatures that may still be checked
	pins       map[*Certificate]*PublicKey
	furthest   error
}

func newSearch(t *Trust, chain []*Certificate, at time.Time) *search {
	return &search{
		trust:      t,
		candidates: slices.Concat(t.Roots, t.Intermediates, chain),
		at:         at,
		checks:     maxChecks,
		pins:       map[*Certificate]*PublicKey{},
		furthest:   ErrUntrusted,
	}
}

// extend gives a path that begins with the one given and holds, or nil.
func (s *search) extend(path []*Certificate) []*Certificate {
	last := path[len(path)-1]
	if slices.ContainsFunc(s.trust.Roots, last.equal) && s.holds(path, nil) {
		return path
	}
	if pin := s.pin(last); pin != nil && s.holds(path, pin) {
		return path
	}
	for _, issuer := range s.candidates {
		if !issuer.seemsToHaveIssued(last) || slices.ContainsFunc(path, issuer.isSameAs) {
			continue
		}
		if err := s.checkIssuer(path, issuer); err != nil {
			s.note(fmt.Errorf("%w: %w", ErrUntrusted, err))
			continue
		}
		if found := s.extend(append(slices.Clip(path), issuer)); found != nil {
			return found
		}
	}
	return nil
}

func (s *search) holds(path []*Certificate, pin *PublicKey) bool {
	err := s.trust.judge(path, pin, s.at)
	s.note(err)
	return err == nil
}

// pin is the pinned key that signed c, or nil.
func (s *search) pin(c *Certificate) *PublicKey {
	if pin, ok := s.pins[c]; ok {
		return pin
	}
	s.pins[c] = nil
	for _, key := range s.trust.IssuerKeys {
		if c.signed.checkSignature(key) == nil {
			s.pins[c] = &key
			break
		}
	}
	return s.pins[c]
}

// checkIssuer says whether issuer may have, and has, signed the end of the path.
func (s *search) checkIssuer(path []*Certificate, issuer *Certificate) error {
	x := issuer.extensions
	switch {
	case len(path) == maxLength:
		return errors.New("path too long")
	case !x.isCA || !x.mayUse(keyCertSign):
		return errors.New("issuer is not an authority")
	case x.maxPath >= 0 && pathLength(path) > x.maxPath:
		return errors.New("path longer than its issuer allows")
	case s.checks == 0:
		return errors.New("too many signatures to check")
	}
	s.checks--
	return path[len(path)-1].signed.checkSignature(issuer.Key)
}

// pathLength counts the authorities of a path as RFC 5280 §4.2.1.9 does: without those that issued themselves.
func pathLength(path []*Certificate) (n int) {
	for _, c := range path[1:] {
		if !bytes.Equal(c.subject, c.issuer) {
			n++
		}
	}
	return n
}

// note keeps err where it came further than those before.
func (s *search) note(err error) {
	if progress(err) > progress(s.furthest) || s.furthest == ErrUntrusted && err != nil {
		s.furthest = err
	}
}

// progress is how far a path came that failed with err.
func progress(err error) int {
	return slices.IndexFunc([]error{ErrUntrusted, ErrUsage, ErrExpired, ErrStale, ErrRevoked}, func(e error) bool {
		return errors.Is(err, e)
	})
}

// seemsToHaveIssued compares the names, and the key identifiers where both are there.
func (c *Certificate) seemsToHaveIssued(child *Certificate) bool {
	return bytes.Equal(c.subject, child.issuer) && agree(c.extensions.keyID, child.extensions.authorityKeyID)
}

func agree(keyID, authorityKeyID []byte) bool {
	return len(keyID) == 0 || len(authorityKeyID) == 0 || bytes.Equal(keyID, authorityKeyID)
}

// isSameAs says that a path with both would be a loop, though they may be two certificates.
func (c *Certificate) isSameAs(d *Certificate) bool {
	return c.Key == d.Key && bytes.Equal(c.subject, d.subject)
}

func (c *Certificate) equal(d *Certificate) bool { return bytes.Equal(c.Raw, d.Raw) }
