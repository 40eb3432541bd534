package sm_test

import (
	"crypto/rand"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"github.com/stretchr/testify/require"

	"sscard/sm"
)

// Each benchmark has this package and emmansun/gmsm do the same in one run, so that they can be compared whatever the
// machine:
//
//	go test -run '^$' -bench . -cpu 1 -count 5 ./sm

// compare runs both, and reports how often per second.
func compare(b *testing.B, ours, theirs func() error) {
	b.Helper()
	for _, row := range []struct {
		name string
		do   func() error
	}{{"ours", ours}, {"emmansun", theirs}} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, row.do())
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "per-s")
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	k := must(sm.ParsePrivateKey(unhex(b, exampleKey)))(b)
	_, public := theirKeys(b, k)
	message := make([]byte, 256)
	s := must(k.Sign(nil, id(), message))(b)
	der := must(s.DER())(b)
	compare(b, func() error {
		return k.Public().Verify(id(), message, s)
	}, func() error {
		if !sm2.VerifyASN1WithSM2(public, id(), message, der) {
			return sm.ErrVerification
		}
		return nil
	})
}

func BenchmarkSign(b *testing.B) {
	k := must(sm.ParsePrivateKey(unhex(b, exampleKey)))(b)
	private, _ := theirKeys(b, k)
	message := make([]byte, 256)
	compare(b, func() error {
		_, err := k.Sign(rand.Reader, id(), message)
		return err
	}, func() error {
		_, err := private.SignWithSM2(rand.Reader, id(), message)
		return err
	})
}

func BenchmarkDigest(b *testing.B) {
	k := must(sm.ParsePrivateKey(unhex(b, exampleKey)))(b)
	_, public := theirKeys(b, k)
	message := make([]byte, 256)
	compare(b, func() error {
		_, err := k.Public().Digest(id(), message)
		return err
	}, func() error {
		_, err := sm2.CalculateSM2Hash(public, message, id())
		return err
	})
}

func BenchmarkParseCertificate(b *testing.B) {
	der := newWorld(b).der
	compare(b, func() error {
		_, err := sm.ParseCertificate(der)
		return err
	}, func() error {
		_, err := smx509.ParseCertificate(der)
		return err
	})
}

// BenchmarkChain verifies a card's certificate, a province's and a ministry's, parsed before.
func BenchmarkChain(b *testing.B) {
	w := newWorld(b)
	trust := w.trust()
	parse := func(c *sm.Certificate) *smx509.Certificate { return must(smx509.ParseCertificate(c.Raw))(b) }
	roots, others, leaf := smx509.NewCertPool(), smx509.NewCertPool(), parse(w.leaf)
	roots.AddCert(parse(w.root.Certificate))
	others.AddCert(parse(w.province.Certificate))
	options := smx509.VerifyOptions{
		Roots: roots, Intermediates: others, CurrentTime: now(), KeyUsages: []smx509.ExtKeyUsage{smx509.ExtKeyUsageAny},
	}
	compare(b, func() error {
		_, err := trust.Verify(w.leaf, nil, now())
		return err
	}, func() error {
		_, err := leaf.Verify(options)
		return err
	})
}
