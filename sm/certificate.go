package sm

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// MaxCertificate is how many bytes of DER a certificate may have.
const MaxCertificate = 4096

// ErrCertificate says that something is not an SM2 certificate or revocation list, or not in a form that this
// package takes.
var ErrCertificate = errors.New("sm: not a certificate that can be used")

// The algorithms and the curve of GM/T 0006 and GM/T 0015.
const (
	oidSM2WithSM3  = "1.2.156.10197.1.501"
	oidSM2         = "1.2.156.10197.1.301"
	oidECPublicKey = "1.2.840.10045.2.1"
)

// Certificate is an X.509 certificate of version 3 (GM/T 0015, RFC 5280) with an SM2 key, signed with SM2 and SM3.
// Do not change it: [Trust.Verify] goes by its fields.
type Certificate struct {
	Raw                 []byte // DER
	Serial              *big.Int
	Subject, Issuer     string // RFC 2253; may be a person's name: never log it
	NotBefore, NotAfter time.Time
	Key                 PublicKey
	CardNumber          string // 卡号, extension 1.2.156.2316.1.1; "" where there is none

	subject, issuer []byte // DER
	signed          signed
	extensions      extensions
}

// tbsCertificate is TBSCertificate of RFC 5280 §4.1.
type tbsCertificate struct {
	Version         int `asn1:"optional,explicit,default:0,tag:0"`
	Serial          *big.Int
	Algorithm       asn1.RawValue
	Issuer          asn1.RawValue
	Validity        struct{ NotBefore, NotAfter asn1.RawValue }
	Subject         asn1.RawValue
	PublicKey       publicKeyInfo
	IssuerUniqueID  asn1.BitString   `asn1:"optional,tag:1"`
	SubjectUniqueID asn1.BitString   `asn1:"optional,tag:2"`
	Extensions      []pkix.Extension `asn1:"optional,explicit,tag:3"`
}

type publicKeyInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Key       asn1.BitString
}

// ParseCertificate takes one certificate in strict DER, nothing behind it, of at most [MaxCertificate] bytes: version
// 3, signed with SM2 and SM3 inside and out, with a key as [ParsePublicKey] takes it. Others give
// [ErrCertificate]. The signature is checked by [Trust.Verify], not here.
func ParseCertificate(der []byte) (_ *Certificate, err error) {
	defer guard(&err)
	if len(der) > MaxCertificate {
		return nil, fmt.Errorf("%w: %d bytes", ErrCertificate, len(der))
	}
	c, err := parseCertificate(bytes.Clone(der))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	return c, nil
}

func parseCertificate(der []byte) (*Certificate, error) {
	signed, err := parseSigned(der)
	if err != nil {
		return nil, err
	}
	tbs, err := strict[tbsCertificate](signed.content)
	if err != nil {
		return nil, err
	}
	if tbs.Version != 2 {
		return nil, fmt.Errorf("version %d", tbs.Version+1)
	}
	if tbs.Serial.Sign() < 0 {
		return nil, errors.New("negative serial number")
	}
	if err := signed.checkAlgorithm(tbs.Algorithm); err != nil {
		return nil, err
	}
	c := &Certificate{Raw: der, Serial: tbs.Serial, subject: tbs.Subject.FullBytes, issuer: tbs.Issuer.FullBytes, signed: signed}
	return c, c.fill(tbs)
}

// fill takes those fields from tbs that have a form of their own.
func (c *Certificate) fill(tbs tbsCertificate) (err error) {
	if c.NotBefore, err = parseTime(tbs.Validity.NotBefore); err != nil {
		return err
	}
	if c.NotAfter, err = parseTime(tbs.Validity.NotAfter); err != nil {
		return err
	}
	if c.Subject, err = parseName(c.subject); err != nil {
		return err
	}
	if c.Issuer, err = parseName(c.issuer); err != nil {
		return err
	}
	if c.extensions, err = parseExtensions(tbs.Extensions); err != nil {
		return err
	}
	c.CardNumber = c.extensions.cardNumber
	c.Key, err = tbs.PublicKey.parse() // last: of a certificate with a bad key all else is good
	return err
}

func (i publicKeyInfo) parse() (PublicKey, error) {
	curve, err := strict[asn1.ObjectIdentifier](i.Algorithm.Parameters.FullBytes)
	if err != nil || i.Algorithm.Algorithm.String() != oidECPublicKey || curve.String() != oidSM2 {
		return PublicKey{}, fmt.Errorf("%w: not on the curve of SM2", ErrKey)
	}
	if i.Key.BitLength != 65*8 {
		return PublicKey{}, fmt.Errorf("%w: %d bits", ErrKey, i.Key.BitLength)
	}
	return ParsePublicKey(i.Key.Bytes)
}

// checkValidity says with [ErrExpired] that at is outside the certificate's days, at either end.
func (c *Certificate) checkValidity(at time.Time) error {
	switch {
	case at.Before(c.NotBefore):
		return fmt.Errorf("%w: from %s on", ErrExpired, c.NotBefore.Format(time.DateOnly))
	case at.After(c.NotAfter):
		return fmt.Errorf("%w: until %s", ErrExpired, c.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// CutCertificate is the DER that begins the file of a card, without what fills the file up behind it: 00 or FF, or
// the end of a longer certificate that it held before. A blank file, and DER that claims more than there
// is, gives [ErrCertificate]. The DER shares its memory with file.
func CutCertificate(file []byte) (_ []byte, err error) {
	defer guard(&err)
	var first asn1.RawValue
	if _, err := asn1.Unmarshal(file, &first); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if first.Class != asn1.ClassUniversal || first.Tag != asn1.TagSequence || !first.IsCompound {
		return nil, fmt.Errorf("%w: does not begin with a sequence", ErrCertificate)
	}
	if n := len(first.FullBytes); n > MaxCertificate {
		return nil, fmt.Errorf("%w: %d bytes", ErrCertificate, n)
	}
	return first.FullBytes, nil
}
