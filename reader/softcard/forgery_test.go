package softcard_test

import (
	"bytes"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/apdu/tlv"
	"sscard/reader/softcard"
	"sscard/sm"
)

func forgery(t testing.TB, text string) softcard.Forgery {
	t.Helper()
	f, err := softcard.ParseForgery(text)
	require.NoError(t, err)
	return f
}

// order is n of GB/T 32918.5.
const order = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123"

// half is r or s of a number in hexadecimal.
func half(t *testing.T, hex string) []byte {
	t.Helper()
	n, ok := new(big.Int).SetString(hex, 16)
	require.True(t, ok)
	return n.FillBytes(make([]byte, 32))
}

// der is SEQUENCE { INTEGER, INTEGER } of r ∥ s.
func der(rs []byte) []byte {
	var body []byte
	for _, half := range [][]byte{rs[:32], rs[32:]} {
		half = bytes.TrimLeft(half, "\x00")
		if len(half) == 0 || half[0] >= 0x80 {
			half = append([]byte{0}, half...)
		}
		body = tlv.AppendBER(body, 0x02, half)
	}
	return tlv.AppendBER(nil, 0x30, body)
}

// twins are gen3 with its section sm2 begun otherwise, twice: with one key, and drawing the same numbers.
func twins(t testing.TB, sm2 string) (genuine, forged *softcard.Card) {
	t.Helper()
	description, key := describe(t, "gen3", "{form: internal", "{"+sm2), newKey(t)
	twin := func() *softcard.Card {
		card := parse(t, description, softcard.WithRandom(bytes.NewReader(bytes.Repeat([]byte{0x3C, 0x96, 0x5A}, 300))))
		require.NoError(t, card.Personalise("ACSE", key, nil))
		return card
	}
	return twin(), twin()
}

func TestForgedSignatures(t *testing.T) {
	overOrder := order[:63] + "4"
	m, e := unhex(t, challenge), [32]byte(unhex(t, challenge))
	for _, row := range []struct {
		forgery string
		rs      func(rs []byte) []byte    // what becomes of r ∥ s; nil: nothing
		laid    func(rs, b []byte) []byte // what becomes of its layout; nil: nothing
	}{
		{"flip@0", func(rs []byte) []byte { rs[0] ^= 0x80; return rs }, nil},
		{"flip@17", func(rs []byte) []byte { rs[2] ^= 0x40; return rs }, nil},
		{"flip@511", func(rs []byte) []byte { rs[63] ^= 0x01; return rs }, nil},
		{"r=0", func(rs []byte) []byte { return append(half(t, "0"), rs[32:]...) }, nil},
		{"r=n", func(rs []byte) []byte { return append(half(t, order), rs[32:]...) }, nil},
		{"r=n+1", func(rs []byte) []byte { return append(half(t, overOrder), rs[32:]...) }, nil},
		{"s=0", func(rs []byte) []byte { return append(rs[:32], half(t, "0")...) }, nil},
		{"s=n", func(rs []byte) []byte { return append(rs[:32], half(t, order)...) }, nil},
		{"s=n+1", func(rs []byte) []byte { return append(rs[:32], half(t, overOrder)...) }, nil},
		{"r+s=n", func(rs []byte) []byte {
			r, n := new(big.Int).SetBytes(rs[:32]), new(big.Int).SetBytes(half(t, order))
			return append(rs[:32], n.Sub(n, r).FillBytes(make([]byte, 32))...)
		}, nil},
		{"short", nil, func(_, b []byte) []byte { return b[:len(b)-1] }},
		{"long", nil, func(_, b []byte) []byte { return append(b, 0) }},
		{"der-junk", nil, func(rs, _ []byte) []byte { return append(der(rs), 0x5A, 0x5B, 0x58, 0x59) }},
	} {
		for _, form := range []string{"internal", "pso", "dda", "vendor"} {
			for layout := range layouts {
				t.Run(row.forgery+" "+form+" "+layout, func(t *testing.T) {
					genuine, forged := twins(t, "form: "+form+", layout: "+layout)
					require.NoError(t, forged.Forge(forgery(t, row.forgery)))
					wantDynamic, b := cut(t, form, sign(t, genuine, form, m, e))
					rs := b
					if layout == "der" {
						s, err := sm.ParseSignatureDER(b)
						require.NoError(t, err)
						rs = s[:]
					}
					want := b
					switch {
					case row.rs != nil && layout == "der":
						want = der(row.rs(rs))
					case row.rs != nil:
						want = row.rs(rs)
					default:
						want = row.laid(rs, b)
					}
					dynamic, got := cut(t, form, sign(t, forged, form, m, e))
					require.Equal(t, apdu.Hex(wantDynamic), apdu.Hex(dynamic))
					require.Equal(t, apdu.Hex(want), apdu.Hex(got))
				})
			}
		}
	}
}

func TestForgedSignaturesDoNotVerify(t *testing.T) {
	m, id := unhex(t, challenge), []byte(sm.DefaultID)
	for _, row := range []struct {
		forgery string
		want    error
	}{
		{"flip@300", sm.ErrVerification}, {"other-key", sm.ErrVerification},
		{"r=0", sm.ErrSignature}, {"r=n", sm.ErrSignature}, {"r=n+1", sm.ErrSignature},
		{"s=0", sm.ErrSignature}, {"s=n", sm.ErrSignature}, {"s=n+1", sm.ErrSignature}, {"r+s=n", sm.ErrSignature},
		{"short", sm.ErrSignature}, {"long", sm.ErrSignature}, {"der-junk", sm.ErrSignature},
	} {
		t.Run(row.forgery, func(t *testing.T) {
			card, key := signing(t, "form: internal")
			require.NoError(t, card.Forge(forgery(t, row.forgery)))
			s, err := sm.ParseSignature(sign(t, card, "internal", m, [32]byte{}))
			if err == nil {
				err = key.Verify(id, m, s)
			}
			require.ErrorIs(t, err, row.want)
		})
	}
}

func TestForgedReplay(t *testing.T) {
	for _, form := range []string{"internal", "dda"} {
		t.Run(form, func(t *testing.T) {
			card, key := signing(t, "form: "+form)
			require.NoError(t, card.Forge(forgery(t, "replay")))
			m, other := unhex(t, challenge), unhex(t, challenge)
			other[0]++
			first := sign(t, card, form, m, [32]byte{})
			dynamic, rs := cut(t, form, first)
			s, err := sm.ParseSignature(rs)
			require.NoError(t, err)
			require.NoError(t, key.Verify([]byte(sm.DefaultID), append(dynamic, m...), s), "the first is genuine")
			require.Equal(t, first, sign(t, card, form, other, [32]byte{}))
			card.Reset()
			require.Equal(t, first, sign(t, card, form, other, [32]byte{}), "after a reset")

			require.NoError(t, card.Forge(forgery(t, "replay")))
			require.NotEqual(t, first, sign(t, card, form, other, [32]byte{}), "begun anew")
		})
	}
}

func TestForgedRefusal(t *testing.T) {
	card, _ := signing(t, "form: pso")
	require.NoError(t, card.Forge(forgery(t, "refuse:6F00")))
	play(t, card, []row{
		{"ACSE", selectACSE, "6F…"}, {"key", setKey, "9000"}, {"P1", "002A009A20" + challenge, "6A86"}, {"signature", signHash, "6F00"},
		{"", reset, ""}, {"ACSE", selectACSE, "6F…"}, {"key", setKey, "9000"}, {"still", signHash, "6F00"},
	})
	require.NoError(t, card.Forge(softcard.Forgery{}))
	play(t, card, []row{{"genuine again", signHash[:len(signHash)-2] + "20", "6C40"}})
}

// TestForgedOverT0 shows a forgery in the manners of T=0 and under a fault.
func TestForgedOverT0(t *testing.T) {
	card, _ := signing(t, "form: internal", "applications:", "quirks: {manners: t0}\napplications:")
	require.NoError(t, card.Forge(forgery(t, "long")))
	play(t, softcard.WithFault(card, softcard.Fault{Kind: softcard.NoAnswer, At: 2}), []row{
		{"ACSE", selectACSE, "6112"}, {"the fault", signIt, ""}, {"65 bytes", signIt, "6141"},
	})
	require.Len(t, sign(t, card, "internal", unhex(t, challenge), [32]byte{}), 65)
}

// certificateFile reads EF15.
func certificateFile(t testing.TB, card apdu.Transmitter) (content []byte) {
	t.Helper()
	channel := apdu.NewChannel(card)
	_, err := channel.Do(t.Context(), "SELECT", apdu.SelectDF(unhex(t, selectACSE)[5:]))
	require.NoError(t, err)
	_, err = channel.Do(t.Context(), "SELECT", apdu.SelectFile(apdu.SelectEFByID, 0xEF15))
	require.NoError(t, err)
	for {
		resp, err := channel.Send(t.Context(), apdu.ReadBinary(uint16(len(content)), 256))
		require.NoError(t, err)
		if resp.SW == 0x6B00 {
			return content
		}
		require.Equal(t, apdu.StatusWord(0x9000), resp.SW)
		content = append(content, resp.Data...)
	}
}

func TestForgedCertificates(t *testing.T) {
	genuine := certificateFile(t, open(t, "gen3"))
	require.Len(t, genuine, 1024)
	flipped := func(bit int) []byte {
		b := slices.Clone(genuine)
		b[bit/8] ^= 1 << (7 - bit%8)
		return b
	}
	for _, manners := range []string{"", "quirks: {manners: t0}\n"} {
		for _, row := range []struct {
			forgery string
			want    []byte
		}{
			{"certificate-flip@0", flipped(0)},
			{"certificate-flip@2001", flipped(2001)},
			{"certificate-flip@8191", flipped(8191)},
			{"certificate-blank", bytes.Repeat([]byte{0xFF}, 1024)},
			{"certificate=3003020105", append(unhex(t, "3003020105"), make([]byte, 1019)...)},
			{"certificate=", make([]byte, 1024)},
			{"certificate=" + strings.Repeat("AB", 2000), bytes.Repeat([]byte{0xAB}, 2000)},
		} {
			t.Run(row.forgery[:min(len(row.forgery), 30)]+" "+manners, func(t *testing.T) {
				card, key := signing(t, "form: internal", "applications:", manners+"applications:")
				require.NoError(t, card.Forge(forgery(t, row.forgery)))
				require.Equal(t, apdu.Hex(row.want), apdu.Hex(certificateFile(t, card)))
				card.Reset()
				require.Equal(t, row.want, certificateFile(t, card), "after a reset")
				s, err := sm.ParseSignature(sign(t, card, "internal", unhex(t, challenge), [32]byte{}))
				require.NoError(t, err)
				require.NoError(t, key.Verify([]byte(sm.DefaultID), unhex(t, challenge), s), "signatures are genuine")
			})
		}
	}
	for _, row := range []struct {
		forgery, start string
		size           int
	}{
		{"certificate-junk", "5A5B5859", 1024},
		{"certificate-4k", "30820FFC 5A5B5859", 4096},
	} {
		t.Run(row.forgery, func(t *testing.T) {
			card := open(t, "gen3")
			require.NoError(t, card.Forge(forgery(t, row.forgery)))
			got := certificateFile(t, card)
			require.Len(t, got, row.size)
			require.True(t, bytes.HasPrefix(got, unhex(t, row.start)))
			cut, err := sm.CutCertificate(got)
			if err == nil {
				_, err = sm.ParseCertificate(cut)
			}
			require.ErrorIs(t, err, sm.ErrCertificate)
		})
	}
}

// TestForgeriesStack shows that a forged certificate and a forged signature go together, and that of two
// forged signatures the last holds.
func TestForgeriesStack(t *testing.T) {
	card, _ := signing(t, "form: internal")
	for _, text := range []string{"short", "certificate-blank", "long"} {
		require.NoError(t, card.Forge(forgery(t, text)))
	}
	require.Len(t, sign(t, card, "internal", unhex(t, challenge), [32]byte{}), 65)
	require.Equal(t, byte(0xFF), certificateFile(t, card)[0])
}

func TestForgeWhatCannotBe(t *testing.T) {
	require.ErrorIs(t, open(t, "gen2").Forge(forgery(t, "flip@0")), softcard.ErrNotSigning)
	require.ErrorIs(t, open(t, "psam").Forge(forgery(t, "certificate-blank")), softcard.ErrNotSigning)
	card := open(t, "gen3")
	err := card.Forge(forgery(t, "certificate-flip@8192"))
	require.ErrorIs(t, err, softcard.ErrForgery)
	require.Equal(t, "softcard: not a forgery: certificate-flip@8192: the file has 1024 bytes", err.Error())
	bare := parse(t, describe(t, "gen2", "applications:", uncertified))
	require.ErrorIs(t, bare.Forge(forgery(t, "certificate-blank")), softcard.ErrForgery)
	dry := open(t, "gen3", softcard.WithRandom(bytes.NewReader(nil)))
	require.ErrorIs(t, dry.Forge(forgery(t, "other-key")), io.EOF)
}

func TestParseForgery(t *testing.T) {
	require.Equal(t, []string{
		"flip@N", "r=0", "r=n", "r=n+1", "s=0", "s=n", "s=n+1", "r+s=n", "short", "long", "der-junk", "replay", "other-key", "refuse:SW",
		"certificate-flip@N", "certificate-junk", "certificate-blank", "certificate-4k", "certificate=HEX",
	}, softcard.Forgeries())
	arguments := strings.NewReplacer("@N", "@511", ":SW", ":6A88", "=HEX", "=30 00")
	for _, form := range softcard.Forgeries() {
		text := arguments.Replace(form)
		require.Equal(t, text, forgery(t, text).String())
	}
	for _, bad := range []string{
		"", "flip", "flip@", "flip@-1", "flip@512", "flip@x", "flip=1", "flip@1 ", "Flip@1", "r=", "r=1", "r=n+2", "r+s=0", "short@1", "replay:1",
		"refuse", "refuse:", "refuse:69", "refuse@6982", "refuse:69820", "certificate", "certificate=3", "certificate-flip", "certificate-flip@262144",
		"certificate=" + strings.Repeat("00", 1<<15+1), "certificate-8k", "burn",
	} {
		_, err := softcard.ParseForgery(bad)
		require.ErrorIs(t, err, softcard.ErrForgery, "%.40s", bad)
	}
	_, err := softcard.ParseForgery("burn")
	require.ErrorContains(t, err, strings.Join(softcard.Forgeries(), " "))
}
