//lint:file-ignore SA1019 the arithmetic of the library's curve is what is looked at

package sm_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	tjfoc "github.com/tjfoc/gmsm/sm2"

	"sscard/sm"
)

// The traps of tjfoc/gmsm, each shown on the library itself and then on this package. Where the first half of a test
// fails, the library has changed, and the guard may go.

func libraryKey(x, y *big.Int) *tjfoc.PublicKey {
	return &tjfoc.PublicKey{Curve: tjfoc.P256Sm2(), X: x, Y: y}
}

// example is the key of the standard: d, and the public key in both libraries.
func example(t testing.TB) (d *big.Int, ours sm.PublicKey, theirs *tjfoc.PublicKey) {
	t.Helper()
	private := must(sm.ParsePrivateKey(unhex(t, exampleKey)))(t)
	return plus(exampleKey, 0), private.Public(), libraryKey(plus(exampleX, 0), plus(exampleY, 0))
}

// digestFor is the e with which r is the result for a sum of points at x.
func digestFor(r, x *big.Int) (e [32]byte) {
	d := new(big.Int).Sub(r, x)
	d.Mod(d, plus(curveN, 0)).FillBytes(e[:])
	return e
}

// TestTrapKeyAtInfinity: with the key (0,0) anybody signs, because t·P stays nothing.
func TestTrapKeyAtInfinity(t *testing.T) {
	e, s := [32]byte{1, 2, 3}, big.NewInt(12345)
	x, _ := tjfoc.P256Sm2().ScalarBaseMult(s.Bytes())
	r := x.Add(x, new(big.Int).SetBytes(e[:])).Mod(x, plus(curveN, 0))
	require.True(t, tjfoc.Verify(libraryKey(new(big.Int), new(big.Int)), e[:], r, s))

	_, err := sm.ParsePublicKey(make([]byte, 64))
	require.ErrorIs(t, err, sm.ErrKey)
	require.ErrorIs(t, sm.PublicKey{}.VerifyDigest(e, sm.Signature(rs(r, s))), sm.ErrKey)
}

// TestTrapSumOfEqualPoints: P + P comes out as infinity, whose x is 0, so that r = e verifies. The holder of the key
// can choose s for s·G = t·P, and has a signature that no other library takes and that he can deny.
func TestTrapSumOfEqualPoints(t *testing.T) {
	d, ours, theirs := example(t)
	n := plus(curveN, 0)
	e := [32]byte{4, 5, 6}
	r := new(big.Int).SetBytes(e[:])
	s := new(big.Int).Sub(big.NewInt(1), d) // s = r·d / (1-d)
	s.ModInverse(s.Mod(s, n), n).Mul(s, d).Mul(s, r).Mod(s, n)
	require.True(t, tjfoc.Verify(theirs, e[:], r, s))
	require.ErrorIs(t, ours.VerifyDigest(e, sm.Signature(rs(r, s))), sm.ErrVerification)
}

// TestTrapSumOfOppositePoints: P - P is infinity indeed, and the standard then has no x; the library has 0.
func TestTrapSumOfOppositePoints(t *testing.T) {
	d, ours, theirs := example(t)
	n := plus(curveN, 0)
	e := [32]byte{7, 8, 9}
	r := new(big.Int).SetBytes(e[:])
	s := new(big.Int).Add(big.NewInt(1), d) // s = -r·d / (1+d)
	s.ModInverse(s, n).Mul(s, d).Mul(s, r).Neg(s).Mod(s, n)
	require.True(t, tjfoc.Verify(theirs, e[:], r, s))
	require.ErrorIs(t, ours.VerifyDigest(e, sm.Signature(rs(r, s))), sm.ErrVerification)
}

// TestTrapScalarNMinus6: (n-6)·P comes out as infinity.
func TestTrapScalarNMinus6(t *testing.T) {
	_, ours, theirs := example(t)
	s := big.NewInt(12345)
	r := plus(curveN, -6-12345)
	x, _ := tjfoc.P256Sm2().ScalarBaseMult(s.Bytes())
	e := digestFor(r, x)
	require.True(t, tjfoc.Verify(theirs, e[:], r, s))
	require.ErrorIs(t, ours.VerifyDigest(e, sm.Signature(rs(r, s))), sm.ErrVerification)
}

// TestTrapSecondSpelling: x + p is on the curve for the library, and the same key under another name.
func TestTrapSecondSpelling(t *testing.T) {
	small := must(smallX())(t)
	x := new(big.Int).Add(plus(small[:64], 0), plus(curveP, 0))
	require.True(t, tjfoc.P256Sm2().IsOnCurve(x, plus(small[64:], 0)))
	_, err := sm.ParsePublicKey(rs(x, plus(small[64:], 0)))
	require.ErrorIs(t, err, sm.ErrKey)
}

// TestTrapSignatureForms: the library passes over what is behind the sequence, and over a third integer in it.
func TestTrapSignatureForms(t *testing.T) {
	_, ours, theirs := example(t)
	message := []byte(exampleMessage)
	good := must(sm.Signature(unhex(t, exampleR+exampleS)).DER())(t)
	forms := signatureForms(good)
	for _, name := range []string{"a byte behind", "a kilobyte behind", "a third integer"} {
		require.True(t, theirs.Verify(message, forms[name]), name)
	}
	s, err := sm.ParseSignatureDER(good)
	require.NoError(t, err)
	require.NoError(t, ours.Verify(id(), message, s))
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			_, err := sm.ParseSignatureDER(form)
			require.ErrorIs(t, err, sm.ErrSignature)
		})
	}
}

// TestTrapShortDigest: Sm3Digest gives the digest without its leading zeros.
func TestTrapShortDigest(t *testing.T) {
	_, ours, theirs := example(t)
	for i := range 1 << 16 {
		message := []byte{byte(i >> 8), byte(i)}
		e := must(ours.Digest(id(), message))(t)
		if e[0] == 0 {
			require.Less(t, len(must(theirs.Sm3Digest(message, id()))(t)), len(e))
			return
		}
	}
	t.Fatal("no digest begins with zero")
}

// TestTrapPanics: nil, and what is not on the curve, panic in the library; here nothing of that kind gets in.
func TestTrapPanics(t *testing.T) {
	require.Panics(t, func() { tjfoc.Verify(&tjfoc.PublicKey{}, nil, big.NewInt(1), big.NewInt(1)) })
	require.Panics(t, func() { tjfoc.P256Sm2().ScalarBaseMult(make([]byte, 64)) })
	for name, call := range map[string]func() error{
		"verify":      func() error { return sm.PublicKey{}.Verify(id(), nil, sm.Signature{}) },
		"digest":      func() error { _, err := sm.PublicKey{}.Digest(id(), nil); return err },
		"sign":        func() error { _, err := sm.PrivateKey{}.Sign(nil, id(), nil); return err },
		"sign digest": func() error { _, err := sm.PrivateKey{}.SignDigest(nil, [32]byte{}); return err },
	} {
		require.ErrorIs(t, call(), sm.ErrKey, name)
	}
	require.Nil(t, sm.PublicKey{}.Bytes())
	require.Nil(t, sm.PrivateKey{}.Bytes())
}
