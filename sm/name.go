package sm

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
)

// nameAttribute is one part of a name; the slices of it are Name of RFC 5280 §4.1.2.4.
type nameAttribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

type nameSET []nameAttribute

// parseName writes a name as RFC 2253 does. Its values have one of the types that RFC 5280 knows for text. Text that
// is not what its type says, such as GB 18030 in a UTF8String, is taken all the same and comes out as # and its
// hexadecimal DER: names are compared byte by byte, and read only by people.
func parseName(der []byte) (string, error) {
	sets, err := strict[[]nameSET](der)
	if err != nil {
		return "", err
	}
	var name pkix.RDNSequence
	for _, set := range sets {
		var part pkix.RelativeDistinguishedNameSET
		for _, a := range set {
			if !isText(a.Value) {
				return "", errors.New("name with a value that is not text")
			}
			part = append(part, pkix.AttributeTypeAndValue{Type: a.Type, Value: text(a.Value)})
		}
		name = append(name, part)
	}
	return name.String(), nil
}

func isText(v asn1.RawValue) bool {
	if v.Class != asn1.ClassUniversal || v.IsCompound {
		return false
	}
	switch v.Tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, asn1.TagT61String, asn1.TagNumericString:
		return true
	}
	return v.Tag == asn1.TagBMPString && len(v.Bytes)%2 == 0 // two bytes a character
}

func text(v asn1.RawValue) string {
	if s, err := whole[string](v.FullBytes); err == nil {
		return s
	}
	return "#" + hex.EncodeToString(v.FullBytes)
}
