package sm_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/sm/smtest"
)

// fixedKey is a key that is the same in every run: what a fuzzer found has to be found again.
func fixedKey(t testing.TB, n byte) sm.PrivateKey {
	t.Helper()
	return must(sm.GenerateKey(seeded(100 + n)))(t)
}

func fixedRoot(t testing.TB, name string) smtest.Authority {
	t.Helper()
	return must(smtest.NewRoot(name, withKey(fixedKey(t, 0)), withSerial(1)))(t)
}

func withSerial(n int64) smtest.Option { return func(r *smtest.Request) { r.Serial = big.NewInt(n) } }

// FuzzSignatureDER wants that this package and the other library find the same signatures to be valid, and that what is
// taken can be written again in one way only.
func FuzzSignatureDER(f *testing.F) {
	good := must(sm.Signature(unhex(f, exampleR+exampleS)).DER())(f)
	f.Add(good)
	for _, form := range signatureForms(good) {
		f.Add(form)
	}
	private := must(sm.ParsePrivateKey(unhex(f, exampleKey)))(f)
	ours, theirs := private.Public(), theirPublic(f, private.Public())
	f.Fuzz(func(t *testing.T, der []byte) {
		valid := sm2.VerifyASN1(theirs, unhex(t, exampleE), der)
		s, err := sm.ParseSignatureDER(der)
		if err != nil {
			require.ErrorIs(t, err, sm.ErrSignature)
			require.False(t, valid)
			return
		}
		require.Equal(t, der, must(s.DER())(t))
		require.Equal(t, s, must(sm.ParseSignature(s[:]))(t))
		require.Equal(t, valid, ours.VerifyDigest([32]byte(unhex(t, exampleE)), s) == nil)
	})
}

// FuzzPublicKey wants that this package and the other library take the same points, and multiply them to the same
// result.
func FuzzPublicKey(f *testing.F) {
	f.Add(unhex(f, exampleX+exampleY))
	f.Add(unhex(f, "04"+exampleX+exampleY))
	f.Add(unhex(f, must(smallX())(f)))
	f.Add(make([]byte, 64))
	f.Add(bytes.Repeat([]byte{0xFF}, 64))
	f.Add(unhex(f, curveP+exampleY))
	s := must(sm.ParseSignature(unhex(f, exampleR+exampleS)))(f)
	f.Add(unhex(f, "02"+exampleX))
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := sm.ParsePublicKey(b)
		if x, y := elliptic.UnmarshalCompressed(sm2.P256(), b); x != nil { // every other number is the x of a point
			require.ErrorIs(t, err, sm.ErrKey)
			b = rs(x, y)
			key, err = sm.ParsePublicKey(b)
		}
		if len(b) == 64 {
			b = append([]byte{4}, b...)
		}
		theirs, theirErr := sm2.NewPublicKey(b)
		if err != nil {
			require.ErrorIs(t, err, sm.ErrKey)
			require.Error(t, theirErr)
			return
		}
		require.NoError(t, theirErr)
		require.Equal(t, b[1:], key.Bytes())
		e := must(key.Digest(id(), b))(t)
		require.Equal(t, sm2.VerifyASN1(theirs, e[:], must(s.DER())(t)), key.VerifyDigest(e, s) == nil)
	})
}

// FuzzCertificate takes its input for a certificate, and for what an authority signs. What is taken the other library
// reads in the same way, or it does so once names and extensions that this package does not go by are out.
func FuzzCertificate(f *testing.F) {
	root := fixedRoot(f, "Ministry")
	request := smtest.Request{Subject: "Card", Key: fixedKey(f, 1).Public(), CardNumber: "A00000003", Serial: big.NewInt(2)}
	card := must(root.Issue(request))(f)
	for _, der := range [][]byte{card, root.Certificate.Raw} {
		f.Add(der)
		f.Add(append(der[:len(der):len(der)], 0xFF, 0xFF))
		f.Add(must(smx509.ParseCertificate(der))(f).RawTBSCertificate)
	}
	f.Add(make([]byte, 64))
	trust := &sm.Trust{Roots: certificates(root.Certificate)}
	check := func(t *testing.T, der []byte) {
		c, err := sm.ParseCertificate(der)
		if err != nil {
			require.ErrorIs(t, err, sm.ErrCertificate)
			return
		}
		require.Equal(t, der, c.Raw)
		require.Equal(t, c, must(sm.ParseCertificate(c.Raw))(t))
		if theirs, err := smx509.ParseCertificate(der); err == nil {
			requireAgreement(t, theirs, c)
		}
		theirs := must(smx509.ParseCertificate(plainer(t, root, der)))(t)
		require.Equal(t, theirKey(t, theirs), c.Key.Bytes())
		if _, err := trust.Verify(c, nil, now()); err == nil {
			requireSigned(t, der, root.Key.Public())
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		check(t, file)
		check(t, must(root.Sign(file, smtest.SM2WithSM3()))(t))
		if der, err := sm.CutCertificate(file); err == nil {
			require.Equal(t, file[:len(der)], der)
			require.Equal(t, der, must(sm.CutCertificate(der))(t))
			check(t, der)
		}
	})
}

// FuzzCRL takes its input for a revocation list, and for what an authority signs. A card is revoked, or known not to be,
// only by a list that the other library finds rightly signed, and that says so to it too.
func FuzzCRL(f *testing.F) {
	root := fixedRoot(f, "Ministry")
	leaf := must(sm.ParseCertificate(must(root.Issue(smtest.Request{Subject: "Card", Key: fixedKey(f, 1).Public(), Serial: big.NewInt(2)}))(f)))(f)
	for _, serials := range [][]*big.Int{nil, {big.NewInt(2)}, {big.NewInt(1), big.NewInt(300)}} {
		der := must(root.Revoke(serials, now().Add(-time.Hour), now().Add(time.Hour)))(f)
		f.Add(der)
		f.Add(must(smx509.ParseRevocationList(der))(f).RawTBSRevocationList)
	}
	check := func(t *testing.T, der []byte) {
		lists, err := sm.ParseCRLs(der)
		if err != nil {
			require.ErrorIs(t, err, sm.ErrCertificate)
			return
		}
		require.Equal(t, lists, must(sm.ParseCRLs(der))(t))
		theirs, err := smx509.ParseRevocationList(der)
		if err != nil {
			return // for an extension, or text in a name, that is not looked at here
		}
		list := lists[0]
		require.True(t, theirs.ThisUpdate.Equal(list.ThisUpdate))
		require.True(t, theirs.NextUpdate.Equal(list.NextUpdate))
		require.Equal(t, nameOf(t, theirs.RawIssuer), list.Issuer)
		if list.Issuer != leaf.Issuer {
			return
		}
		trust := &sm.Trust{Roots: certificates(root.Certificate), CRLs: lists}
		_, err = trust.Verify(leaf, nil, now())
		requireVerdict(t, err, theirs, root)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		check(t, file)
		check(t, must(root.Sign(file, smtest.SM2WithSM3()))(t))
	})
}

// requireVerdict wants err to be what the list says of the certificate number 2 of root.
func requireVerdict(t *testing.T, err error, list *smx509.RevocationList, root smtest.Authority) {
	t.Helper()
	issuer := must(smx509.ParseCertificate(root.Certificate.Raw))(t)
	revoked := false
	for _, entry := range list.RevokedCertificateEntries {
		revoked = revoked || entry.SerialNumber.Cmp(big.NewInt(2)) == 0
	}
	current := !now().Before(list.ThisUpdate) && !now().After(list.NextUpdate)
	signed := list.CheckSignatureFrom(issuer) == nil
	sameKey := len(list.AuthorityKeyId) == 0 || bytes.Equal(list.AuthorityKeyId, issuer.SubjectKeyId)
	switch {
	case err == nil:
		require.True(t, signed && current && !revoked)
	case errors.Is(err, sm.ErrRevoked):
		require.True(t, signed && revoked)
	default:
		require.False(t, signed && current && sameKey)
	}
}

// FuzzTrust builds certificates by a plan, and wants each path to be one that the other library can follow step by step,
// and a path wherever the other library has one.
func FuzzTrust(f *testing.F) {
	for _, plan := range []string{
		"\x00\x00\x00", "\x10\x11\x00", "\x10\x20\x00\x21\x01\x01\x11\x00\x01", "\x10\x21\x00\x21\x11\x01",
		"\x20\x12\x10\x21\x02\x01\x12\x01\x01", "\x32\x00\x04\x23\x00\x01\x31\x00\x09\x12\x00\x41",
	} {
		f.Add([]byte(plan))
	}
	root := fixedRoot(f, plannedName(0))
	f.Fuzz(func(t *testing.T, plan []byte) {
		var all []*sm.Certificate
		for len(plan) >= 3 && len(all) < 5 {
			all = append(all, planned(t, plan[0], plan[1], plan[2]))
			plan = plan[3:]
		}
		if len(all) == 0 {
			return
		}
		trust := &sm.Trust{Roots: certificates(root.Certificate)}
		path, err := trust.Verify(all[0], all[1:], now())
		if err == nil {
			requirePath(t, path, root.Certificate)
			require.Equal(t, all[0].Raw, path[0].Raw)
			return
		}
		require.Nil(t, path)
		require.False(t, theyBelieve(t, root.Certificate, all), "%v", err)
	})
}

func plannedName(n byte) string { return "Office " + string(rune('0'+n)) }

// planned is a certificate of one of four offices by another, which may not be allowed to. Its flags: an authority (1),
// signs no certificates (2), expired (4), path length 0 (8), unknown critical extension (10), no usage (20), a new
// key (40).
func planned(t *testing.T, subject, issuer, flags byte) *sm.Certificate {
	t.Helper()
	subject, issuer = subject>>4&3, issuer&3
	has := func(flag byte) bool { return flags&flag != 0 }
	above := must(smtest.NewRoot(plannedName(issuer), withKey(fixedKey(t, issuer))))(t)
	key := fixedKey(t, subject)
	if has(0x40) {
		key = fixedKey(t, subject+4)
	}
	r := smtest.Request{Subject: plannedName(subject), Key: key.Public(), CA: has(1), Serial: big.NewInt(int64(flags) + 1)}
	if has(2) {
		r.Usage = x509.KeyUsageKeyAgreement
	}
	if has(4) {
		r.NotAfter = now().Add(-time.Hour)
	}
	if has(8) && has(1) {
		r.PathLen = new(int)
	}
	if has(0x10) {
		critical(&r)
	}
	if has(0x20) {
		r.Usage = smtest.NoUsage
	}
	return must(sm.ParseCertificate(must(above.Issue(r))(t)))(t)
}

// requirePath wants each certificate of a path to be signed by the next one, an authority, and the last to be root.
func requirePath(t *testing.T, path []*sm.Certificate, root *sm.Certificate) {
	t.Helper()
	require.Equal(t, root.Raw, path[len(path)-1].Raw)
	for i, c := range path {
		child := must(smx509.ParseCertificate(c.Raw))(t)
		require.Empty(t, child.UnhandledCriticalExtensions)
		require.False(t, now().Before(child.NotBefore) || now().After(child.NotAfter))
		if i+1 == len(path) {
			continue
		}
		parent := must(smx509.ParseCertificate(path[i+1].Raw))(t)
		require.NoError(t, child.CheckSignatureFrom(parent))
		requireSigned(t, c.Raw, path[i+1].Key)
	}
}

// theyBelieve says whether the other library has a path from the first certificate to root. That the first one may sign,
// and is no authority, it does not ask.
func theyBelieve(t *testing.T, root *sm.Certificate, all []*sm.Certificate) bool {
	t.Helper()
	roots, others := smx509.NewCertPool(), smx509.NewCertPool()
	roots.AddCert(must(smx509.ParseCertificate(root.Raw))(t))
	for _, c := range all[1:] {
		others.AddCert(must(smx509.ParseCertificate(c.Raw))(t))
	}
	leaf := must(smx509.ParseCertificate(all[0].Raw))(t)
	if leaf.IsCA || leaf.KeyUsage != 0 && leaf.KeyUsage&smx509.KeyUsageDigitalSignature == 0 {
		return false
	}
	_, err := leaf.Verify(smx509.VerifyOptions{
		Roots: roots, Intermediates: others, CurrentTime: now(), KeyUsages: []smx509.ExtKeyUsage{smx509.ExtKeyUsageAny},
	})
	return err == nil
}
