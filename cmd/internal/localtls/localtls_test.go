package localtls_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/localtls"
	"sscard/cmd/internal/wiring"
)

const day = 24 * time.Hour

func made(t *testing.T, s localtls.Store) *localtls.Identity {
	t.Helper()
	id, made, err := localtls.LoadOrMake(s)
	require.NoError(t, err)
	require.True(t, made)
	return id
}

// presented is what a browser gets now.
func presented(t *testing.T, id *localtls.Identity) *x509.Certificate {
	t.Helper()
	c, err := id.Config().GetCertificate(&tls.ClientHelloInfo{ServerName: "localhost"})
	require.NoError(t, err)
	return c.Leaf
}

func verify(id *localtls.Identity, name string, c *x509.Certificate) error {
	roots := x509.NewCertPool()
	roots.AddCert(id.Authority)
	_, err := c.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: time.Now()})
	return err
}

func TestMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	store := wiring.State{Dir: dir}
	_, err := localtls.Load(store)
	require.ErrorIs(t, err, localtls.ErrNone)
	require.ErrorContains(t, err, dir)

	id := made(t, store)
	require.Regexp(t, `^[0-9A-F]{2}(:[0-9A-F]{2}){31}$`, id.Fingerprint())
	for _, name := range []string{"localhost", "127.0.0.1", "[::1]"} {
		require.NoError(t, verify(id, name, presented(t, id)), name)
	}
	for _, name := range []string{"hall.example", "127.0.0.2", "localhost.hall.example"} {
		require.Error(t, verify(id, name, presented(t, id)), name)
	}

	again, anew, err := localtls.LoadOrMake(store)
	require.NoError(t, err)
	require.False(t, anew)
	require.Equal(t, id.Fingerprint(), again.Fingerprint())
}

// The authority can sign nothing but for this machine, nor a further authority; and its key is nowhere.
func TestAuthority(t *testing.T) {
	dir := t.TempDir()
	a := made(t, wiring.State{Dir: dir}).Authority
	require.True(t, a.IsCA)
	require.True(t, a.MaxPathLenZero)
	require.True(t, a.PermittedDNSDomainsCritical)
	require.Equal(t, []string{"localhost"}, a.PermittedDNSDomains)
	require.Len(t, a.PermittedIPRanges, 2)
	for _, r := range a.PermittedIPRanges {
		ones, bits := r.Mask.Size()
		require.Equal(t, bits, ones)
	}
	require.Equal(t, x509.KeyUsageCertSign, a.KeyUsage)
	require.Equal(t, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, a.ExtKeyUsage)

	var keys int
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
			if block.Type == "CERTIFICATE" {
				continue
			}
			keys++
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			require.NoError(t, err)
			require.False(t, key.(*ecdsa.PrivateKey).PublicKey.Equal(a.PublicKey), "the key of the authority is kept")
		}
	}
	require.Equal(t, 1, keys, "the server's, and not the authority's")
}

// For ten years there is a certificate that is valid, for a year at most, and nothing has to be trusted anew.
func TestYears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := wiring.State{Dir: t.TempDir()}
		id := made(t, store)
		first, seen := id.Fingerprint(), map[string]bool{}
		end := id.Authority.NotAfter.Add(-42 * day) // with the last step more than a month before it
		for ; time.Now().Before(end); time.Sleep(10 * day) {
			c := presented(t, id)
			require.NoError(t, verify(id, "localhost", c), time.Now())
			require.LessOrEqual(t, c.NotAfter.Sub(c.NotBefore), 366*day)
			require.Greater(t, time.Until(c.NotAfter), 29*day)
			require.False(t, c.IsCA)
			seen[c.SerialNumber.String()] = true
		}
		require.Len(t, seen, 10)
		same, anew, err := localtls.LoadOrMake(store)
		require.NoError(t, err)
		require.False(t, anew)
		require.Equal(t, first, same.Fingerprint())

		time.Sleep(12 * day)
		require.NotEqual(t, first, made(t, store).Fingerprint(), "its last month: a new one")
	})
}

// A clock that was set back finds the first certificate, not none.
func TestClockSetBack(t *testing.T) {
	var id *localtls.Identity
	synctest.Test(t, func(t *testing.T) { // in 2000
		id = made(t, wiring.State{Dir: t.TempDir()})
	})
	require.NotNil(t, presented(t, id), "long after the last")
}

func TestDamaged(t *testing.T) {
	other := wiring.State{Dir: t.TempDir()}
	made(t, other)
	for _, row := range []struct {
		name   string
		damage func(t *testing.T, s wiring.State)
		says   string
	}{
		{"no authority's certificate", func(t *testing.T, s wiring.State) { require.NoError(t, s.Write("tls-authority.crt", nil)) }, "no PEM"},
		{"no key", func(t *testing.T, s wiring.State) { require.NoError(t, s.Write("tls-server.pem", []byte("key"))) }, "no PEM"},
		{"the authority of another", func(t *testing.T, s wiring.State) { exchange(t, s, other, "tls-authority.crt") }, "x509: "},
		{"a certificate for a key", func(t *testing.T, s wiring.State) {
			certificate, err := s.Read("tls-authority.crt")
			require.NoError(t, err)
			require.NoError(t, s.Write("tls-server.pem", certificate))
		}, "asn1: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := wiring.State{Dir: t.TempDir()}
			made(t, s)
			row.damage(t, s)
			_, _, err := localtls.LoadOrMake(s)
			require.ErrorContains(t, err, row.says)
			require.ErrorContains(t, err, "delete both")
			require.NotErrorIs(t, err, localtls.ErrNone, "what is there is not overwritten")
		})
	}
}

func exchange(t *testing.T, s, other wiring.State, name string) {
	content, err := other.Read(name)
	require.NoError(t, err)
	require.NoError(t, s.Write(name, content))
}
