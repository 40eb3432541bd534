package sm

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// checkRevocation asks the lists about each certificate of the path but a root. That one is revoked is said
// before that of another it is not known.
func (t *Trust) checkRevocation(path []*Certificate, pin *PublicKey, at time.Time) (unknown error) {
	for i, c := range path {
		var err error
		switch {
		case i+1 < len(path):
			issuer := path[i+1]
			err = t.checkRevoked(c, issuer.Key, issuer.extensions, at)
		case pin != nil:
			err = t.checkRevoked(c, *pin, extensions{}, at)
		}
		if errors.Is(err, ErrRevoked) {
			return err
		}
		if err != nil {
			unknown = err
		}
	}
	return unknown
}

// Listed reports whether there was a list to ask about each certificate of a path that [Trust.Verify] gave, but for a root. Of one
// without a list nobody knows whether it is revoked, and so of the path.
func (t *Trust) Listed(path []*Certificate) bool {
	if last := len(path) - 1; last >= 0 && slices.ContainsFunc(t.Roots, path[last].equal) {
		path = path[:last]
	}
	return len(path) > 0 && !slices.ContainsFunc(path, func(c *Certificate) bool {
		return !slices.ContainsFunc(t.CRLs, func(list *CRL) bool { return list.Issuer == c.Issuer })
	})
}

// checkRevoked asks the newest list of the issuer of c about it. What an old list says of c still counts; that it
// says nothing does not.
func (t *Trust) checkRevoked(c *Certificate, key PublicKey, issuer extensions, at time.Time) error {
	list, listed := t.newestList(c, key, issuer, at)
	switch {
	case !listed:
		return nil
	case list == nil:
		return fmt.Errorf("%w: no list of its issuer that is rightly signed and already valid", ErrStale)
	case list.revokes(c):
		return ErrRevoked
	case at.After(list.NextUpdate):
		return fmt.Errorf("%w: list until %s", ErrStale, list.NextUpdate.Format(time.DateOnly))
	}
	return nil
}

// newestList is the newest list that key signed for the issuer of c; listed says that there are lists of that name. It is
// compared as text: a list that writes it in another type of string must not be passed over.
func (t *Trust) newestList(c *Certificate, key PublicKey, issuer extensions, at time.Time) (newest *CRL, listed bool) {
	for _, list := range t.CRLs {
		if list.Issuer != c.Issuer {
			continue
		}
		listed = true
		if at.Before(list.ThisUpdate) || newest != nil && !list.ThisUpdate.After(newest.ThisUpdate) {
			continue
		}
		if issuer.mayUse(crlSign) && agree(issuer.keyID, list.keyID) && list.signed.checkSignature(key) == nil {
			newest = list
		}
	}
	return newest, listed
}
