// Package localtls makes the key and the certificates with which the daemon serves HTTPS to browsers of its own machine,
// for the names localhost, 127.0.0.1 and ::1.
//
// Browsers must be told to trust something. A certificate that signs itself is not enough: Firefox takes none for a server's
// that is an authority, and trusts none that is not. So there are two: an authority, which the administrator has the
// machine trust, and below it the server's. The key of the authority exists while it signs, in memory, and never again: nobody,
// not the administrator either, can have it sign anything more. Besides, it is constrained to the three names, and to
// no authority below it.
//
// A server's certificate is valid for a year. As the authority signs only once, it signs those of all its years at
// once, for one key, and the server presents the one that is valid: nothing needs to be renewed, or trusted anew, at a
// counter. Who steals the key gains no more with ten certificates than with one; it is in a directory that holds the
// token too.
package localtls

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

const (
	years   = 10
	year    = 365 * 24 * time.Hour
	overlap = 30 * 24 * time.Hour // in which two of the server's certificates are valid
	slack   = 24 * time.Hour      // for clocks that are set back
)

// Files in the state directory.
const (
	authorityFile = "tls-authority.crt"
	serverFile    = "tls-server.pem" // the key and the certificates
)

// ErrNone says that nothing has been made yet.
var ErrNone = errors.New("no certificate has been made")

// Store is where the files are kept, so that only the daemon can read them.
type Store interface {
	Path(name string) string
	Read(name string) ([]byte, error)
	Write(name string, content []byte) error
}

// Identity is what the daemon presents.
type Identity struct {
	Authority *x509.Certificate // to be trusted
	Path      string            // of the authority, as PEM
	servers   []tls.Certificate // one for each year
}

// Load reads what was made. The error wraps [ErrNone] where nothing was.
func Load(s Store) (*Identity, error) {
	authority, err := s.Read(authorityFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNone, filepath.Dir(s.Path(authorityFile)))
	}
	server, readErr := s.Read(serverFile)
	if err := errors.Join(err, readErr); err != nil {
		return nil, err
	}
	id, err := parse(authority, server)
	if err != nil {
		return nil, fmt.Errorf("%s and %s: %w; delete both to have new ones made", s.Path(authorityFile), s.Path(serverFile), err)
	}
	id.Path = s.Path(authorityFile)
	return id, nil
}

// LoadOrMake is Load, and makes what is not there or is about to end. Made says so: the machine must be told to trust it.
func LoadOrMake(s Store) (id *Identity, made bool, err error) {
	id, err = Load(s)
	if err == nil && time.Until(id.Authority.NotAfter) > overlap {
		return id, false, nil
	}
	if err != nil && !errors.Is(err, ErrNone) {
		return nil, false, err
	}
	authority, server, err := generate(time.Now())
	if err != nil {
		return nil, false, err
	}
	// The authority last: without it there is nothing yet.
	if err := errors.Join(s.Write(serverFile, server), s.Write(authorityFile, authority)); err != nil {
		return nil, false, err
	}
	id, err = Load(s)
	return id, true, err
}

// Config is for the server. It presents the certificate that is valid at the time, or else the one that is nearest to it: what
// is wrong then is the clock, and the browser can say so.
func (id *Identity) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return id.at(time.Now()), nil
		},
	}
}

// at is the newest of the certificates that are valid already.
func (id *Identity) at(now time.Time) *tls.Certificate {
	current := &id.servers[0]
	for i := range id.servers {
		if !now.Before(id.servers[i].Leaf.NotBefore) {
			current = &id.servers[i]
		}
	}
	return current
}

// Fingerprint is the SHA-256 of the authority's certificate, in the form in which browsers show it.
func (id *Identity) Fingerprint() string {
	var b strings.Builder
	for i, octet := range sha256.Sum256(id.Authority.Raw) {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02X", octet)
	}
	return b.String()
}

// parse takes the files apart and sees that they belong together.
func parse(authorityPEM, serverPEM []byte) (*Identity, error) {
	block, _ := pem.Decode(authorityPEM)
	if block == nil {
		return nil, errors.New("the authority's certificate is no PEM")
	}
	authority, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	id := &Identity{Authority: authority}
	block, rest := pem.Decode(serverPEM)
	if block == nil {
		return nil, errors.New("the server's key is no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	for block, rest = pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
		leaf, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		if err := leaf.CheckSignatureFrom(authority); err != nil {
			return nil, err
		}
		if own, ok := key.(*ecdsa.PrivateKey); !ok || !own.PublicKey.Equal(leaf.PublicKey) {
			return nil, errors.New("the server's key is another than that of its certificate")
		}
		id.servers = append(id.servers, tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf})
	}
	if len(id.servers) == 0 {
		return nil, errors.New("the server has no certificate")
	}
	return id, nil
}

// generate makes an authority and what it signs, and forgets its key.
func generate(now time.Time) (authorityPEM, serverPEM []byte, err error) {
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	authority, err := sign(authorityTemplate(now), nil, signer.Public(), signer)
	if err != nil {
		return nil, nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	var server bytes.Buffer
	server.Write(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	for i := range years {
		leaf, err := sign(serverTemplate(now.Add(time.Duration(i)*(year-overlap)), authority.NotAfter), authority, key.Public(), signer)
		if err != nil {
			return nil, nil, err
		}
		server.Write(encode(leaf))
	}
	return encode(authority), server.Bytes(), nil
}

// sign has the signer sign a template; without a parent, its own.
func sign(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	if parent == nil {
		parent = template
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}

func encode(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}
