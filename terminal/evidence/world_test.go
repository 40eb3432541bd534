package evidence_test

import (
	"encoding/pem"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/sm/smtest"
)

// world is who issues cards to the samples: a ministry, a province below it, and another ministry.
type world struct {
	root, province, other smtest.Authority
	card                  sm.PrivateKey
	certificate           []byte
	subject               string            // a person, in the certificate
	files                 map[string][]byte // PEM, by file name
}

// shared is the world of all tests, which change nothing in it.
var shared struct {
	once  sync.Once
	world *world
}

func theWorld(t testing.TB) *world {
	t.Helper()
	shared.once.Do(func() { shared.world = makeWorld(t) })
	require.NotNil(t, shared.world)
	return shared.world
}

func makeWorld(t testing.TB) *world {
	w := &world{card: testKey(t, "card"), subject: "张三"}
	w.root = newRoot(t, "root", nil)
	w.other = newRoot(t, "other root", nil)
	w.province = intermediate(t, w.root, "province", nil)
	w.certificate = w.issue(t, w.province, nil)
	w.files = w.makeFiles(t)
	return w
}

// testKey is SM3("sscard test key: NAME"), so that anybody may sign with it.
func testKey(t testing.TB, name string) sm.PrivateKey {
	t.Helper()
	d, err := sm.SM3([]byte("sscard test key: " + name))
	require.NoError(t, err)
	key, err := sm.ParsePrivateKey(d[:])
	require.NoError(t, err)
	return key
}

func newRoot(t testing.TB, name string, change func(*smtest.Request)) smtest.Authority {
	t.Helper()
	a, err := smtest.NewRoot(name, authority(t, name, 1, change))
	require.NoError(t, err)
	return a
}

func intermediate(t testing.TB, by smtest.Authority, name string, change func(*smtest.Request)) smtest.Authority {
	t.Helper()
	a, err := by.Intermediate(name, authority(t, name, 2, change))
	require.NoError(t, err)
	return a
}

func authority(t testing.TB, name string, serial int64, change func(*smtest.Request)) smtest.Option {
	return func(r *smtest.Request) {
		r.Private, r.Serial = testKey(t, name), big.NewInt(serial)
		if change != nil {
			change(r)
		}
	}
}

// issue is a certificate for the card.
func (w *world) issue(t testing.TB, by smtest.Authority, change func(*smtest.Request)) []byte {
	t.Helper()
	r := smtest.Request{Subject: w.subject, Key: w.card.Public(), Serial: big.NewInt(3), CardNumber: number}
	if change != nil {
		change(&r)
	}
	der, err := by.Issue(r)
	require.NoError(t, err)
	return der
}

// otherCard is the certificate of another card of the same province.
func (w *world) otherCard(t testing.TB) []byte {
	return w.issue(t, w.province, func(r *smtest.Request) {
		r.Key, r.Serial, r.CardNumber = testKey(t, "another card").Public(), big.NewInt(4), "A00000004"
	})
}

func (w *world) makeFiles(t testing.TB) map[string][]byte {
	const certificate, list = "CERTIFICATE", "X509 CRL"
	day := 24 * time.Hour
	lists := func(root, card int64, from, until time.Time) []byte {
		return encodePEM(list, revoke(t, w.root, root, noon.Add(-day), noon.Add(day)), revoke(t, w.province, card, from, until))
	}
	lookalike := smtest.Authority{Certificate: w.province.Certificate, Key: w.other.Key}
	return map[string][]byte{
		"roots.pem":            encodePEM(certificate, w.root.Certificate.Raw),
		"other-roots.pem":      encodePEM(certificate, w.other.Certificate.Raw),
		"both-roots.pem":       encodePEM(certificate, w.other.Certificate.Raw, w.root.Certificate.Raw),
		"expired-roots.pem":    encodePEM(certificate, newRoot(t, "root", until(noon.Add(-day))).Certificate.Raw),
		"crls.pem":             lists(99, 99, noon.Add(-day), noon.Add(day)),
		"revoked-card.pem":     lists(99, 3, noon.Add(-day), noon.Add(day)),
		"revoked-province.pem": lists(2, 99, noon.Add(-day), noon.Add(day)),
		"fresh-crls.pem":       lists(99, 99, noon.Add(time.Second), noon.Add(day)),
		"stale-crls.pem":       lists(99, 99, noon.Add(-2*day), noon.Add(-day)),
		"early-crls.pem":       lists(99, 99, noon.Add(day), noon.Add(2*day)),
		"forged-crls.pem": encodePEM(list,
			revoke(t, w.root, 99, noon.Add(-day), noon.Add(day)), revoke(t, lookalike, 99, noon.Add(-day), noon.Add(day))),
	}
}

func until(end time.Time) func(*smtest.Request) {
	return func(r *smtest.Request) { r.NotAfter = end }
}

func revoke(t testing.TB, by smtest.Authority, serial int64, from, until time.Time) []byte {
	t.Helper()
	list, err := by.Revoke([]*big.Int{big.NewInt(serial)}, from, until)
	require.NoError(t, err)
	return list
}

func encodePEM(kind string, ders ...[]byte) (file []byte) {
	for _, der := range ders {
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
	}
	return file
}

func (w *world) trust(t testing.TB, roots, crls string) *sm.Trust {
	t.Helper()
	return trust(t, w.files[roots], w.files[crls])
}

// trust is what two files say; no lists where the second is empty.
func trust(t testing.TB, roots, crls []byte) *sm.Trust {
	t.Helper()
	anchors, err := sm.ParseCertificates(roots)
	require.NoError(t, err)
	if len(crls) == 0 {
		return &sm.Trust{Roots: anchors}
	}
	lists, err := sm.ParseCRLs(crls)
	require.NoError(t, err)
	return &sm.Trust{Roots: anchors, CRLs: lists}
}
