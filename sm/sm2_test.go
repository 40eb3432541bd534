package sm_test

import (
	"bytes"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/sm"
)

// The example of GB/T 32918.5 annex A.2: user id DefaultID, message "message digest".
const (
	exampleKey     = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
	exampleX       = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
	exampleY       = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
	exampleZ       = "B2E14C5C79C6DF5B85F4FE7ED8DB7A262B9DA7E07CCB0EA9F4747B8CCDA8A4F3"
	exampleE       = "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
	exampleK       = "59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21"
	exampleR       = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
	exampleS       = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
	curveP         = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF"
	curveN         = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123"
	exampleMessage = "message digest"
)

var zeros = strings.Repeat("00", 32)

func id() []byte { return []byte(sm.DefaultID) }

// fixedNonce makes a signature use the nonce k, in hexadecimal.
func fixedNonce(k string) io.Reader {
	return bytes.NewReader(plus(k, -1).FillBytes(make([]byte, 40)))
}

// plus is the number in hexadecimal, plus n.
func plus(hexadecimal string, n int64) *big.Int {
	i, ok := new(big.Int).SetString(hexadecimal, 16)
	if !ok {
		panic("not hexadecimal: " + hexadecimal)
	}
	return i.Add(i, big.NewInt(n))
}

func TestSM2Standard(t *testing.T) {
	private, err := sm.ParsePrivateKey(unhex(t, exampleKey))
	require.NoError(t, err)
	require.Equal(t, exampleKey, upper(private.Bytes()))
	key := private.Public()
	require.Equal(t, exampleX+exampleY, upper(key.Bytes()))

	message := []byte(exampleMessage)
	want, err := sm.SM3(unhex(t, exampleZ), message)
	require.NoError(t, err)
	require.Equal(t, exampleE, upper(want[:]))
	e, err := key.Digest(id(), message)
	require.NoError(t, err)
	require.Equal(t, exampleE, upper(e[:]))

	s, err := private.Sign(fixedNonce(exampleK), id(), message)
	require.NoError(t, err)
	require.Equal(t, exampleR+exampleS, upper(s[:]))
	require.NoError(t, key.Verify(id(), message, s))
	require.NoError(t, key.VerifyDigest(e, s))
}

// TestCarryOfReduction is a valid signature that a fast reduction with a lost carry refuses (emmansun/gmsm
// issue 560; 0.31.0 and 0.41.1 have it on CPUs with BMI2 and ADX, as had GmSSL).
func TestCarryOfReduction(t *testing.T) {
	key, err := sm.ParsePublicKey(unhex(t, "04ef4de57af00ae424c00c4caadff7193f804a19dd73a7e2954db9d0d15ab4cbba"+
		"67728c3f4572878b7a674735da9fde1682fe2d9e0799c4a5cde57e3d473039a2"))
	require.NoError(t, err)
	s, err := sm.ParseSignatureDER(unhex(t, "3046022100BE0EA64E1EC06F0D247093F3CCBBADCFB6260224272F86DDB78326E7CD6C7560"+
		"022100E9F6AB2FCC48A2CEF94838E66B5C7E21FD8E4DE25990DD98CA5243F4966F2853"))
	require.NoError(t, err)
	require.NoError(t, key.VerifyDigest([32]byte{}, s))
}

func TestVerifyRefuses(t *testing.T) {
	private, err := sm.ParsePrivateKey(unhex(t, exampleKey))
	require.NoError(t, err)
	key := private.Public()
	s, err := sm.ParseSignature(unhex(t, exampleR+exampleS))
	require.NoError(t, err)
	other, err := sm.GenerateKey(nil)
	require.NoError(t, err)
	flipped := s
	flipped[63] ^= 1
	for _, row := range []struct {
		name        string
		key         sm.PublicKey
		id, message string
		s           sm.Signature
		want        error
	}{
		{"another message", key, sm.DefaultID, "message digesT", s, sm.ErrVerification},
		{"another user id", key, "1234567812345679", exampleMessage, s, sm.ErrVerification},
		{"another key", other.Public(), sm.DefaultID, exampleMessage, s, sm.ErrVerification},
		{"another signature", key, sm.DefaultID, exampleMessage, flipped, sm.ErrVerification},
		{"no key", sm.PublicKey{}, sm.DefaultID, exampleMessage, s, sm.ErrKey},
		{"no signature", key, sm.DefaultID, exampleMessage, sm.Signature{}, sm.ErrSignature},
		{"no user id", key, "", exampleMessage, s, sm.ErrID},
		{"user id too long", key, strings.Repeat("x", 8192), exampleMessage, s, sm.ErrID},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.ErrorIs(t, row.key.Verify([]byte(row.id), []byte(row.message), row.s), row.want)
		})
	}
}

// TestPublicKeyRefuses covers that the library takes any point for a key. With (0,0) anybody forges signatures; a key
// beside the curve verifies none or makes the library panic; x + p is a second spelling of x.
func TestPublicKeyRefuses(t *testing.T) {
	xPlusP := func(x string) string { return fmt.Sprintf("%064X", new(big.Int).Add(plus(x, 0), plus(curveP, 0))) }
	small, err := smallX()
	require.NoError(t, err)
	for _, row := range []struct{ name, key string }{
		{"nothing", ""},
		{"a byte short", exampleX + exampleY[2:]},
		{"a byte too many", exampleX + exampleY + "00"},
		{"63 bytes after 04", "04" + exampleX + exampleY[2:]},
		{"compressed, as the standard has it", "03" + exampleX},
		{"hybrid form", "07" + exampleX + exampleY},
		{"infinity", "00"},
		{"infinity as zeros", zeros + zeros},
		{"04 and zeros", "04" + zeros + zeros},
		{"a blank file", strings.Repeat("FF", 64)},
		{"a blank file of 65 bytes", strings.Repeat("FF", 65)},
		{"beside the curve", exampleX + exampleY[:62] + "14"},
		{"x and y the wrong way round", exampleY + exampleX},
		{"y of the other root, one off", exampleX + fmt.Sprintf("%064X", new(big.Int).Sub(plus(curveP, 1), plus(exampleY, 0)))},
		{"x = p", curveP + exampleY},
		{"x + p", xPlusP(small[:64]) + small[64:]},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := sm.ParsePublicKey(unhex(t, row.key))
			require.ErrorIs(t, err, sm.ErrKey)
		})
	}
	_, err = sm.ParsePublicKey(unhex(t, small))
	require.NoError(t, err, "the point itself is a key, only its other spelling is not")
}

// smallX is a point of the curve, X‖Y in hexadecimal, whose x has a second spelling x + p in 32 bytes.
func smallX() (string, error) {
	p := plus(curveP, 0)
	b := plus("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93", 0)
	for x := int64(1); ; x++ {
		right := big.NewInt(x*x*x - 3*x)
		if y := new(big.Int).ModSqrt(right.Add(right, b).Mod(right, p), p); y != nil {
			return fmt.Sprintf("%064X%064X", x, y), nil
		}
	}
}

func TestSignatureRefuses(t *testing.T) {
	for _, row := range []struct {
		name string
		r, s *big.Int
	}{
		{"r = 0", big.NewInt(0), plus(exampleS, 0)},
		{"s = 0", plus(exampleR, 0), big.NewInt(0)},
		{"both 0", big.NewInt(0), big.NewInt(0)},
		{"r = n", plus(curveN, 0), plus(exampleS, 0)},
		{"s = n", plus(exampleR, 0), plus(curveN, 0)},
		{"s = n + 1", plus(exampleR, 0), plus(curveN, 1)},
		{"r + s = n", plus(exampleR, 0), new(big.Int).Sub(plus(curveN, 0), plus(exampleR, 0))},
		{"all FF", plus(strings.Repeat("FF", 32), 0), plus(strings.Repeat("FF", 32), 0)},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := sm.ParseSignature(rs(row.r, row.s))
			require.ErrorIs(t, err, sm.ErrSignature)
			_, err = sm.Signature(rs(row.r, row.s)).DER()
			require.ErrorIs(t, err, sm.ErrSignature)
		})
	}
	for _, n := range []int{0, 63, 65, 72} {
		_, err := sm.ParseSignature(make([]byte, n))
		require.ErrorIs(t, err, sm.ErrSignature, "%d bytes", n)
	}
}

func rs(r, s *big.Int) []byte {
	b := make([]byte, 64)
	r.FillBytes(b[:32])
	s.FillBytes(b[32:])
	return b
}
