package sm

import (
	"errors"
	"fmt"
	"time"
)

// Trust is whom to believe. It may be shared once it is made.
type Trust struct {
	// Roots are trust anchors, self-signed or not. One that is no authority is trusted as a leaf, for itself.
	Roots []*Certificate
	// Intermediates help to find the way to a root, and are trusted no more than what a card brings.
	Intermediates []*Certificate
	// IssuerKeys are keys of authorities of which no certificate is at hand: what one of them signed is
	// trusted without a root.
	IssuerKeys []PublicKey
	// CRLs are asked about each certificate whose issuer has one here, whatever type of string its name is in. Where an
	// issuer has several, the newest counts.
	CRLs []*CRL
}

// Why a certificate is not believed, and how far the path to it came: the later ones came further.
var (
	ErrUntrusted = errors.New("sm: no certificate path to a trusted authority")
	ErrUsage     = errors.New("sm: certificate is not for signing")
	ErrExpired   = errors.New("sm: certificate is not valid at this time")
	ErrStale     = errors.New("sm: not known whether the certificate is revoked")
	ErrRevoked   = errors.New("sm: certificate is revoked")
)

// What one Verify does at most. The certificates of a card are anybody's before they are verified: look-alikes
// among them must not cost much.
const (
	maxChain  = 8  // certificates beside the leaf that a caller may bring
	maxLength = 8  // certificates in a path, leaf and anchor with it
	maxChecks = 64 // signatures by candidates for issuers; pinned keys are tried once with each certificate
)

// Verify looks for a path from leaf over chain, which may be in any order, and Intermediates to a root or a pinned key,
// valid at a time. It gives the first that holds: leaf first, and last the root, or the certificate that a pinned
// key signed.
//
// Each certificate on the path is within its days and has no critical extension that is not known (RFC 5280
// §6.1). Each above the leaf is an authority (basicConstraints), may sign certificates (keyUsage, where it
// is there) and keeps its path length. The leaf is no authority and has digitalSignature, where keyUsage is
// there. Names have to agree byte by byte, and key identifiers where both sides have one.
//
// Where no path holds, the error is that of the path that came furthest: in this order [ErrRevoked], [ErrStale],
// [ErrExpired], [ErrUsage], [ErrUntrusted].
func (t *Trust) Verify(leaf *Certificate, chain []*Certificate, at time.Time) (path []*Certificate, err error) {
	defer guard(&err)
	if leaf == nil || len(leaf.Raw) == 0 {
		return nil, ErrCertificate
	}
	if len(chain) > maxChain {
		return nil, fmt.Errorf("%w: %d certificates beside the leaf", ErrUntrusted, len(chain))
	}
	s := newSearch(t, chain, at)
	if path := s.extend([]*Certificate{leaf}); path != nil {
		return path, nil
	}
	return nil, s.furthest
}

// judge says whether a path to an anchor holds; pin is the key that signed its last certificate, where that
// is not a root.
func (t *Trust) judge(path []*Certificate, pin *PublicKey, at time.Time) error {
	leaf := path[0].extensions
	if leaf.isCA || !leaf.mayUse(digitalSignature) {
		return ErrUsage
	}
	for _, c := range path {
		if c.extensions.unknown != "" {
			return fmt.Errorf("%w: critical extension %s", ErrUsage, c.extensions.unknown)
		}
	}
	for _, c := range path {
		if err := c.checkValidity(at); err != nil {
			return err
		}
	}
	return t.checkRevocation(path, pin, at)
}
