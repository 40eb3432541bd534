package evidence_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/sm/smtest"
	"sscard/terminal/evidence"
)

// issued has the card come with another certificate by its province.
func issued(change func(s *sample, r *smtest.Request)) func(s *sample) {
	return func(s *sample) {
		w := theWorld(s.t)
		s.evidence.Certificate = w.issue(s.t, w.province, func(r *smtest.Request) { change(s, r) })
	}
}

// altered has the card come with a certificate whose content was changed before its province signed it.
func altered(change func(c *smtest.Content)) func(s *sample) {
	return func(s *sample) {
		w := theWorld(s.t)
		der, err := w.province.Alter(w.certificate, change)
		require.NoError(s.t, err)
		s.evidence.Certificate = der
	}
}

// rawKey has the card come with a certificate whose key is these bytes.
func rawKey(key func(xy []byte) []byte) func(s *sample) {
	return issued(func(s *sample, r *smtest.Request) { r.RawKey = key(bytes.Clone(s.key.Public().Bytes())) })
}

// certificateRows are tokens whose certificate cannot be used.
func certificateRows() []row {
	return append(unreadableRows(), keyRows()...)
}

func unreadableRows() []row {
	rows := []row{
		{name: "certificate of zeros", after: func(s *sample) { s.evidence.Certificate = make([]byte, 600) }},
		{name: "certificate cut off", after: func(s *sample) {
			s.evidence.Certificate = s.evidence.Certificate[:len(s.evidence.Certificate)-1]
		}},
		{name: "a byte behind the certificate", after: func(s *sample) {
			s.evidence.Certificate = append(bytes.Clone(s.evidence.Certificate), 0)
		}},
		{name: "two certificates in one", after: func(s *sample) {
			s.evidence.Certificate = append(bytes.Clone(s.evidence.Certificate), s.evidence.Chain[0]...)
		}},
		{name: "another algorithm inside than outside", after: func(s *sample) {
			w := theWorld(s.t)
			var outer struct {
				Content   asn1.RawValue
				Algorithm pkix.AlgorithmIdentifier
				Signature asn1.BitString
			}
			_, err := asn1.Unmarshal(w.certificate, &outer)
			require.NoError(s.t, err)
			ecdsaWithSHA256 := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}
			s.evidence.Certificate, err = w.province.Sign(outer.Content.FullBytes, ecdsaWithSHA256)
			require.NoError(s.t, err)
		}},
	}
	for i := range rows {
		rows[i].step, rows[i].err = evidence.StepCertificate, sm.ErrCertificate
	}
	return rows
}

func keyRows() []row {
	rows := []row{
		{name: "key beside the curve", before: rawKey(func(xy []byte) []byte {
			xy[63] ^= 1
			return append([]byte{4}, xy...)
		})},
		{name: "key (0,0)", before: rawKey(func([]byte) []byte { return append([]byte{4}, make([]byte, 64)...) })},
		{name: "key infinity", before: rawKey(func([]byte) []byte { return []byte{0} })},
		{name: "key of all ones", before: rawKey(func([]byte) []byte {
			return append([]byte{4}, bytes.Repeat([]byte{0xFF}, 64)...)
		})},
		{name: "key compressed", before: rawKey(func(xy []byte) []byte { return append([]byte{2 + xy[63]&1}, xy[:32]...) })},
		{name: "key of P-256", before: altered(func(c *smtest.Content) {
			one := make([]byte, 32)
			one[31] = 1
			generator, _ := ecdh.P256().NewPrivateKey(one) // 1 is a key
			c.PublicKey.Algorithm.Parameters.FullBytes = []byte{6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7}
			c.PublicKey.Key = asn1.BitString{Bytes: generator.PublicKey().Bytes(), BitLength: 65 * 8}
		})},
	}
	for i := range rows {
		rows[i].step, rows[i].err = evidence.StepKey, sm.ErrKey
	}
	return rows
}

// pathRows are tokens whose certificate can be read and is not to be trusted.
func pathRows() (rows []row) {
	rows = append(rows, chainRows()...)
	rows = append(rows, usageRows()...)
	rows = append(rows, validityRows()...)
	return append(rows, revocationRows()...)
}

func chainRows() []row {
	rows := []row{
		{name: "other roots", before: func(s *sample) { s.roots = "other-roots.pem" }},
		{name: "no chain", before: func(s *sample) { s.evidence.Chain = nil }},
		{name: "chain of the certificate itself", before: func(s *sample) { s.evidence.Chain = [][]byte{s.evidence.Certificate} }},
		{name: "issued by itself", before: func(s *sample) {
			self := newRoot(s.t, "card", func(r *smtest.Request) { r.CA, r.CardNumber = false, number })
			s.evidence.Certificate, s.evidence.Chain = self.Certificate.Raw, nil
		}},
		{name: "brings its own root", before: func(s *sample) {
			root := newRoot(s.t, "root", func(r *smtest.Request) { r.Private = testKey(s.t, "other root") })
			s.evidence.Certificate = theWorld(s.t).issue(s.t, root, nil)
			s.evidence.Chain = [][]byte{root.Certificate.Raw}
		}},
		{name: "issuer of the same name with another key", before: func(s *sample) {
			w := theWorld(s.t)
			s.evidence.Certificate = w.issue(s.t, smtest.Authority{Certificate: w.province.Certificate, Key: w.other.Key}, nil)
		}},
		{name: "a bit of the issuer's signature", before: func(s *sample) {
			s.evidence.Certificate = bytes.Clone(s.evidence.Certificate)
			s.evidence.Certificate[len(s.evidence.Certificate)-1] ^= 1
		}},
		{name: "issued by another card", before: func(s *sample) {
			w := theWorld(s.t)
			card, err := sm.ParseCertificate(w.otherCard(s.t))
			require.NoError(s.t, err)
			s.evidence.Certificate = w.issue(s.t, smtest.Authority{Certificate: card, Key: testKey(s.t, "another card")}, nil)
			s.evidence.Chain = append(s.evidence.Chain, card.Raw)
		}},
		{name: "issuer that may not sign certificates", before: func(s *sample) {
			w := theWorld(s.t)
			s.below(intermediate(s.t, w.root, "province", func(r *smtest.Request) { r.Usage = x509.KeyUsageCRLSign }))
		}},
		{name: "path too long", before: func(s *sample) {
			w := theWorld(s.t)
			upper := intermediate(s.t, w.root, "province", func(r *smtest.Request) { r.PathLen = new(0) })
			s.below(intermediate(s.t, upper, "city", nil))
			s.evidence.Chain = append(s.evidence.Chain, upper.Certificate.Raw)
		}},
	}
	for i := range rows {
		rows[i].step, rows[i].err = evidence.StepChain, sm.ErrUntrusted
	}
	return append(rows, row{
		name: "something else in the chain", before: func(s *sample) { s.evidence.Chain = append(s.evidence.Chain, []byte{0x30, 0}) },
		step: evidence.StepChain, err: sm.ErrCertificate,
	})
}

// below has the card come with a certificate by another issuer, and with that of the issuer.
func (s *sample) below(issuer smtest.Authority) {
	s.evidence.Certificate = theWorld(s.t).issue(s.t, issuer, nil)
	s.evidence.Chain = [][]byte{issuer.Certificate.Raw}
}

func usageRows() []row {
	rows := []row{
		{name: "certificate for encryption", before: issued(func(_ *sample, r *smtest.Request) {
			r.Usage = x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment
		})},
		{name: "certificate of an authority", before: issued(func(_ *sample, r *smtest.Request) {
			r.CA, r.Usage = true, x509.KeyUsageDigitalSignature|x509.KeyUsageCertSign
		})},
		{name: "critical extension that nobody knows", before: issued(func(_ *sample, r *smtest.Request) {
			r.Extensions = []pkix.Extension{{Id: smtest.Unknown(), Critical: true, Value: []byte{5, 0}}}
		})},
	}
	for i := range rows {
		rows[i].step, rows[i].err = evidence.StepUsage, sm.ErrUsage
	}
	return rows
}

func validityRows() []row {
	rows := []row{
		{name: "expired before", before: issued(func(_ *sample, r *smtest.Request) { r.NotAfter = noon.Add(-time.Hour) })},
		{name: "expired since", before: issued(func(_ *sample, r *smtest.Request) { r.NotAfter = noon.Add(time.Second) })},
		{name: "not yet valid", before: issued(func(_ *sample, r *smtest.Request) { r.NotBefore = noon.Add(time.Hour) })},
		{name: "valid since", before: issued(func(_ *sample, r *smtest.Request) { r.NotBefore = noon.Add(time.Second) })},
		{name: "issuer expired", before: func(s *sample) {
			s.below(intermediate(s.t, theWorld(s.t).root, "province", until(noon.Add(-time.Hour))))
		}},
		{name: "root expired", before: func(s *sample) { s.roots = "expired-roots.pem" }},
		{name: "token of another century", before: func(s *sample) { s.evidence.Time = noon.AddDate(-100, 0, 0) }},
	}
	for i := range rows {
		rows[i].step, rows[i].err = evidence.StepValidity, sm.ErrExpired
	}
	return rows
}

func revocationRows() []row {
	with := func(crls string) func(s *sample) { return func(s *sample) { s.crls = crls } }
	return []row{
		{name: "card revoked", before: with("revoked-card.pem"), step: evidence.StepRevocation, err: sm.ErrRevoked},
		{name: "issuer revoked", before: with("revoked-province.pem"), step: evidence.StepRevocation, err: sm.ErrRevoked},
		{name: "list out of date", before: with("stale-crls.pem"), step: evidence.StepRevocation, err: sm.ErrStale},
		{name: "list from the future", before: with("early-crls.pem"), step: evidence.StepRevocation, err: sm.ErrStale},
		{name: "list signed by another", before: with("forged-crls.pem"), step: evidence.StepRevocation, err: sm.ErrStale},
	}
}
