package sm_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/sm/smtest"
)

// certificates writes them down as a list.
func certificates(c ...*sm.Certificate) []*sm.Certificate { return c }

// trust is what believes the ministry and knows the province.
func (w world) trust() *sm.Trust {
	return &sm.Trust{Roots: certificates(w.root.Certificate), Intermediates: certificates(w.province.Certificate)}
}

// authority is a child of a whose request is changed by opt.
func authority(t testing.TB, a smtest.Authority, name string, opts ...smtest.Option) smtest.Authority {
	t.Helper()
	return must(a.Intermediate(name, opts...))(t)
}

func until(year int) smtest.Option {
	return func(r *smtest.Request) { r.NotAfter = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
}

func pathLen(n int) smtest.Option { return func(r *smtest.Request) { r.PathLen = &n } }

func withKey(key sm.PrivateKey) smtest.Option { return func(r *smtest.Request) { r.Private = key } }

// critical gives a certificate a critical extension that nobody knows.
func critical(r *smtest.Request) {
	r.Extensions = []pkix.Extension{{Id: smtest.Unknown(), Critical: true, Value: []byte{5, 0}}}
}

func TestVerify(t *testing.T) {
	w := newWorld(t)
	root, province := w.root.Certificate, w.province.Certificate
	city := authority(t, w.province, "City", pathLen(0))
	cityCard := w.issue(t, city, func(*smtest.Request) {})
	noUsage := w.issue(t, w.province, func(r *smtest.Request) { r.Usage = smtest.NoUsage })
	renewed := authority(t, w.root, "Province", withKey(w.province.Key))
	rekeyed := authority(t, w.root, "Province")
	single := w.issue(t, w.province, func(r *smtest.Request) {
		r.Extensions = []pkix.Extension{{Id: []int{2, 5, 29, 37}, Critical: true, Value: unhex(t, "300A06082B06010505070302")}}
	})
	selfSigned := must(smtest.NewRoot("Ministry", withKey(w.root.Key)))(t)
	for _, row := range []struct {
		name  string
		trust sm.Trust
		leaf  *sm.Certificate
		chain []*sm.Certificate
		want  []*sm.Certificate
	}{
		{"province from the card", sm.Trust{Roots: certificates(root)}, w.leaf, certificates(province), certificates(w.leaf, province, root)},
		{"province at hand", *w.trust(), w.leaf, nil, certificates(w.leaf, province, root)},
		{"the root from the card too", sm.Trust{Roots: certificates(root)}, w.leaf, certificates(root, province), certificates(w.leaf, province, root)},
		{"four certificates, in any order", sm.Trust{Roots: certificates(root)}, cityCard, certificates(province, city.Certificate), certificates(cityCard, city.Certificate, province, root)},
		{"province as a root", sm.Trust{Roots: certificates(province)}, w.leaf, nil, certificates(w.leaf, province)},
		{"the leaf itself as a root", sm.Trust{Roots: certificates(w.leaf)}, w.leaf, nil, certificates(w.leaf)},
		{"key of the province", sm.Trust{IssuerKeys: []sm.PublicKey{w.card.Public(), w.province.Key.Public()}}, w.leaf, nil, certificates(w.leaf)},
		{"key of the ministry", sm.Trust{IssuerKeys: []sm.PublicKey{w.root.Key.Public()}}, w.leaf, certificates(province), certificates(w.leaf, province)},
		{"no key usage", *w.trust(), noUsage, nil, certificates(noUsage, province, root)},
		{"critical extended key usage", *w.trust(), single, nil, certificates(single, province, root)},
		{"province renewed, same key", sm.Trust{Roots: certificates(root)}, w.leaf, certificates(renewed.Certificate), certificates(w.leaf, renewed.Certificate, root)},
		{"province renewed, other key, old one wanted", sm.Trust{Roots: certificates(root)}, w.leaf, certificates(rekeyed.Certificate, province), certificates(w.leaf, province, root)},
		{"ministry renewed, same key", sm.Trust{Roots: certificates(selfSigned.Certificate)}, w.leaf, certificates(province, root), certificates(w.leaf, province, selfSigned.Certificate)},
		{"two ministries of one name", sm.Trust{Roots: certificates(must(smtest.NewRoot("Ministry"))(t).Certificate, root)}, w.leaf, certificates(province), certificates(w.leaf, province, root)},
	} {
		t.Run(row.name, func(t *testing.T) {
			path, err := row.trust.Verify(row.leaf, row.chain, now())
			require.NoError(t, err)
			require.Equal(t, len(row.want), len(path))
			for i := range path {
				require.Equal(t, row.want[i].Raw, path[i].Raw, "certificate %d", i)
			}
		})
	}
}

func TestPathRefuses(t *testing.T) {
	w := newWorld(t)
	other := must(smtest.NewRoot("Ministry"))(t)
	forger := smtest.Authority{Certificate: w.province.Certificate, Key: w.card}
	noCA := authority(t, w.root, "Office", func(r *smtest.Request) { r.CA, r.Usage = false, x509.KeyUsageCertSign })
	noSign := authority(t, w.root, "Office", func(r *smtest.Request) { r.Usage = x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature })
	narrow := authority(t, w.root, "Province", pathLen(0))
	below := authority(t, narrow, "City")
	expired := authority(t, w.root, "Old Province", until(2025))
	expiredRoot := must(smtest.NewRoot("Old Ministry", until(2025)))(t)
	odd := authority(t, w.root, "Odd Province", critical)
	same := func(*smtest.Request) {}
	all := func(a ...smtest.Authority) (list []*sm.Certificate) {
		for _, a := range a {
			list = append(list, a.Certificate)
		}
		return list
	}
	card := func(a smtest.Authority, change func(*smtest.Request)) *sm.Certificate { return w.issue(t, a, change) }
	usage := func(u x509.KeyUsage) *sm.Certificate {
		return card(w.province, func(r *smtest.Request) { r.Usage = u })
	}
	for _, row := range []struct {
		name  string
		leaf  *sm.Certificate
		chain []*sm.Certificate
		want  error
	}{
		{"no leaf", nil, nil, sm.ErrCertificate},
		{"an empty leaf", &sm.Certificate{}, nil, sm.ErrCertificate},
		{"no province", card(authority(t, w.root, "Nowhere"), same), nil, sm.ErrUntrusted},
		{"another ministry of that name", card(authority(t, other, "Elsewhere"), same), nil, sm.ErrUntrusted},
		{"another root brought along", card(other, same), all(other), sm.ErrUntrusted},
		{"signed by another key", card(forger, same), nil, sm.ErrUntrusted},
		{"self-signed", must(smtest.NewRoot("Card", func(r *smtest.Request) { r.CA = false }))(t).Certificate, nil, sm.ErrUntrusted},
		{"issuer without the CA flag", card(noCA, same), all(noCA), sm.ErrUntrusted},
		{"issuer that may not sign certificates", card(noSign, same), all(noSign), sm.ErrUntrusted},
		{"another card as issuer", card(smtest.Authority{Certificate: w.leaf, Key: w.card}, same), certificates(w.leaf), sm.ErrUntrusted},
		{"path longer than allowed", card(below, same), all(below, narrow), sm.ErrUntrusted},
		{"more certificates than a card brings", w.leaf, make([]*sm.Certificate, 9), sm.ErrUntrusted},
		{"leaf is an authority", w.province.Certificate, nil, sm.ErrUsage},
		{"leaf is an authority that signs messages too", authority(t, w.province, "Office", func(r *smtest.Request) { r.Usage = x509.KeyUsageDigitalSignature }).Certificate, nil, sm.ErrUsage},
		{"leaf is a root", w.root.Certificate, nil, sm.ErrUsage},
		{"leaf for encryption", usage(x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment), nil, sm.ErrUsage},
		{"leaf for certificates", usage(x509.KeyUsageCertSign), nil, sm.ErrUsage},
		{"critical extension in the leaf", card(w.province, critical), nil, sm.ErrUsage},
		{"critical extension in the province", card(odd, same), all(odd), sm.ErrUsage},
		{"leaf expired", card(w.province, until(2026)), nil, sm.ErrExpired},
		{"leaf not yet valid", card(w.province, func(r *smtest.Request) { r.NotBefore = now().Add(time.Second) }), nil, sm.ErrExpired},
		{"province expired", card(expired, same), all(expired), sm.ErrExpired},
		{"root expired", card(expiredRoot, same), nil, sm.ErrExpired},
	} {
		t.Run(row.name, func(t *testing.T) {
			trust := w.trust()
			trust.Roots = append(trust.Roots, expiredRoot.Certificate)
			path, err := trust.Verify(row.leaf, row.chain, now())
			require.ErrorIs(t, err, row.want)
			require.Nil(t, path)
		})
	}
}

// TestValidityEnds shows that the first and the last moment count.
func TestValidityEnds(t *testing.T) {
	w := newWorld(t)
	from, last := now(), now().Add(time.Hour)
	leaf := w.issue(t, w.province, func(r *smtest.Request) { r.NotBefore, r.NotAfter = from, last })
	for _, row := range []struct {
		name string
		at   time.Time
		want error
	}{
		{"before", from.Add(-time.Nanosecond), sm.ErrExpired},
		{"first moment", from, nil},
		{"first moment, in another zone", from.In(time.FixedZone("CST", 8*3600)), nil},
		{"last moment", last, nil},
		{"after", last.Add(time.Nanosecond), sm.ErrExpired},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := w.trust().Verify(leaf, nil, row.at)
			require.ErrorIs(t, err, row.want)
		})
	}
}

// TestPathLengthLeavesSelfIssuedOut shows that an authority which changes its key may issue itself the new one.
func TestPathLengthLeavesSelfIssuedOut(t *testing.T) {
	w := newWorld(t)
	narrow := authority(t, w.root, "Narrow", pathLen(0))
	rekeyed := authority(t, narrow, "Narrow")
	leaf := w.issue(t, rekeyed, func(*smtest.Request) {})
	path, err := w.trust().Verify(leaf, certificates(rekeyed.Certificate, narrow.Certificate), now())
	require.NoError(t, err)
	require.Len(t, path, 4)
}

// TestLengthOfPath shows how many certificates a path may have.
func TestLengthOfPath(t *testing.T) {
	w := newWorld(t)
	above, chain := w.root, certificates()
	for range 6 {
		above = authority(t, above, "Office "+string(rune('A'+len(chain))))
		chain = append(chain, above.Certificate)
	}
	path, err := w.trust().Verify(w.issue(t, above, func(*smtest.Request) {}), chain, now())
	require.NoError(t, err)
	require.Len(t, path, 8)
	above = authority(t, above, "One too many")
	_, err = w.trust().Verify(w.issue(t, above, func(*smtest.Request) {}), append(chain, above.Certificate), now())
	require.ErrorIs(t, err, sm.ErrUntrusted)
}

// TestLoop is two authorities that certify each other, and no root.
func TestLoop(t *testing.T) {
	w := newWorld(t)
	a := must(smtest.NewRoot("A"))(t)
	b := must(smtest.NewRoot("B"))(t)
	aByB, bByA := authority(t, b, "A", withKey(a.Key)), authority(t, a, "B", withKey(b.Key))
	leaf := w.issue(t, a, func(*smtest.Request) {})
	_, err := w.trust().Verify(leaf, certificates(aByB.Certificate, bByA.Certificate, a.Certificate, b.Certificate), now())
	require.ErrorIs(t, err, sm.ErrUntrusted)
}

// TestFurthestError shows that of several paths the error is that of the one which came furthest.
func TestFurthestError(t *testing.T) {
	w := newWorld(t)
	key := must(sm.GenerateKey(nil))(t)
	expired := authority(t, w.root, "Two-faced", withKey(key), until(2025))
	stranger := authority(t, must(smtest.NewRoot("Stranger"))(t), "Two-faced", withKey(key))
	odd := authority(t, w.root, "Two-faced", withKey(key), critical)
	leaf := w.issue(t, expired, func(*smtest.Request) {})
	for _, row := range []struct {
		name  string
		chain []*sm.Certificate
		want  error
	}{
		{"expired and untrusted", certificates(expired.Certificate, stranger.Certificate), sm.ErrExpired},
		{"untrusted and expired", certificates(stranger.Certificate, expired.Certificate), sm.ErrExpired},
		{"usage and expired", certificates(odd.Certificate, expired.Certificate), sm.ErrExpired},
		{"expired and usage", certificates(expired.Certificate, odd.Certificate), sm.ErrExpired},
		{"usage and untrusted", certificates(odd.Certificate, stranger.Certificate), sm.ErrUsage},
		{"untrusted alone", certificates(stranger.Certificate), sm.ErrUntrusted},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := w.trust().Verify(leaf, row.chain, now())
			require.ErrorIs(t, err, row.want)
		})
	}
}
