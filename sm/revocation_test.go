package sm_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/smx509"
	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/sm/smtest"
)

func TestRevocation(t *testing.T) {
	w := newWorld(t)
	day := 24 * time.Hour
	crl := func(a smtest.Authority, from, to time.Duration, revoked ...*sm.Certificate) *sm.CRL {
		var serials []*big.Int
		for _, c := range revoked {
			serials = append(serials, c.Serial)
		}
		lists := must(sm.ParseCRLs(must(a.Revoke(serials, now().Add(from), now().Add(to)))(t)))(t)
		return lists[0]
	}
	stranger := must(smtest.NewRoot("Province"))(t)
	noCRL := authority(t, w.root, "Province", withKey(w.province.Key), func(r *smtest.Request) { r.Usage = x509.KeyUsageCertSign })
	sameSerial := must(smtest.NewRoot("Elsewhere"))(t)
	expired := w.issue(t, w.province, until(2026))
	province := []sm.PublicKey{w.province.Key.Public()}
	for _, row := range []struct {
		name  string
		lists []*sm.CRL
		want  error
	}{
		{"no lists", nil, nil},
		{"nothing revoked", []*sm.CRL{crl(w.province, -day, day)}, nil},
		{"another revoked", []*sm.CRL{crl(w.province, -day, day, w.province.Certificate)}, nil},
		{"the card revoked", []*sm.CRL{crl(w.province, -day, day, w.province.Certificate, w.leaf)}, sm.ErrRevoked},
		{"the province revoked", []*sm.CRL{crl(w.root, -day, day, w.province.Certificate)}, sm.ErrRevoked},
		{"the root itself is not asked for", []*sm.CRL{crl(w.root, -day, day, w.root.Certificate)}, nil},
		{"that number of another issuer", []*sm.CRL{crl(sameSerial, -day, day, w.leaf)}, nil},
		{"past its next update", []*sm.CRL{crl(w.province, -2*day, -day)}, sm.ErrStale},
		{"at its next update", []*sm.CRL{crl(w.province, -2*day, 0)}, nil},
		{"the list of the ministry is past", []*sm.CRL{crl(w.root, -2*day, -day)}, sm.ErrStale},
		{"past, and the card was revoked then", []*sm.CRL{crl(w.province, -2*day, -day, w.leaf)}, sm.ErrRevoked},
		{"not yet valid", []*sm.CRL{crl(w.province, day, 2*day)}, sm.ErrStale},
		{"of this update", []*sm.CRL{crl(w.province, 0, day)}, nil},
		{"by another key", []*sm.CRL{crl(stranger, -day, day)}, sm.ErrStale},
		{"by another key, and by the right one", []*sm.CRL{crl(stranger, 0, day, w.leaf), crl(w.province, -day, day)}, nil},
		{"the newer counts, revoked", []*sm.CRL{crl(w.province, -2*day, day), crl(w.province, -day, day, w.leaf)}, sm.ErrRevoked},
		{"the newer counts, no longer", []*sm.CRL{crl(w.province, -day, day), crl(w.province, -2*day, day, w.leaf)}, nil},
		{"revoked before not known", []*sm.CRL{crl(w.province, -2*day, -day), crl(w.root, -day, day, w.province.Certificate)}, sm.ErrRevoked},
	} {
		t.Run(row.name, func(t *testing.T) {
			trust := w.trust()
			trust.CRLs = row.lists
			_, err := trust.Verify(w.leaf, nil, now())
			require.ErrorIs(t, err, row.want)
		})
	}
	t.Run("issuer that may not sign lists", func(t *testing.T) {
		trust := &sm.Trust{Roots: certificates(w.root.Certificate), Intermediates: certificates(noCRL.Certificate), CRLs: []*sm.CRL{crl(noCRL, -day, day)}}
		_, err := trust.Verify(w.leaf, nil, now())
		require.ErrorIs(t, err, sm.ErrStale)
	})
	t.Run("pinned key", func(t *testing.T) {
		trust := &sm.Trust{IssuerKeys: province, CRLs: []*sm.CRL{crl(w.province, -day, day, w.leaf)}}
		_, err := trust.Verify(w.leaf, nil, now())
		require.ErrorIs(t, err, sm.ErrRevoked)
	})
	t.Run("pinned key, list by another", func(t *testing.T) {
		trust := &sm.Trust{IssuerKeys: province, CRLs: []*sm.CRL{crl(stranger, -day, day, w.leaf)}}
		_, err := trust.Verify(w.leaf, nil, now())
		require.ErrorIs(t, err, sm.ErrStale)
	})
	t.Run("expired comes before revoked", func(t *testing.T) {
		trust := w.trust()
		trust.CRLs = []*sm.CRL{crl(w.province, -day, day, expired)}
		_, err := trust.Verify(expired, nil, now())
		require.ErrorIs(t, err, sm.ErrExpired)
	})
}

func TestParseCRLs(t *testing.T) {
	w := newWorld(t)
	from, to := now(), now().Add(time.Hour)
	der := must(w.province.Revoke([]*big.Int{w.leaf.Serial}, from, to))(t)
	block := string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
	for _, row := range []struct {
		name, file string
		want       int
	}{
		{"DER", string(der), 1},
		{"PEM", block, 1},
		{"two", block + block, 2},
		{"nothing", "", 0},
		{"a byte behind", string(der) + "\x00", 0},
		{"a certificate", string(w.der), 0},
		{"a certificate in PEM", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.der})), 0},
		{"a broken one among them", block + strings.Replace(block, "\n", "\n!", 1), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			lists, err := sm.ParseCRLs([]byte(row.file))
			if row.want == 0 {
				require.ErrorIs(t, err, sm.ErrCertificate)
				return
			}
			require.NoError(t, err)
			require.Len(t, lists, row.want)
			require.Equal(t, w.leaf.Issuer, lists[0].Issuer)
			require.True(t, lists[0].ThisUpdate.Equal(from))
			require.True(t, lists[0].NextUpdate.Equal(to))
		})
	}
}

func TestParseCRLRefuses(t *testing.T) {
	w := newWorld(t)
	extension := func(critical bool, id ...int) pkix.Extension {
		return pkix.Extension{Id: id, Critical: critical, Value: []byte{5, 0}}
	}
	onList := func(x pkix.Extension) func(*smx509.RevocationList) {
		return func(l *smx509.RevocationList) { l.ExtraExtensions = append(l.ExtraExtensions, x) }
	}
	onEntry := func(x pkix.Extension) func(*smx509.RevocationList) {
		return func(l *smx509.RevocationList) {
			l.RevokedCertificateEntries[0].ExtraExtensions = append(l.RevokedCertificateEntries[0].ExtraExtensions, x)
		}
	}
	for _, row := range []struct {
		name    string
		change  func(*smx509.RevocationList)
		refused bool
	}{
		{"reason", func(l *smx509.RevocationList) { l.RevokedCertificateEntries[0].ReasonCode = 1 }, false},
		{"unknown extension", onList(extension(false, 1, 2, 3)), false},
		{"unknown extension of an entry", onEntry(extension(false, 1, 2, 3)), false},
		{"unknown critical extension", onList(extension(true, 1, 2, 3)), true},
		{"unknown critical extension of an entry", onEntry(extension(true, 1, 2, 3)), true},
		{"delta list", onList(extension(true, 2, 5, 29, 27)), true},
		{"delta list, not marked critical", onList(extension(false, 2, 5, 29, 27)), true},
		{"list for a part of the certificates", onList(extension(true, 2, 5, 29, 28)), true},
		{"list for a part, not marked critical", onList(extension(false, 2, 5, 29, 28)), true},
		{"certificate of another issuer", onEntry(extension(true, 2, 5, 29, 29)), true},
		{"certificate of another issuer, not marked critical", onEntry(extension(false, 2, 5, 29, 29)), true},
		{"key identifier twice", onList(extension(false, 2, 5, 29, 35)), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			der := must(w.province.Revoke([]*big.Int{w.leaf.Serial}, now(), now().Add(time.Hour), row.change))(t)
			_, err := sm.ParseCRLs(der)
			if row.refused {
				require.ErrorIs(t, err, sm.ErrCertificate)
				return
			}
			require.NoError(t, err)
		})
	}
}

// TestAlteredList changes a list in which the card is revoked, and has the province sign it again.
func TestAlteredList(t *testing.T) {
	w := newWorld(t)
	der := must(w.province.Revoke([]*big.Int{w.leaf.Serial}, now(), now().Add(time.Hour)))(t)
	content := must(smx509.ParseRevocationList(der))(t).RawTBSRevocationList
	keyID := must(smx509.ParseCertificate(w.province.Certificate.Raw))(t).SubjectKeyId
	for _, row := range []struct {
		name     string
		old, new []byte
		want     error
	}{
		{"as it is", nil, nil, sm.ErrRevoked},
		{"name in another type of string", []byte("\x13\x02CN"), []byte("\x0C\x02CN"), sm.ErrRevoked},
		{"identifier of another key", keyID, make([]byte, len(keyID)), sm.ErrStale},
	} {
		t.Run(row.name, func(t *testing.T) {
			altered := bytes.Replace(content, row.old, row.new, 1)
			trust := w.trust()
			trust.CRLs = must(sm.ParseCRLs(must(w.province.Sign(altered, smtest.SM2WithSM3()))(t)))(t)
			_, err := trust.Verify(w.leaf, nil, now())
			require.ErrorIs(t, err, row.want)
		})
	}
}

// A certificate is known not to be revoked where there is a list to ask, of its own issuer.
func TestListed(t *testing.T) {
	w := newWorld(t)
	list := func(a smtest.Authority) *sm.CRL {
		return must(sm.ParseCRLs(must(a.Revoke(nil, now(), now().AddDate(0, 1, 0)))(t)))(t)[0]
	}
	province, root := list(w.province), list(w.root)
	for _, row := range []struct {
		name  string
		trust *sm.Trust
		lists []*sm.CRL
		want  bool
	}{
		{"no lists", w.trust(), nil, false},
		{"of the card's issuer alone", w.trust(), []*sm.CRL{province}, false},
		{"of the root alone", w.trust(), []*sm.CRL{root}, false},
		{"of both", w.trust(), []*sm.CRL{root, province}, true},
		{"a pinned key, its list", &sm.Trust{IssuerKeys: []sm.PublicKey{w.province.Key.Public()}}, []*sm.CRL{province}, true},
		{"a pinned key, another's list", &sm.Trust{IssuerKeys: []sm.PublicKey{w.province.Key.Public()}}, []*sm.CRL{root}, false},
		{"trusted for itself, which nobody asks about", &sm.Trust{Roots: certificates(w.leaf)}, []*sm.CRL{root, province}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.trust.CRLs = row.lists
			path, err := row.trust.Verify(w.leaf, nil, now())
			require.NoError(t, err)
			require.Equal(t, row.want, row.trust.Listed(path))
		})
	}
}
