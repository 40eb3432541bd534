//lint:file-ignore SA1019 a curve that only emmansun/gmsm has

package sm_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"math/big"
	mathrand "math/rand/v2"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/stretchr/testify/require"

	"sscard/sm"
)

// The second opinion: emmansun/gmsm, which shares no code with the library behind this package.

// seeded are random numbers that are the same in every run.
func seeded(seed byte) *mathrand.ChaCha8 { return mathrand.NewChaCha8([32]byte{seed}) }

// rounds is n, or a part of it where the race detector makes each round slow.
func rounds(n int) int {
	if racing {
		return n / 20
	}
	return n
}

func theirKeys(t testing.TB, k sm.PrivateKey) (*sm2.PrivateKey, *ecdsa.PublicKey) {
	t.Helper()
	private := must(sm2.NewPrivateKey(k.Bytes()))(t)
	return private, theirPublic(t, k.Public())
}

func theirPublic(t testing.TB, k sm.PublicKey) *ecdsa.PublicKey {
	t.Helper()
	return must(sm2.NewPublicKey(append([]byte{4}, k.Bytes()...)))(t)
}

// TestDifferentialSignatures signs with each library and verifies with the other, and compares keys and digests on
// the way.
func TestDifferentialSignatures(t *testing.T) {
	random := seeded(1)
	for range rounds(1000) {
		k := must(sm.GenerateKey(random))(t)
		private, public := theirKeys(t, k)
		require.Equal(t, private.X.FillBytes(make([]byte, 32)), k.Public().Bytes()[:32])
		require.Equal(t, private.Y.FillBytes(make([]byte, 32)), k.Public().Bytes()[32:])

		name, message := make([]byte, 1+random.Uint64()%40), make([]byte, 1+random.Uint64()%200)
		random.Read(name)
		random.Read(message)
		e := must(k.Public().Digest(name, message))(t)
		require.Equal(t, must(sm2.CalculateSM2Hash(public, message, name))(t), e[:])

		ours := must(k.Sign(random, name, message))(t)
		require.True(t, sm2.VerifyASN1WithSM2(public, name, message, must(ours.DER())(t)))
		theirs := must(private.SignWithSM2(rand.Reader, name, message))(t)
		parsed := must(sm.ParseSignatureDER(theirs))(t)
		require.Equal(t, theirs, must(parsed.DER())(t))
		require.NoError(t, k.Public().Verify(name, message, parsed))

		flipped := parsed
		flipped[random.Uint64()%64] ^= 1 << (random.Uint64() % 8)
		if der, err := flipped.DER(); err == nil {
			require.False(t, sm2.VerifyASN1WithSM2(public, name, message, der))
		}
		require.Error(t, k.Public().Verify(name, message, flipped))
	}
}

// TestDifferentialScalars verifies valid signatures whose s and t = r + s are at the edges of their range, where
// windows and carries of a multiplication go wrong. For any r and s the holder of a key can name the digest
// that they sign.
func TestDifferentialScalars(t *testing.T) {
	k := must(sm.ParsePrivateKey(unhex(t, exampleKey)))(t)
	_, public := theirKeys(t, k)
	n, d, middle := plus(curveN, 0), plus(exampleKey, 0), plus(exampleS, 0)
	check := func(s, r *big.Int) {
		sum := new(big.Int).Add(r, s)
		sum.Mul(sum.Mod(sum, n), d).Add(sum, s).Mod(sum, n)
		x, _ := sm2.P256().ScalarBaseMult(sum.FillBytes(make([]byte, 32)))
		e := digestFor(r, x)
		signature, err := sm.ParseSignature(rs(r, s))
		if err != nil {
			return // the edge itself is out of range
		}
		require.True(t, sm2.VerifyASN1(public, e[:], must(signature.DER())(t)))
		if t := new(big.Int).Add(r, s); t.Mod(t, n).Cmp(plus(curveN, -6)) == 0 {
			return // refused: see TestTrapScalarNMinus6
		}
		require.NoError(t, k.Public().VerifyDigest(e, signature), "r %X, s %X", r, s)
	}
	all := edges(n)
	for _, i := range mathrand.New(seeded(5)).Perm(len(all))[:rounds(len(all))] {
		edge := all[i]
		check(edge, middle)
		check(middle, new(big.Int).Mod(new(big.Int).Sub(edge, middle), n)) // t = edge
		check(edge, edge)
	}
}

// edges are numbers in [1, n-1] near 0, near n and near the powers of two, and with long runs of zeros and ones.
func edges(n *big.Int) (all []*big.Int) {
	add := func(i *big.Int) {
		if i.Sign() > 0 && i.Cmp(n) < 0 {
			all = append(all, i)
		}
	}
	for i := range int64(40) {
		add(big.NewInt(i))
		add(new(big.Int).Sub(n, big.NewInt(i)))
	}
	for bit := uint(5); bit < 256; bit += 3 {
		power := new(big.Int).Lsh(big.NewInt(1), bit)
		for off := int64(-1); off <= 1; off++ {
			add(new(big.Int).Add(power, big.NewInt(off)))
			add(new(big.Int).Sub(n, new(big.Int).Add(power, big.NewInt(off))))
		}
	}
	return all
}

// TestDifferentialKeys holds points against the other library: on the curve, beside it, and at random.
func TestDifferentialKeys(t *testing.T) {
	random := seeded(2)
	valid := 0
	for i := range rounds(4000) {
		raw := make([]byte, 65)
		random.Read(raw[1:])
		raw[0] = 4
		if i%2 == 0 {
			copy(raw[1:], must(sm.GenerateKey(random))(t).Public().Bytes())
		}
		if i%4 == 2 {
			raw[1+random.Uint64()%64] ^= 1 << (random.Uint64() % 8)
		}
		_, ours := sm.ParsePublicKey(raw)
		_, theirs := sm2.NewPublicKey(raw)
		require.Equal(t, theirs == nil, ours == nil, "%X", raw)
		if ours == nil {
			valid++
		}
	}
	require.Equal(t, rounds(1000), valid)
}

func TestDifferentialSM3(t *testing.T) {
	random := seeded(3)
	for n := range 2000 {
		message := make([]byte, n)
		random.Read(message)
		ours := must(sm.SM3(message[:n/3], message[n/3:]))(t)
		require.Equal(t, sm3.Sum(message), ours)
	}
}
