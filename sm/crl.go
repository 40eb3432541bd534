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

// MaxCRL is how many bytes of DER a revocation list may have.
const MaxCRL = 32 << 20

// CRL is a certificate revocation list of version 2 (RFC 5280 §5): all that its issuer revoked, until NextUpdate.
// Do not change it: [Trust.Verify] goes by its fields.
type CRL struct {
	Issuer                 string // RFC 2253
	ThisUpdate, NextUpdate time.Time

	keyID   []byte // of the key that signed it; nil where it does not say
	signed  signed
	revoked map[string]bool // by serial number, in hexadecimal
}

// tbsCRL is TBSCertList of RFC 5280 §5.1. A missing nextUpdate, which the standard wants there, leaves no time in
// its place.
type tbsCRL struct {
	Version                int `asn1:"optional,default:0"`
	Algorithm              asn1.RawValue
	Issuer                 asn1.RawValue
	ThisUpdate, NextUpdate asn1.RawValue
	Revoked                []revokedCertificate `asn1:"optional"`
	Extensions             []pkix.Extension     `asn1:"optional,explicit,tag:0"`
}

type revokedCertificate struct {
	Serial     *big.Int
	Date       asn1.RawValue
	Extensions []pkix.Extension `asn1:"optional"`
}

// Extensions of a revocation list and of its entries. Those that make it a part of a list, or the list of another
// issuer, are refused even where they are not critical.
const (
	oidCRLNumber          = "2.5.29.20"
	oidReasonCode         = "2.5.29.21"
	oidInvalidityDate     = "2.5.29.24"
	oidDeltaCRL           = "2.5.29.27"
	oidDistributionPoint  = "2.5.29.28"
	oidCertificateOfOther = "2.5.29.29"
)

// parseCRL takes one list in strict DER, nothing behind it.
func parseCRL(der []byte) (_ *CRL, err error) {
	defer guard(&err)
	if len(der) > MaxCRL {
		return nil, fmt.Errorf("%w: %d bytes", ErrCertificate, len(der))
	}
	l, err := parseSignedCRL(bytes.Clone(der))
	if err != nil {
		return nil, fmt.Errorf("%w: revocation list: %w", ErrCertificate, err)
	}
	return l, nil
}

func parseSignedCRL(der []byte) (*CRL, error) {
	signed, err := parseSigned(der)
	if err != nil {
		return nil, err
	}
	tbs, err := strict[tbsCRL](signed.content)
	if err != nil {
		return nil, err
	}
	if tbs.Version != 1 {
		return nil, fmt.Errorf("version %d", tbs.Version+1)
	}
	if err := signed.checkAlgorithm(tbs.Algorithm); err != nil {
		return nil, err
	}
	l := &CRL{signed: signed, revoked: make(map[string]bool, len(tbs.Revoked))}
	return l, l.fill(tbs)
}

func (l *CRL) fill(tbs tbsCRL) (err error) {
	if l.Issuer, err = parseName(tbs.Issuer.FullBytes); err != nil {
		return err
	}
	if l.ThisUpdate, err = parseTime(tbs.ThisUpdate); err != nil {
		return err
	}
	if l.NextUpdate, err = parseTime(tbs.NextUpdate); err != nil {
		return err
	}
	for _, e := range tbs.Extensions {
		if err := l.takeExtension(e); err != nil {
			return err
		}
	}
	for _, entry := range tbs.Revoked {
		if err := checkEntry(entry); err != nil {
			return err
		}
		l.revoked[entry.Serial.Text(16)] = true
	}
	return nil
}

func (l *CRL) takeExtension(e pkix.Extension) (err error) {
	switch id := e.Id.String(); {
	case id == oidAuthorityKeyID && l.keyID == nil:
		l.keyID, err = parseAuthorityKeyID(e.Value)
	case id == oidCRLNumber:
	case e.Critical, id == oidAuthorityKeyID, id == oidDeltaCRL, id == oidDistributionPoint:
		err = fmt.Errorf("extension %s", id)
	}
	return err
}

func checkEntry(entry revokedCertificate) error {
	if _, err := parseTime(entry.Date); err != nil {
		return err
	}
	for _, e := range entry.Extensions {
		switch id := e.Id.String(); {
		case id == oidReasonCode, id == oidInvalidityDate:
		case e.Critical, id == oidCertificateOfOther:
			return errors.New("entry with extension " + id)
		}
	}
	return nil
}

// revokes says that the list holds the certificate, whose issuer it must be of.
func (l *CRL) revokes(c *Certificate) bool { return l.revoked[c.Serial.Text(16)] }
