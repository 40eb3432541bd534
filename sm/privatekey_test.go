package sm_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"sscard/sm"
)

func TestPrivateKeyRange(t *testing.T) {
	for _, row := range []struct {
		name string
		d    *big.Int
		ok   bool
	}{
		{"0", big.NewInt(0), false},
		{"1", big.NewInt(1), true},
		{"n - 2", plus(curveN, -2), true},
		{"n - 1", plus(curveN, -1), false}, // 1 + d = n has no inverse
		{"n", plus(curveN, 0), false},
		{"all FF", plus(strings.Repeat("FF", 32), 0), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			k, err := sm.ParsePrivateKey(row.d.FillBytes(make([]byte, 32)))
			if !row.ok {
				require.ErrorIs(t, err, sm.ErrKey)
				return
			}
			require.NoError(t, err)
			s, err := k.Sign(nil, id(), nil)
			require.NoError(t, err)
			require.NoError(t, k.Public().Verify(id(), nil, s))
		})
	}
	for _, n := range []int{0, 31, 33} {
		_, err := sm.ParsePrivateKey(bytes.Repeat([]byte{1}, n))
		require.ErrorIs(t, err, sm.ErrKey, "%d bytes", n)
	}
}

func TestRandomThatFails(t *testing.T) {
	broken := errors.New("broken")
	_, err := sm.GenerateKey(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
	k := must(sm.GenerateKey(nil))(t)
	_, err = k.Sign(iotest.ErrReader(broken), id(), nil)
	require.ErrorIs(t, err, broken)
	_, err = k.Sign(bytes.NewReader(make([]byte, 39)), id(), nil)
	require.Error(t, err, "39 bytes are too few")
}

// TestSignSteps shows that r = 0, s = 0 and r + k = n, which a digest can be made for, give no signature.
func TestSignSteps(t *testing.T) {
	k := must(sm.ParsePrivateKey(unhex(t, exampleKey)))(t)
	// x of k·G is what the example's r is made of: r = e + x.
	x := new(big.Int).Sub(plus(exampleR, 0), plus(exampleE, 0))
	n, d, nonce := plus(curveN, 0), plus(exampleKey, 0), plus(exampleK, 0)
	forSZero := new(big.Int).ModInverse(d, n) // k = r·d
	forSZero.Mul(forSZero, nonce).Mod(forSZero, n)
	for _, row := range []struct {
		name string
		r    *big.Int
	}{
		{"r = 0", big.NewInt(0)},
		{"s = 0", forSZero},
		{"r + k = n", new(big.Int).Sub(n, nonce)},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := k.SignDigest(fixedNonce(exampleK), digestFor(row.r, x))
			require.ErrorIs(t, err, sm.ErrSignature)
		})
	}
}

// TestPrivateKeyDoesNotPrint also covers the verbs that pass over String.
func TestPrivateKeyDoesNotPrint(t *testing.T) {
	k := must(sm.ParsePrivateKey(unhex(t, exampleKey)))(t)
	held := struct{ Key sm.PrivateKey }{k}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("text", "key", k, "held", held)
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "key", k)
	document := must(json.Marshal(held))(t)
	printed := []string{log.String(), string(document), k.String(), k.GoString()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o"} {
		printed = append(printed, fmt.Sprintf(verb, k), fmt.Sprintf(verb, &k), fmt.Sprintf(verb, []sm.PrivateKey{k}))
	}
	for _, text := range printed {
		lower := strings.ToLower(text)
		require.Contains(t, lower, "[private key]")
		for _, leak := range []string{strings.ToLower(exampleKey[:8]), "57 69 32", "3945208f"} {
			require.NotContains(t, lower, leak)
		}
	}
}

func TestUserID(t *testing.T) {
	k := must(sm.GenerateKey(nil))(t)
	for _, n := range []int{1, 16, 8191} {
		name := bytes.Repeat([]byte("x"), n)
		s, err := k.Sign(nil, name, []byte("message"))
		require.NoError(t, err, "%d bytes", n)
		require.NoError(t, k.Public().Verify(name, []byte("message"), s))
	}
	for _, n := range []int{0, 8192, 70000} {
		_, err := k.Sign(nil, make([]byte, n), []byte("message"))
		require.ErrorIs(t, err, sm.ErrID, "%d bytes", n)
	}
}
