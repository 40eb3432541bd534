package smtest

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"

	"sscard/sm"
)

// Content is what the issuer of a certificate signs (TBSCertificate, RFC 5280 §4.1).
type Content struct {
	Version   int `asn1:"optional,explicit,default:0,tag:0"`
	Serial    *big.Int
	Algorithm pkix.AlgorithmIdentifier
	Issuer    asn1.RawValue
	Validity  struct{ NotBefore, NotAfter asn1.RawValue }
	Subject   asn1.RawValue
	PublicKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	Extensions []pkix.Extension `asn1:"optional,explicit,tag:3"`
}

// Alter changes a certificate, whoever made it, and has a sign what came out of it. The algorithm outside becomes
// the one inside.
func (a Authority) Alter(der []byte, change func(*Content)) ([]byte, error) {
	var certificate struct {
		Content   Content
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &certificate); err != nil {
		return nil, err
	}
	change(&certificate.Content)
	content, err := asn1.Marshal(certificate.Content)
	if err != nil {
		return nil, err
	}
	return a.Sign(content, certificate.Content.Algorithm)
}

// SM2WithSM3 is the algorithm that certificates are signed with.
func SM2WithSM3() pkix.AlgorithmIdentifier {
	return pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 501}}
}

// Sign puts the algorithm and a signature by a behind content, DER of whatever kind.
func (a Authority) Sign(content []byte, algorithm pkix.AlgorithmIdentifier) ([]byte, error) {
	s, err := a.Key.Sign(nil, []byte(sm.DefaultID), content)
	if err != nil {
		return nil, err
	}
	signature, err := s.DER()
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct {
		Content   asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: content}, algorithm, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
}
