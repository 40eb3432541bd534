package sm_test

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/sm/smtest"
)

// What the other library thinks of a certificate that this package takes.

// requireSigned wants the other library to find that key signed a certificate or a revocation list. The form of what is
// signed does not matter to it here.
func requireSigned(t testing.TB, der []byte, key sm.PublicKey) {
	t.Helper()
	var v struct {
		Content, Algorithm asn1.RawValue
		Signature          asn1.BitString
	}
	_, err := asn1.Unmarshal(der, &v)
	require.NoError(t, err)
	require.True(t, sm2.VerifyASN1WithSM2(theirPublic(t, key), id(), v.Content.FullBytes, v.Signature.Bytes), "%X", der)
}

// requireAgreement wants both to have read the same.
func requireAgreement(t testing.TB, theirs *smx509.Certificate, ours *sm.Certificate) {
	t.Helper()
	require.Equal(t, theirKey(t, theirs), ours.Key.Bytes())
	require.Zero(t, theirs.SerialNumber.Cmp(ours.Serial))
	require.True(t, theirs.NotBefore.Equal(ours.NotBefore), "%v, %v", theirs.NotBefore, ours.NotBefore)
	require.True(t, theirs.NotAfter.Equal(ours.NotAfter), "%v, %v", theirs.NotAfter, ours.NotAfter)
	require.Equal(t, theirs.Raw, ours.Raw)
	require.Equal(t, nameOf(t, theirs.RawSubject), ours.Subject)
	require.Equal(t, nameOf(t, theirs.RawIssuer), ours.Issuer)
}

// theirKey is X‖Y.
func theirKey(t testing.TB, c *smx509.Certificate) []byte {
	t.Helper()
	der := must(smx509.MarshalPKIXPublicKey(c.PublicKey))(t)
	return der[len(der)-64:]
}

func nameOf(t testing.TB, der []byte) string {
	t.Helper()
	var name pkix.RDNSequence
	_, err := asn1.Unmarshal(der, &name)
	require.NoError(t, err)
	return name.String()
}

// plainer is a certificate without what this package takes in any form: with names that anybody reads, and of its extensions
// only those that others have to read as it does. It is signed again by a.
func plainer(t testing.TB, a smtest.Authority, der []byte) []byte {
	t.Helper()
	issuer := must(smx509.ParseCertificate(a.Certificate.Raw))(t).RawSubject
	subject := must(asn1.Marshal(pkix.Name{CommonName: "Card"}.ToRDNSequence()))(t)
	return must(a.Alter(der, func(c *smtest.Content) {
		c.Issuer.FullBytes, c.Subject.FullBytes = issuer, subject
		c.Extensions = slices.DeleteFunc(c.Extensions, func(e pkix.Extension) bool {
			id := e.Id.String()
			return id != "2.5.29.14" && id != "2.5.29.15" && id != "2.5.29.19"
		})
	}))(t)
}
