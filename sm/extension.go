package sm

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// The extensions that are looked at: RFC 5280 §4.2, and the card number of the social security card.
const (
	oidSubjectKeyID     = "2.5.29.14"
	oidKeyUsage         = "2.5.29.15"
	oidBasicConstraints = "2.5.29.19"
	oidAuthorityKeyID   = "2.5.29.35"
	oidExtendedKeyUsage = "2.5.29.37"
	oidCardNumber       = "1.2.156.2316.1.1"
)

// The bits of keyUsage.
const (
	digitalSignature = 0
	keyCertSign      = 5
	crlSign          = 6
)

// extensions is what a certificate says about itself besides who it is.
type extensions struct {
	isCA           bool
	maxPath        int             // certificates of authorities that may follow; -1 where it is not limited
	usage          *asn1.BitString // nil where it is not limited
	keyID          []byte
	authorityKeyID []byte
	cardNumber     string
	unknown        string // a critical extension that is not known; "" where there is none
}

// parseExtensions takes each extension at most once.
func parseExtensions(list []pkix.Extension) (extensions, error) {
	x := extensions{maxPath: -1}
	seen := map[string]bool{}
	for _, e := range list {
		id := e.Id.String()
		if seen[id] {
			return x, fmt.Errorf("extension %s twice", id)
		}
		seen[id] = true
		if err := x.take(id, e); err != nil {
			return x, fmt.Errorf("extension %s: %w", id, err)
		}
	}
	return x, nil
}

func (x *extensions) take(id string, e pkix.Extension) (err error) {
	switch id {
	case oidSubjectKeyID:
		x.keyID, err = strict[[]byte](e.Value)
	case oidAuthorityKeyID:
		x.authorityKeyID, err = parseAuthorityKeyID(e.Value)
	case oidKeyUsage:
		var bits asn1.BitString
		bits, err = strict[asn1.BitString](e.Value)
		x.usage = &bits
	case oidBasicConstraints:
		err = x.takeBasicConstraints(e.Value)
	case oidCardNumber:
		x.cardNumber, err = parseCardNumber(e.Value)
	case oidExtendedKeyUsage: // no purpose named there is ours, and none of them forbids to sign
	default:
		if e.Critical {
			x.unknown = id
		}
	}
	return err
}

func (x *extensions) takeBasicConstraints(der []byte) error {
	v, err := strict[struct {
		IsCA    bool `asn1:"optional"`
		MaxPath int  `asn1:"optional,default:-1"`
	}](der)
	if err == nil && v.MaxPath < -1 {
		err = errors.New("negative path length")
	}
	x.isCA, x.maxPath = v.IsCA, v.MaxPath
	return err
}

func parseAuthorityKeyID(der []byte) ([]byte, error) {
	v, err := strict[struct {
		ID     []byte        `asn1:"optional,tag:0"`
		Issuer asn1.RawValue `asn1:"optional,tag:1"`
		Serial *big.Int      `asn1:"optional,tag:2"`
	}](der)
	return v.ID, err
}

// parseCardNumber takes a 卡号 as a string of ASN.1, or as its nine bytes themselves: which of them is written no
// public text says.
func parseCardNumber(value []byte) (string, error) {
	if len(value) == 9 && printable(value) {
		return string(value), nil
	}
	v, err := whole[asn1.RawValue](value)
	if err != nil {
		return "", err
	}
	isString := v.Tag == asn1.TagUTF8String || v.Tag == asn1.TagPrintableString || v.Tag == asn1.TagIA5String
	if v.Class != asn1.ClassUniversal || v.IsCompound || !isString || !printable(v.Bytes) {
		return "", errors.New("not a card number")
	}
	return string(v.Bytes), nil
}

// printable says that b is not empty and of visible ASCII.
func printable(b []byte) bool {
	for _, c := range b {
		if c < 0x21 || c > 0x7E {
			return false
		}
	}
	return len(b) > 0
}

// mayUse says that keyUsage, where it is there, has this bit.
func (x extensions) mayUse(bit int) bool { return x.usage == nil || x.usage.At(bit) == 1 }
