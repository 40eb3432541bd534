package sm

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"math/big"
)

// PrivateKey signs for tests and software cards. Signing with it takes a time that depends on the key: keys
// that matter belong in a card, a PSAM or an HSM. It prints as "[private key]", whichever way it is printed.
// The zero value is no key, and every use of it gives [ErrKey].
type PrivateKey struct {
	d      [32]byte
	public PublicKey
}

// GenerateKey makes a key from 40 bytes of random, or of crypto/rand where it is nil.
func GenerateKey(random io.Reader) (_ PrivateKey, err error) {
	defer guard(&err)
	c := sm2Curve()
	d, err := scalar(random, new(big.Int).Sub(c.order(), big.NewInt(2)))
	if err != nil {
		return PrivateKey{}, err
	}
	return newPrivateKey(d)
}

// ParsePrivateKey takes the 32 bytes of a number in [1, n-2], big endian (GB/T 32918.1 §6.1). Others give
// [ErrKey].
func ParsePrivateKey(d []byte) (_ PrivateKey, err error) {
	defer guard(&err)
	if len(d) != 32 {
		return PrivateKey{}, fmt.Errorf("%w: %d bytes", ErrKey, len(d))
	}
	return newPrivateKey(new(big.Int).SetBytes(d))
}

func newPrivateKey(d *big.Int) (PrivateKey, error) {
	c := sm2Curve()
	last := new(big.Int).Sub(c.order(), big.NewInt(2))
	if d.Sign() == 0 || d.Cmp(last) > 0 {
		return PrivateKey{}, fmt.Errorf("%w: number out of range", ErrKey)
	}
	p, err := c.generatorTimes(d)
	if err != nil {
		return PrivateKey{}, err
	}
	var k PrivateKey
	d.FillBytes(k.d[:])
	p.x.FillBytes(k.public.xy[:32])
	p.y.FillBytes(k.public.xy[32:])
	return k, nil
}

// Bytes is the number that is the key, 32 bytes, big endian; nil for the zero value.
func (k PrivateKey) Bytes() []byte {
	if k.public.check() != nil {
		return nil
	}
	return k.d[:]
}

// Public is the public key.
func (k PrivateKey) Public() PublicKey { return k.public }

// Sign signs message under a user id of 1 to 8191 bytes, mostly [DefaultID]; random as in
// [PrivateKey.SignDigest].
func (k PrivateKey) Sign(random io.Reader, id, message []byte) (Signature, error) {
	e, err := k.public.Digest(id, message)
	if err != nil {
		return Signature{}, err
	}
	return k.SignDigest(random, e)
}

// SignDigest signs the digest e of [PublicKey.Digest] with 40 bytes of random, or of crypto/rand where it is
// nil (GB/T 32918.2 §6.1 from step A3 on). It is not constant in time: for tests and software cards only.
func (k PrivateKey) SignDigest(random io.Reader, e [32]byte) (_ Signature, err error) {
	defer guard(&err)
	if err := k.public.check(); err != nil {
		return Signature{}, err
	}
	c := sm2Curve()
	nonce, err := scalar(random, new(big.Int).Sub(c.order(), big.NewInt(1)))
	if err != nil {
		return Signature{}, err
	}
	kG, err := c.generatorTimes(nonce)
	if err != nil {
		return Signature{}, err
	}
	r := new(big.Int).SetBytes(e[:])
	r.Add(r, kG.x).Mod(r, c.order())
	return k.finish(r, nonce)
}

// finish computes s = (1+d)⁻¹·(k - r·d). Steps A5 and A6 start over where r = 0, r + k = n or s = 0, and r + k = n
// means s = n - r: a signature that is refused. It happens once in 2²⁵⁵, and here it is an error.
func (k PrivateKey) finish(r, nonce *big.Int) (Signature, error) {
	n := sm2Curve().order()
	d := new(big.Int).SetBytes(k.d[:])
	s := new(big.Int).Mul(r, d)
	s.Sub(nonce, s)
	inverse := d.Add(d, big.NewInt(1)).ModInverse(d, n)
	s.Mul(s, inverse).Mod(s, n)
	return joinSignature(r, s)
}

// scalar is a number in [1, last] made of 40 bytes of random: the 64 bits that are too many even it out
// (FIPS 186-5 A.2.1).
func scalar(random io.Reader, last *big.Int) (*big.Int, error) {
	if random == nil {
		random = rand.Reader
	}
	var b [40]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, fmt.Errorf("sm: random numbers: %w", err)
	}
	k := new(big.Int).SetBytes(b[:])
	return k.Mod(k, last).Add(k, big.NewInt(1)), nil
}

const privateKeyText = "[private key]"

func (k PrivateKey) String() string { return privateKeyText }

// GoString keeps the key out of %#v.
func (k PrivateKey) GoString() string { return privateKeyText }

// Format keeps the key out of every verb.
func (k PrivateKey) Format(f fmt.State, _ rune) { io.WriteString(f, privateKeyText) }

// LogValue keeps the key out of logs.
func (k PrivateKey) LogValue() slog.Value { return slog.StringValue(privateKeyText) }

// MarshalText keeps the key out of JSON and YAML.
func (k PrivateKey) MarshalText() ([]byte, error) { return []byte(privateKeyText), nil }
