package terminal

import (
	"fmt"
	"slices"
	"time"

	"sscard/sm"
	"sscard/terminal/apitype"
)

// How long before their end the files of trust are asked for anew.
const (
	certificateNotice = 30 * 24 * time.Hour
	listNotice        = 2 * 24 * time.Hour
)

// anchored reports whether there is anything to trust in.
func anchored(t *sm.Trust) bool { return t != nil && len(t.Roots)+len(t.IssuerKeys) > 0 }

// trustTroubles are the certificates and revocation lists that have ended, or soon will.
func (t *Terminal) trustTroubles() (list []apitype.Trouble) {
	trust := t.trust.Load()
	if trust == nil {
		return nil
	}
	add := func(what, name string, end time.Time, notice time.Duration) {
		if left := time.Until(end); left < notice {
			trouble := apitype.CertificateTrouble(left < 0)
			trouble.Detail = fmt.Sprintf("%s %s: until %s", what, name, end.UTC().Format(time.DateOnly))
			list = append(list, trouble)
		}
	}
	for _, c := range slices.Concat(trust.Roots, trust.Intermediates) {
		add("certificate", c.Subject, c.NotAfter, certificateNotice)
	}
	for _, l := range trust.CRLs {
		add("revocation list", l.Issuer, l.NextUpdate, listNotice)
	}
	return list
}
