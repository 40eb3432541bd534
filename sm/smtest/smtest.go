// Package smtest makes SM2 certificates and revocation lists for tests, good ones and every kind of bad ones. It
// uses another library than package sm, emmansun/gmsm, so that what sm takes is not only what sm would have
// made. Only tests import it.
//
// An authority issues what it is asked for:
//
//	root, err := smtest.NewRoot("Ministry")
//	province, err := root.Intermediate("Province")
//	der, err := province.Issue(smtest.Request{Subject: "Card", Key: key, CardNumber: "A00000003"})
//	list, err := province.Revoke([]*big.Int{certificate.Serial}, monday, friday)
//
// What that library would not make, a key beside the curve or another version, [Authority.Alter] puts in and
// signs again.
package smtest

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"sscard/sm"
)

// Authority is a certificate that issues others, and its key. One may be put together by hand: a renewed
// authority has the name of the old one, a look-alike has the name and not the key.
type Authority struct {
	Certificate *sm.Certificate
	Key         sm.PrivateKey
}

// Request says what a certificate shall be. The zero value of a field leaves it to this package.
type Request struct {
	Subject             string        // common name; of an invented person or office
	Key                 sm.PublicKey  // of the holder; for an authority see Private
	RawKey              []byte        // stands in for Key unchecked: beside the curve, infinity
	Private             sm.PrivateKey // of a new authority; made up where it is none
	Serial              *big.Int      // 63 random bits
	NotBefore, NotAfter time.Time     // [From] and [Until]
	CA                  bool
	PathLen             *int          // of a CA; nil: not limited
	Usage               x509.KeyUsage // 0: as befits; NoUsage: none
	CardNumber          string        // 卡号, as a PrintableString
	Padding             int           // bytes in an extension that says nothing
	Extensions          []pkix.Extension
}

// NoUsage leaves keyUsage out.
const NoUsage x509.KeyUsage = -1

// Option changes the request for an authority.
type Option func(*Request)

// Unknown is the object identifier of an extension that nobody knows.
func Unknown() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 3, 4} }

// CardNumber is that of the extension with the 卡号.
func CardNumber() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 156, 2316, 1, 1} }

// From is the first moment of a certificate for which no other is asked.
func From() time.Time { return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }

// Until is the last one.
func Until() time.Time { return time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC) }

// NewRoot makes an authority that signs its own certificate.
func NewRoot(name string, opts ...Option) (Authority, error) {
	r, err := newAuthority(name, opts)
	if err != nil {
		return Authority{}, err
	}
	template := r.template()
	der, err := create(template, template, r.Private.Public(), r.Private)
	return r.authority(der, err)
}

// Intermediate makes an authority with a certificate by a.
func (a Authority) Intermediate(name string, opts ...Option) (Authority, error) {
	r, err := newAuthority(name, opts)
	if err != nil {
		return Authority{}, err
	}
	return r.authority(a.Issue(r))
}

// Issue makes a certificate.
func (a Authority) Issue(r Request) ([]byte, error) {
	parent, err := smx509.ParseCertificate(a.Certificate.Raw)
	if err != nil {
		return nil, err
	}
	parent.PublicKey = nil // so that a forger may sign with another key
	key := r.Key
	if r.RawKey != nil {
		key = a.Key.Public()
	}
	der, err := create(r.template(), parent, key, a.Key)
	if err != nil || r.RawKey == nil {
		return der, err
	}
	return a.Alter(der, func(c *Content) {
		c.PublicKey.Key = asn1.BitString{Bytes: r.RawKey, BitLength: 8 * len(r.RawKey)}
	})
}

// Revoke makes a revocation list of a; change may add to it what the library lets one say.
func (a Authority) Revoke(serials []*big.Int, thisUpdate, nextUpdate time.Time, change ...func(*smx509.RevocationList)) ([]byte, error) {
	issuer, err := smx509.ParseCertificate(a.Certificate.Raw)
	if err != nil {
		return nil, err
	}
	issuer.KeyUsage |= smx509.KeyUsageCRLSign // the library would refuse, and a test may want it
	list := &smx509.RevocationList{Number: big.NewInt(1), ThisUpdate: thisUpdate, NextUpdate: nextUpdate}
	for _, serial := range serials {
		entry := smx509.RevocationListEntry{SerialNumber: serial, RevocationTime: thisUpdate}
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, entry)
	}
	for _, change := range change {
		change(list)
	}
	key, err := sm2.NewPrivateKey(a.Key.Bytes())
	if err != nil {
		return nil, err
	}
	return smx509.CreateRevocationList(rand.Reader, list, issuer, key)
}

func newAuthority(name string, opts []Option) (Request, error) {
	r := Request{Subject: name, CA: true}
	for _, opt := range opts {
		opt(&r)
	}
	if r.Private.Bytes() == nil {
		key, err := sm.GenerateKey(rand.Reader)
		if err != nil {
			return r, err
		}
		r.Private = key
	}
	r.Key = r.Private.Public()
	return r, nil
}

func (r Request) authority(der []byte, err error) (Authority, error) {
	if err != nil {
		return Authority{}, err
	}
	certificate, err := sm.ParseCertificate(der)
	return Authority{certificate, r.Private}, err
}

func create(template, parent *smx509.Certificate, key sm.PublicKey, signer sm.PrivateKey) ([]byte, error) {
	public, err := sm2.NewPublicKey(append([]byte{4}, key.Bytes()...))
	if err != nil {
		return nil, fmt.Errorf("smtest: key of the holder: %w", err)
	}
	private, err := sm2.NewPrivateKey(signer.Bytes())
	if err != nil {
		return nil, fmt.Errorf("smtest: key of the issuer: %w", err)
	}
	return smx509.CreateCertificate(rand.Reader, template, parent, public, private)
}

func (r Request) template() *smx509.Certificate {
	t := &smx509.Certificate{
		SerialNumber:          r.Serial,
		Subject:               pkix.Name{Country: []string{"CN"}, Organization: []string{"sscard test"}, CommonName: r.Subject},
		NotBefore:             r.NotBefore,
		NotAfter:              r.NotAfter,
		BasicConstraintsValid: true,
		IsCA:                  r.CA,
		MaxPathLen:            -1,
		KeyUsage:              smx509.KeyUsage(r.Usage),
		ExtraExtensions:       r.extensions(),
	}
	if t.SerialNumber == nil {
		t.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<62)) // crypto/rand does not fail
	}
	if t.NotBefore.IsZero() {
		t.NotBefore = From()
	}
	if t.NotAfter.IsZero() {
		t.NotAfter = Until()
	}
	if r.PathLen != nil {
		t.MaxPathLen, t.MaxPathLenZero = *r.PathLen, true
	}
	switch {
	case r.Usage == NoUsage:
		t.KeyUsage = 0
	case r.Usage == 0 && r.CA:
		t.KeyUsage = smx509.KeyUsageCertSign | smx509.KeyUsageCRLSign
	case r.Usage == 0:
		t.KeyUsage = smx509.KeyUsageDigitalSignature | smx509.KeyUsageContentCommitment
	}
	return t
}

func (r Request) extensions() []pkix.Extension {
	all := slices.Clone(r.Extensions)
	if r.CardNumber != "" {
		value := append([]byte{asn1.TagPrintableString, byte(len(r.CardNumber))}, r.CardNumber...)
		all = append(all, pkix.Extension{Id: CardNumber(), Value: value})
	}
	if r.Padding > 0 {
		all = append(all, pkix.Extension{Id: append(Unknown(), 1), Value: []byte(strings.Repeat("x", r.Padding))})
	}
	return all
}
