package sm

import (
	"crypto/elliptic"
	"fmt"
	"math/big"

	"github.com/tjfoc/gmsm/sm2"
)

// point is a point of the curve in affine coordinates; the point at infinity is none.
type point struct{ x, y *big.Int }

// curve is the recommended curve of GB/T 32918.5, its arithmetic the library's and its equation ours.
//
// The library computes P + P as infinity, and (n-6)·P too, and its field arithmetic is its own. So each result
// is held against the equation: infinity, which the library writes (0,0), is not on the curve, and neither is
// where a slip of the arithmetic lands.
type curve struct{ elliptic.Curve }

func sm2Curve() curve { return curve{sm2.P256Sm2()} }

// order is n, the number of points; do not change it.
func (c curve) order() *big.Int { return c.Params().N }

// has says that p lies on y² = x³ - 3x + b over the field, both coordinates below its prime.
func (c curve) has(p point) bool {
	prime := c.Params().P
	if p.x.Sign() < 0 || p.y.Sign() < 0 || p.x.Cmp(prime) >= 0 || p.y.Cmp(prime) >= 0 {
		return false
	}
	left := new(big.Int).Mul(p.y, p.y)
	right := new(big.Int).Mul(p.x, p.x)
	right.Sub(right, big.NewInt(3)).Mul(right, p.x).Add(right, c.Params().B)
	return left.Sub(left, right).Mod(left, prime).Sign() == 0
}

// generatorTimes is k·G for k in [1, n-1].
func (c curve) generatorTimes(k *big.Int) (point, error) {
	return c.checked(c.ScalarBaseMult(k.Bytes()))
}

// times is k·p for k in [1, n-1].
func (c curve) times(p point, k *big.Int) (point, error) {
	return c.checked(c.ScalarMult(p.x, p.y, k.Bytes()))
}

// plus is p + q where they are neither equal nor opposite: chance brings that about once in 2²⁵⁵.
func (c curve) plus(p, q point) (point, error) {
	if p.x.Cmp(q.x) == 0 {
		return point{}, fmt.Errorf("%w: sum of equal or opposite points", ErrLibrary)
	}
	return c.checked(c.Add(p.x, p.y, q.x, q.y))
}

func (c curve) checked(x, y *big.Int) (point, error) {
	p := point{x, y}
	if !c.has(p) {
		return point{}, fmt.Errorf("%w: result not on the curve", ErrLibrary)
	}
	return p, nil
}
