package sm

import (
	"encoding/asn1"
	"fmt"
	"math/big"
)

// Signature is r‖s of an SM2 signature, 32 bytes each, big endian. Every use checks that r and s can be a
// signature at all.
type Signature [64]byte

// ParseSignature takes the 64 bytes r‖s. Another length, r or s outside [1, n-1], and r + s = n give
// [ErrSignature].
func ParseSignature(rs []byte) (_ Signature, err error) {
	defer guard(&err)
	if len(rs) != 64 {
		return Signature{}, fmt.Errorf("%w: %d bytes", ErrSignature, len(rs))
	}
	s := Signature(rs)
	if err := s.check(); err != nil {
		return Signature{}, err
	}
	return s, nil
}

// derSignature is SM2Signature of GM/T 0009 §7.3.
type derSignature struct{ R, S *big.Int }

const maxSignatureDER = 72 // bytes: two integers of 33, three headers of two

// ParseSignatureDER takes SEQUENCE { r INTEGER, s INTEGER } (GM/T 0009), strictly DER and nothing else in it
// or behind it. What is not, and r or s out of range, gives [ErrSignature].
func ParseSignatureDER(der []byte) (_ Signature, err error) {
	defer guard(&err)
	if len(der) > maxSignatureDER {
		return Signature{}, fmt.Errorf("%w: %d bytes of DER", ErrSignature, len(der))
	}
	rs, err := strict[derSignature](der)
	if err != nil {
		return Signature{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return joinSignature(rs.R, rs.S)
}

// DER is the signature as SEQUENCE { r INTEGER, s INTEGER } (GM/T 0009).
func (s Signature) DER() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return asn1.Marshal(derSignature{s.r(), s.s()})
}

// joinSignature is the signature of r and s, at their full width whatever their leading zeros.
func joinSignature(r, s *big.Int) (Signature, error) {
	if r.Sign() < 0 || s.Sign() < 0 || r.BitLen() > 256 || s.BitLen() > 256 {
		return Signature{}, fmt.Errorf("%w: r or s out of range", ErrSignature)
	}
	var joined Signature
	r.FillBytes(joined[:32])
	s.FillBytes(joined[32:])
	if err := joined.check(); err != nil {
		return Signature{}, err
	}
	return joined, nil
}

func (s Signature) r() *big.Int { return new(big.Int).SetBytes(s[:32]) }

func (s Signature) s() *big.Int { return new(big.Int).SetBytes(s[32:]) }

// check is steps B1, B2 and B6 of GB/T 32918.2 §7.1.
func (s Signature) check() error {
	n := sm2Curve().order()
	for _, part := range []*big.Int{s.r(), s.s()} {
		if part.Sign() == 0 || part.Cmp(n) >= 0 {
			return fmt.Errorf("%w: r or s out of range", ErrSignature)
		}
	}
	if sum := new(big.Int).Add(s.r(), s.s()); sum.Cmp(n) == 0 {
		return fmt.Errorf("%w: r + s = n", ErrSignature)
	}
	return nil
}
