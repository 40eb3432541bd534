package sm

import (
	"errors"
	"fmt"
	"math/big"
)

// DefaultID is the user id that goes into the digest where none is agreed on (GM/T 0009 §10). Certificates
// are signed with it.
const DefaultID = "1234567812345678"

const maxID = 8191 // bytes; its length in bits has to fit 16 bits

// What can be wrong with an SM2 key, signature or user id.
var (
	ErrKey          = errors.New("sm: not an SM2 key")
	ErrSignature    = errors.New("sm: not an SM2 signature")
	ErrVerification = errors.New("sm: signature does not verify")
	ErrID           = errors.New("sm: user id is not 1 to 8191 bytes")
)

// PublicKey is a point on the curve of GB/T 32918.5. It is comparable; the zero value is no key, and every
// use of it gives [ErrKey].
type PublicKey struct{ xy [64]byte }

// ParsePublicKey takes X‖Y (64 bytes), or 04‖X‖Y (65 bytes; GB/T 32918.1 §4.2.9). What cannot be a public
// key gives [ErrKey]: another length or form, a coordinate that is not below the prime of the field, a point
// beside the curve, and the blank file of a card, all 00 or all FF, with them.
func ParsePublicKey(b []byte) (_ PublicKey, err error) {
	defer guard(&err)
	if len(b) == 65 && b[0] == 4 {
		b = b[1:]
	}
	if len(b) != 64 {
		return PublicKey{}, fmt.Errorf("%w: %d bytes", ErrKey, len(b))
	}
	key := PublicKey{[64]byte(b)}
	if !sm2Curve().has(key.point()) {
		return PublicKey{}, fmt.Errorf("%w: point not on the curve", ErrKey)
	}
	return key, nil
}

// Bytes is X‖Y, 64 bytes; nil for the zero value.
func (k PublicKey) Bytes() []byte {
	if k.check() != nil {
		return nil
	}
	return k.xy[:]
}

// Digest is e = SM3(Z ‖ message), where Z = SM3(ENTL ‖ id ‖ a ‖ b ‖ G ‖ key) binds the user id and the key
// (GB/T 32918.2 §5.5). An id that is not 1 to 8191 bytes long gives [ErrID].
func (k PublicKey) Digest(id, message []byte) (e [32]byte, err error) {
	defer guard(&err)
	if err := k.check(); err != nil {
		return e, err
	}
	z, err := k.z(id)
	if err != nil {
		return e, err
	}
	return SM3(z[:], message)
}

func (k PublicKey) z(id []byte) (z [32]byte, err error) {
	if len(id) < 1 || len(id) > maxID {
		return z, fmt.Errorf("%w: %d", ErrID, len(id))
	}
	bits := len(id) * 8
	p := sm2Curve().Params()
	a := new(big.Int).Sub(p.P, big.NewInt(3))
	parts := [][]byte{{byte(bits >> 8), byte(bits)}, id}
	for _, n := range []*big.Int{a, p.B, p.Gx, p.Gy} {
		parts = append(parts, n.FillBytes(make([]byte, 32)))
	}
	return SM3(append(parts, k.xy[:])...)
}

// Verify checks that the holder of the key signed message under a user id of 1 to 8191 bytes, mostly
// [DefaultID]. A good-looking signature of something else, or by another key, gives [ErrVerification].
func (k PublicKey) Verify(id, message []byte, s Signature) error {
	e, err := k.Digest(id, message)
	if err != nil {
		return err
	}
	return k.VerifyDigest(e, s)
}

// VerifyDigest is [PublicKey.Verify] for who has the digest e already: GB/T 32918.2 §7.1 from step B5 on.
func (k PublicKey) VerifyDigest(e [32]byte, s Signature) (err error) {
	defer guard(&err)
	if err := k.check(); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	r, err := k.computeR(e, s)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrVerification, err)
	}
	if r.Cmp(s.r()) != 0 {
		return ErrVerification
	}
	return nil
}

// computeR is e + x(s·G + (r+s)·P) mod n, which is r of a signature that verifies. It computes with the
// library's curve and not with its Verify, which could not say where the curve went wrong.
func (k PublicKey) computeR(e [32]byte, s Signature) (*big.Int, error) {
	c := sm2Curve()
	sG, err := c.generatorTimes(s.s())
	if err != nil {
		return nil, err
	}
	t := new(big.Int).Add(s.r(), s.s())
	tP, err := c.times(k.point(), t.Mod(t, c.order()))
	if err != nil {
		return nil, err
	}
	sum, err := c.plus(sG, tP)
	if err != nil {
		return nil, err
	}
	r := new(big.Int).SetBytes(e[:])
	return r.Add(r, sum.x).Mod(r, c.order()), nil
}

func (k PublicKey) check() error {
	if k == (PublicKey{}) {
		return fmt.Errorf("%w: none", ErrKey)
	}
	return nil
}

func (k PublicKey) point() point {
	return point{new(big.Int).SetBytes(k.xy[:32]), new(big.Int).SetBytes(k.xy[32:])}
}
