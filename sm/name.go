package sm

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"unicode/utf8"
)

// nameAttribute is one part of a name; the slices of it are Name of RFC 5280 §4.1.2.4.
type nameAttribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

type nameSET []nameAttribute

// parseName writes a name as RFC 2253 does. Text that is not what its type says, such as GB 18030 in a UTF8String,
// comes out as # and its hexadecimal DER: names are compared byte by byte, and read only by people.
func parseName(der []byte) (string, error) {
	sets, err := strict[[]nameSET](der)
	if err != nil {
		return "", err
	}
	var name pkix.RDNSequence
	for _, set := range sets {
		var part pkix.RelativeDistinguishedNameSET
		for _, a := range set {
			part = append(part, pkix.AttributeTypeAndValue{Type: a.Type, Value: text(a.Value)})
		}
		name = append(name, part)
	}
	return name.String(), nil
}

func text(v asn1.RawValue) string {
	if s, err := whole[string](v.FullBytes); err == nil && utf8.ValidString(s) {
		return s
	}
	return "#" + hex.EncodeToString(v.FullBytes)
}
