package testdata_test

import (
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/sm/smtest"
)

// until is the end of every certificate here.
func until() time.Time { return time.Date(2069, 12, 31, 23, 59, 59, 0, time.UTC) }

// renew issues all certificates anew. Keys that are there stay.
func renew(t *testing.T) {
	t.Helper()
	depths := []int{1, 0} // authorities below
	root, err := smtest.NewRoot("Test Root", authority(t, "root", &depths[0]))
	require.NoError(t, err)
	province, err := root.Intermediate("Test Province", authority(t, "province", &depths[1]))
	require.NoError(t, err)
	for name, a := range map[string]smtest.Authority{"root": root, "province": province} {
		write(t, "trust/"+name+".pem", "A test authority, of software cards only. Anybody has its key.\n", "CERTIFICATE", a.Certificate.Raw)
		write(t, "trust/"+name+"-key.pem", "The key of a test authority, for software cards only.\n", "EC PRIVATE KEY", marshalKey(t, a.Key))
	}
	certificates := map[string][]byte{} // a card with two interfaces has one
	for _, name := range signing {
		c := card(t, name)
		number := c.number()
		if certificates[number] == nil {
			certificates[number], err = province.Issue(smtest.Request{
				Subject: "Card " + number, Key: c.key(t).Public(), CardNumber: number, NotAfter: until(),
			})
			require.NoError(t, err)
		}
		c.certify(t, certificates[number])
	}
}

// authority asks for the key that is there, if there is one, and for so many authorities below.
func authority(t *testing.T, name string, depth *int) smtest.Option {
	t.Helper()
	file, err := os.ReadFile("trust/" + name + "-key.pem")
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	return func(r *smtest.Request) {
		r.NotAfter, r.PathLen = until(), depth
		if file != nil {
			r.Private = parseKey(t, file)
		}
	}
}

func write(t *testing.T, name, remark, kind string, der []byte) {
	t.Helper()
	content := append([]byte(remark), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
	require.NoError(t, os.WriteFile(name, content, 0o644))
}

// ecPrivateKey is that of RFC 5915, as OpenSSL reads and writes it for SM2.
type ecPrivateKey struct {
	Version int
	Key     []byte
	Curve   asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
	Public  asn1.BitString        `asn1:"explicit,tag:1"`
}

// curveSM2 is that of GM/T 0006.
func curveSM2() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301} }

func marshalKey(t *testing.T, key sm.PrivateKey) []byte {
	t.Helper()
	point := append([]byte{4}, key.Public().Bytes()...)
	der, err := asn1.Marshal(ecPrivateKey{1, key.Bytes(), curveSM2(), asn1.BitString{Bytes: point, BitLength: 8 * len(point)}})
	require.NoError(t, err)
	return der
}

func parseKey(t *testing.T, file []byte) sm.PrivateKey {
	t.Helper()
	block, _ := pem.Decode(file)
	require.NotNil(t, block)
	var der ecPrivateKey
	_, err := asn1.Unmarshal(block.Bytes, &der)
	require.NoError(t, err)
	key, err := sm.ParsePrivateKey(der.Key)
	require.NoError(t, err)
	return key
}
