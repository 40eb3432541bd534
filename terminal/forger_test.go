package terminal_test

import (
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
	"sscard/sm"
	"sscard/sm/smtest"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/evidence"
)

// forgery is a card that is not genuine, the step that finds it out, and the code that says so.
type forgery struct {
	name string
	card func(testing.TB) *softcard.Card
	step evidence.Step
	code apitype.Code
}

func (f forgery) check(t *testing.T, v *terminal.Verification) {
	t.Helper()
	require.Equal(t, "not_genuine", v.Authenticity.Result)
	require.Equal(t, f.step, v.Step)
	require.Equal(t, f.code, terminal.AsError(v.Err).Code, "%v", v.Err)
}

// forgeries is the forger's table, and whom a terminal trusts that is to see through it.
func forgeries(t testing.TB, now time.Time) (*sm.Trust, []forgery) {
	t.Helper()
	i := authorities(t)
	revoked := big.NewInt(4711)
	crl, err := i.province.Revoke([]*big.Int{revoked}, now.AddDate(0, -1, 0), now.AddDate(0, 1, 0))
	require.NoError(t, err)
	trust := i.trust()
	trust.CRLs, err = sm.ParseCRLs(crl)
	require.NoError(t, err)
	other, err := smtest.NewRoot("Other Root")
	require.NoError(t, err)
	infinity, offCurve := make([]byte, 65), append([]byte{4}, newKey(t).Public().Bytes()...)
	infinity[0], offCurve[64] = 4, offCurve[64]^1

	with := func(change func(*smtest.Request)) func(testing.TB) *softcard.Card {
		return func(t testing.TB) *softcard.Card { return personalised(t, change) }
	}
	trick := func(text string) func(testing.TB) *softcard.Card {
		return func(t testing.TB) *softcard.Card { return forged(t, text) }
	}
	return trust, []forgery{
		{"the first bit", trick("flip@0"), "signature", apitype.EvidenceInvalid},
		{"the last bit", trick("flip@511"), "signature", apitype.EvidenceInvalid},
		{"r of 0", trick("r=0"), "answer", apitype.EvidenceInvalid},
		{"r of n", trick("r=n"), "answer", apitype.EvidenceInvalid},
		{"r of n+1", trick("r=n+1"), "answer", apitype.EvidenceInvalid},
		{"s of 0", trick("s=0"), "answer", apitype.EvidenceInvalid},
		{"s of n", trick("s=n"), "answer", apitype.EvidenceInvalid},
		{"s of n+1", trick("s=n+1"), "answer", apitype.EvidenceInvalid},
		{"r+s of n", trick("r+s=n"), "answer", apitype.EvidenceInvalid},
		{"63 bytes", trick("short"), "answer", apitype.EvidenceInvalid},
		{"65 bytes", trick("long"), "answer", apitype.EvidenceInvalid},
		{"DER with junk", trick("der-junk"), "answer", apitype.EvidenceInvalid},
		{"another key, as with a copied certificate", trick("other-key"), "signature", apitype.EvidenceInvalid},
		{"a bit of the certificate's signature", altered, "chain", apitype.CertificateUntrusted},
		{"junk for a certificate", trick("certificate-junk"), "certificate", apitype.DataMalformed},
		{"a blank certificate", trick("certificate-blank"), "certificate", apitype.DataMalformed},
		{"junk of 4 KiB for a certificate", trick("certificate-4k"), "certificate", apitype.DataMalformed},
		{"a certificate of over 4 KiB", with(func(r *smtest.Request) { r.Padding = 4096 }), "certificate", apitype.DataMalformed},
		{"a key off the curve", with(func(r *smtest.Request) { r.RawKey = offCurve }), "key", apitype.EvidenceInvalid},
		{"the point at infinity", with(func(r *smtest.Request) { r.RawKey = infinity }), "key", apitype.EvidenceInvalid},
		{"expired", with(func(r *smtest.Request) { r.NotAfter = now.Add(-time.Second) }), "validity", apitype.CertificateExpired},
		{"not yet valid", with(func(r *smtest.Request) { r.NotBefore = now.Add(time.Hour) }), "validity", apitype.CertificateExpired},
		{"revoked", with(func(r *smtest.Request) { r.Serial = revoked }), "revocation", apitype.CertificateRevoked},
		{"a key for encryption", with(func(r *smtest.Request) { r.Usage = x509.KeyUsageKeyEncipherment }), "usage", apitype.CertificateUntrusted},
		{"another card's certificate", with(func(r *smtest.Request) { r.CardNumber = "A00000011" }), "card_number", apitype.CertificateUntrusted},
		{"a certificate of no card", with(func(r *smtest.Request) { r.CardNumber = "" }), "card_number", apitype.CertificateUntrusted},
		{"an authority of its own", func(t testing.TB) *softcard.Card { return issuedBy(t, other) }, "chain", apitype.CertificateUntrusted},
		{"a loop of authorities", loop, "chain", apitype.CertificateUntrusted},
	}
}

// issuedBy is gen3 with a certificate by another authority.
func issuedBy(t testing.TB, a smtest.Authority) *softcard.Card {
	key := newKey(t)
	der, err := a.Issue(smtest.Request{Subject: "card", Key: key.Public(), CardNumber: gen3Number})
	require.NoError(t, err)
	gen3 := card(t, "gen3")
	require.NoError(t, gen3.Personalise(application, key, map[uint16][]byte{certificate: der}))
	return gen3
}

// altered is a card whose certificate has another signature in its last bit.
func altered(t testing.TB) *softcard.Card {
	key := newKey(t)
	der := authorities(t).issue(t, key, nil)
	der[len(der)-1] ^= 1
	gen3 := card(t, "gen3")
	require.NoError(t, gen3.Personalise(application, key, map[uint16][]byte{certificate: der}))
	return gen3
}

// loop is a card whose issuer says that it was issued by one whom it has issued itself; the profile reads no chain, so
// that the terminal meets the loop among its own intermediates.
func loop(t testing.TB) *softcard.Card {
	root, err := smtest.NewRoot("Loop A")
	require.NoError(t, err)
	below, err := root.Intermediate("Loop B")
	require.NoError(t, err)
	return issuedBy(t, below)
}
