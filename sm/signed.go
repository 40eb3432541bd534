package sm

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
)

// signed is SIGNED of X.509: a content, and who signed it says so behind it. Certificates and revocation lists
// are made this way.
type signed struct {
	content   []byte // DER
	algorithm []byte // DER, what stands outside of the content
	signature Signature
}

// parseSigned takes SEQUENCE { content, algorithm, signature BIT STRING } in strict DER, all of der.
func parseSigned(der []byte) (signed, error) {
	v, err := strict[struct {
		Content, Algorithm asn1.RawValue
		Signature          asn1.BitString
	}](der)
	if err != nil {
		return signed{}, err
	}
	if v.Signature.BitLength != 8*len(v.Signature.Bytes) {
		return signed{}, fmt.Errorf("%w: %d bits", ErrSignature, v.Signature.BitLength)
	}
	signature, err := ParseSignatureDER(v.Signature.Bytes)
	return signed{v.Content.FullBytes, v.Algorithm.FullBytes, signature}, err
}

// checkAlgorithm wants the algorithm that the content names to be the one outside, which nobody signed, and to be
// SM2 with SM3. Its parameters are absent, or NULL as some authorities write them.
func (s signed) checkAlgorithm(inner asn1.RawValue) error {
	if !bytes.Equal(inner.FullBytes, s.algorithm) {
		return errors.New("signature algorithm inside is not the one outside")
	}
	algorithm, err := strict[pkix.AlgorithmIdentifier](s.algorithm)
	if err != nil {
		return err
	}
	if algorithm.Algorithm.String() != oidSM2WithSM3 {
		return errors.New("not signed with SM2 and SM3")
	}
	if p := algorithm.Parameters.FullBytes; len(p) > 0 && !bytes.Equal(p, asn1.NullBytes) {
		return errors.New("signature algorithm with parameters")
	}
	return nil
}

// checkSignature says whether key signed the content.
func (s signed) checkSignature(key PublicKey) error {
	return key.Verify([]byte(DefaultID), s.content, s.signature)
}
