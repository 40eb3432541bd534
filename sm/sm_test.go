package sm_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/sm"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func upper(b []byte) string { return fmt.Sprintf("%X", b) }

const (
	region     = "510100"
	historical = "0081544C968684510100000001"
	irkRoot    = "404142434445464748494A4B4C4D4E4F"
	rksRoot    = "505152535455565758595A5B5C5D5E5F"
)

// The values were computed with OpenSSL from the formulas, not with this package.
var knownAnswers = []struct {
	alg                                 sm.Algorithm
	province, city, card, session, auth string
	encrypted, header, mac, unblockMAC  string
	internal, external, tacKey          string
}{
	{
		alg:       sm.SM4,
		province:  "36D6C76EDDE9411A2E668D82A239BEDE",
		city:      "B2ACEFE27A77AB367FEB112F947676FC",
		card:      "764146913443E42CA12E66BE794A3C8E",
		session:   "DDD0D6D3098783979D14B9E2F356AF71",
		auth:      "F0363BA38F57052F",
		encrypted: "A2535EF2C29EBA564FCACBBA534FA73C",
		header:    "8424000114", mac: "AD3051E0", unblockMAC: "E718D310",
		internal: "CD4D57EC070CD94B", external: "C7FDDBEB3A95A6B4",
		tacKey: "764146913443E42CA12E66BE794A3C8E",
	},
	{
		alg:       sm.DES,
		province:  "77D1ED05D6FEE5D4FED5299AEC75BF88",
		city:      "CC05890EBF3BDC5569F66FA77A747F37",
		card:      "98C609BE4E43124FDE4BA2EB84E6E070",
		session:   "479A47F843EDC98A",
		auth:      "592E7FFE139EDFA3",
		encrypted: "A466225B66A96777",
		header:    "842400010C", mac: "E515A5C3", unblockMAC: "B6531C9C",
		internal: "9062C02EA5EE9BA4", external: "F993C2276DB6D78A",
		tacKey: "468DAB55CAA5F23F",
	},
}

func TestKnownAnswers(t *testing.T) {
	for _, want := range knownAnswers {
		t.Run(want.alg.String(), func(t *testing.T) {
			key := unhex(t, irkRoot)
			diversify := func(factor [8]byte, err error) string {
				require.NoError(t, err)
				key, err = sm.Diversify(want.alg, key, factor)
				require.NoError(t, err)
				return upper(key)
			}
			require.Equal(t, want.province, diversify(sm.ProvinceFactor(region)), "after L1")
			require.Equal(t, want.city, diversify(sm.CityFactor(region)), "after L2")
			require.Equal(t, want.card, diversify(sm.CardFactor(unhex(t, historical))), "card key")

			session, err := sm.SessionKey(want.alg, key, unhex(t, "1122334455667788"))
			require.NoError(t, err)
			require.Equal(t, want.session, upper(session))
			auth, err := sm.AuthData(want.alg, session, [8]byte(unhex(t, "99AABBCCDDEEFF00")))
			require.NoError(t, err)
			require.Equal(t, want.auth, upper(auth[:]))

			encrypted, err := sm.EncryptData(want.alg, session, unhex(t, "123456"))
			require.NoError(t, err)
			require.Equal(t, want.encrypted, upper(encrypted))
			decrypted, err := sm.DecryptData(want.alg, session, encrypted)
			require.NoError(t, err)
			require.Equal(t, "123456", upper(decrypted))
			mac, err := sm.MAC(want.alg, session, append(unhex(t, want.header), encrypted...))
			require.NoError(t, err)
			require.Equal(t, want.mac, upper(mac[:]))
			mac, err = sm.MAC(want.alg, session, unhex(t, "8424000004"))
			require.NoError(t, err)
			require.Equal(t, want.unblockMAC, upper(mac[:]))

			tacKey, err := sm.TACKey(want.alg, key)
			require.NoError(t, err)
			require.Equal(t, want.tacKey, upper(tacKey))
		})
	}
}

// TestAuthentication follows the two authentications of a whole session.
func TestAuthentication(t *testing.T) {
	for _, want := range knownAnswers {
		for _, row := range []struct{ name, root, factor, original, want string }{
			{"internal", irkRoot, "B0B1B2B3B4B5B6B7", "A0A1A2A3A4A5A6A7", want.internal},
			{"external", rksRoot, "D0D1D2D3D4D5D6D7", "C0C1C2C3C4C5C6C7", want.external},
		} {
			t.Run(want.alg.String()+" "+row.name, func(t *testing.T) {
				key, err := sm.CardKey(want.alg, unhex(t, row.root), region, unhex(t, historical))
				require.NoError(t, err)
				session, err := sm.SessionKey(want.alg, key, unhex(t, row.factor))
				require.NoError(t, err)
				auth, err := sm.AuthData(want.alg, session, [8]byte(unhex(t, row.original)))
				require.NoError(t, err)
				require.Equal(t, row.want, upper(auth[:]))
			})
		}
	}
}

func TestSessionKeyPadsShortChallenges(t *testing.T) {
	key := unhex(t, irkRoot)
	for _, row := range []struct {
		name          string
		alg           sm.Algorithm
		short, padded string
	}{
		{"DES, 4 bytes", sm.DES, "01020304", "0102030400000000"},
		{"SM4, 4 bytes", sm.SM4, "01020304", "01020304000000000000000000000000"},
		{"SM4, 8 bytes", sm.SM4, "0102030405060708", "01020304050607080000000000000000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			short, err := sm.SessionKey(row.alg, key, unhex(t, row.short))
			require.NoError(t, err)
			padded, err := sm.SessionKey(row.alg, key, unhex(t, row.padded))
			require.NoError(t, err)
			require.Equal(t, padded, short)
		})
	}
}

func TestFactors(t *testing.T) {
	for _, row := range []struct{ name, region, province, city string }{
		{"Chengdu", "510100", "510000sh", "510100sx"},
		{"Zhejiang, a county", "330182", "330000sh", "330100sx"},
		{"Beijing", "110105", "110000sh", "110105sx"},
	} {
		t.Run(row.name, func(t *testing.T) {
			province, err := sm.ProvinceFactor(row.region)
			require.NoError(t, err)
			require.Equal(t, row.province, string(province[:]))
			city, err := sm.CityFactor(row.region)
			require.NoError(t, err)
			require.Equal(t, row.city, string(city[:]))
		})
	}
	card, err := sm.CardFactor(unhex(t, historical))
	require.NoError(t, err)
	require.Equal(t, "8684510100000001", upper(card[:]))
}

func TestSM4Standard(t *testing.T) {
	// GM/T 0002 annex A. A session key for a 16-byte challenge is one bare block.
	key := unhex(t, "0123456789ABCDEFFEDCBA9876543210")
	block, err := sm.SessionKey(sm.SM4, key, key)
	require.NoError(t, err)
	require.Equal(t, "681EDF34D206965E86B3E94F536E4246", upper(block))
}

func TestSM3Standard(t *testing.T) {
	for _, row := range []struct {
		name, want string
		parts      []string
	}{
		{"abc", "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0", []string{"abc"}},
		{"abc in parts", "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0", []string{"a", "", "bc"}},
		{"abcd 16 times", "DEBE9FF92275B8A138604889C18E5A4D6FDB70E5387E5765293DCBA39C0C5732", []string{strings.Repeat("abcd", 16)}},
		{"nothing", "1AB21D8355CFA17F8E61194831E81A8F22BEC8C728FEFB747ED035EB5082AA2B", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			var parts [][]byte
			for _, part := range row.parts {
				parts = append(parts, []byte(part))
			}
			digest, err := sm.SM3(parts...)
			require.NoError(t, err)
			require.Equal(t, row.want, upper(digest[:]))
		})
	}
}

func TestRefusedInputs(t *testing.T) {
	key := make([]byte, 16)
	factor := [8]byte{}
	calls := map[string]func(alg sm.Algorithm, key []byte) error{
		"Diversify":   func(alg sm.Algorithm, key []byte) error { _, err := sm.Diversify(alg, key, factor); return err },
		"SessionKey":  func(alg sm.Algorithm, key []byte) error { _, err := sm.SessionKey(alg, key, key[:4]); return err },
		"AuthData":    func(alg sm.Algorithm, key []byte) error { _, err := sm.AuthData(alg, key, factor); return err },
		"MAC":         func(alg sm.Algorithm, key []byte) error { _, err := sm.MAC(alg, key, nil); return err },
		"EncryptData": func(alg sm.Algorithm, key []byte) error { _, err := sm.EncryptData(alg, key, nil); return err },
		"DecryptData": func(alg sm.Algorithm, key []byte) error {
			_, err := sm.DecryptData(alg, key, make([]byte, 16))
			return err
		},
		"EncryptBlocks": func(alg sm.Algorithm, key []byte) error {
			_, err := sm.EncryptBlocks(alg, key, make([]byte, 16))
			return err
		},
		"ChainBlocks": func(alg sm.Algorithm, key []byte) error {
			_, err := sm.ChainBlocks(alg, key, make([]byte, 16), make([]byte, 16))
			return err
		},
		"ShortMAC": func(alg sm.Algorithm, key []byte) error { _, err := sm.ShortMAC(alg, key); return err },
		"TACKey":   func(alg sm.Algorithm, key []byte) error { _, err := sm.TACKey(alg, key); return err },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			for _, alg := range []sm.Algorithm{sm.SSF33, 0, 4, 0xFF} {
				require.ErrorIs(t, call(alg, key), sm.ErrAlgorithm)
			}
			for _, n := range []int{4, 7, 9, 15, 17, 24, 32} {
				for _, alg := range []sm.Algorithm{sm.DES, sm.SM4} {
					var wrong *sm.LengthError
					require.ErrorAs(t, call(alg, make([]byte, n)), &wrong)
					require.Equal(t, n, wrong.Len)
				}
			}
		})
	}
}

func TestRefusedLengths(t *testing.T) {
	key := make([]byte, 16)
	for _, row := range []struct {
		name string
		call func() error
		what string
	}{
		{"no challenge", func() error { _, err := sm.SessionKey(sm.SM4, key, nil); return err }, "challenge"},
		{"challenge of 5 bytes", func() error { _, err := sm.SessionKey(sm.SM4, key, key[:5]); return err }, "challenge"},
		{"challenge too long for DES", func() error { _, err := sm.SessionKey(sm.DES, key, key); return err }, "challenge"},
		{"too much data", func() error { _, err := sm.EncryptData(sm.SM4, key, make([]byte, 256)); return err }, "data"},
		{"no blocks", func() error { _, err := sm.EncryptBlocks(sm.SM4, key, nil); return err }, "SM4 blocks"},
		{"half a block", func() error { _, err := sm.DecryptData(sm.SM4, key, key[:8]); return err }, "SM4 blocks"},
		{"half an initial block", func() error { _, err := sm.ChainBlocks(sm.SM4, key, key[:8], key); return err }, "initial block"},
		{"ATR for historical bytes", func() error { _, err := sm.CardKey(sm.SM4, key, region, make([]byte, 18)); return err }, "historical bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var wrong *sm.LengthError
			require.ErrorAs(t, row.call(), &wrong)
			require.Equal(t, row.what, wrong.What)
		})
	}
	for _, bad := range []string{"", "51010", "5101000", "51010A", "３３０１", "-10100"} {
		_, err := sm.CardKey(sm.SM4, key, bad, unhex(t, historical))
		require.ErrorIs(t, err, sm.ErrRegion, bad)
		_, err = sm.CityFactor(bad)
		require.ErrorIs(t, err, sm.ErrRegion, bad)
	}
}

func TestAlgorithmNames(t *testing.T) {
	for _, row := range []struct {
		alg        sm.Algorithm
		name, code string
	}{
		{sm.DES, "DES", "01"},
		{sm.SSF33, "SSF33", "02"},
		{sm.SM4, "SM4", "03"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.name, row.alg.String())
			require.Equal(t, row.code, row.alg.Code())
			alg, err := sm.ParseAlgorithm(row.name)
			require.NoError(t, err)
			require.Equal(t, row.alg, alg)
		})
	}
	for _, bad := range []string{"", "AES", "sm4", "03"} {
		_, err := sm.ParseAlgorithm(bad)
		require.ErrorIs(t, err, sm.ErrAlgorithm)
	}
	require.Equal(t, "7F", sm.Algorithm(0x7F).String())
}

// TestEncryptDataFillsBlocks shows that data which fills its last block gets no padding.
func TestEncryptDataFillsBlocks(t *testing.T) {
	key := make([]byte, 16)
	for _, row := range []struct {
		name     string
		alg      sm.Algorithm
		key      []byte
		in, want int
	}{
		{"DES, full", sm.DES, key[:8], 7, 8},
		{"DES, one over", sm.DES, key[:8], 8, 16},
		{"SM4, full", sm.SM4, key, 15, 16},
		{"SM4, one over", sm.SM4, key, 16, 32},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, err := sm.EncryptData(row.alg, row.key, make([]byte, row.in))
			require.NoError(t, err)
			require.Len(t, out, row.want)
		})
	}
}

// TestDecryptDataLaw shows that DecryptData gives back what EncryptData took, whatever its length.
func TestDecryptDataLaw(t *testing.T) {
	key := unhex(t, irkRoot)
	for _, row := range []struct {
		alg     sm.Algorithm
		session []byte
	}{{sm.DES, key[:8]}, {sm.SM4, key}} {
		for n := range 256 {
			data := bytes.Repeat([]byte{0x80}, n)
			encrypted, err := sm.EncryptData(row.alg, row.session, data)
			require.NoError(t, err)
			got, err := sm.DecryptData(row.alg, row.session, encrypted)
			require.NoError(t, err)
			require.Equal(t, upper(data), upper(got), "%s, %d bytes", row.alg, n)
		}
	}
}

func TestDecryptDataRefusesOtherPadding(t *testing.T) {
	key := make([]byte, 16)
	for _, row := range []struct{ name, blocks string }{
		{"no mark", "03123456000000000000000000000000"},
		{"something behind the mark", "03123456800000000000000000000001"},
		{"longer than its blocks", "10123456800000000000000000000000"},
		{"a block too many", "0312345680000000000000000000000000000000000000000000000000000000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			encrypted, err := sm.EncryptBlocks(sm.SM4, key, unhex(t, row.blocks))
			require.NoError(t, err)
			_, err = sm.DecryptData(sm.SM4, key, encrypted)
			require.ErrorIs(t, err, sm.ErrPlaintext)
		})
	}
}

// TestChainInPieces shows that a chain of blocks comes to the same as the MAC in one go.
func TestChainInPieces(t *testing.T) {
	key, message := unhex(t, irkRoot), unhex(t, "8424000114"+strings.Repeat("0312345680000000", 3))
	for _, row := range []struct {
		alg     sm.Algorithm
		session []byte
	}{{sm.DES, key[:8]}, {sm.SM4, key}} {
		t.Run(row.alg.String(), func(t *testing.T) {
			want, err := sm.MAC(row.alg, row.session, message)
			require.NoError(t, err)
			size := len(row.session)
			chain, padded := make([]byte, size), append(message, 0x80, 0, 0)
			for ; len(padded) > 0; padded = padded[size:] {
				chain, err = sm.ChainBlocks(row.alg, row.session, chain, padded[:size])
				require.NoError(t, err)
			}
			got, err := sm.ShortMAC(row.alg, chain)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	key := bytes.Repeat([]byte{0x5A}, 16)
	want, err := sm.MAC(sm.SM4, key, key)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				if mac, err := sm.MAC(sm.SM4, key, key); err != nil || mac != want {
					t.Errorf("MAC %X, %v", mac, err)
					return
				}
			}
		})
	}
	wg.Wait()
}
