package softcard_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/apdu/tlv"
	"sscard/reader/softcard"
	"sscard/sm"
)

const (
	selectACSE = "00A4040006D1560000050A"
	challenge  = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"
	signIt     = "0088000120" + challenge + "40"
	setKey     = "002241B603 840101"
	signHash   = "002A9E9A20" + challenge + "40"
	signVendor = "804C000126 C2020013 C120" + challenge + "40"
)

// signing is gen3 with a key of its own, with the section sm2 begun otherwise and with more replaced.
func signing(t testing.TB, sm2 string, oldnew ...string) (*softcard.Card, sm.PublicKey) {
	t.Helper()
	card := parse(t, describe(t, "gen3", append(oldnew, "{form: internal", "{"+sm2)...))
	key := newKey(t)
	require.NoError(t, card.Personalise("ACSE", key, nil))
	return card, key.Public()
}

func newKey(t testing.TB) sm.PrivateKey {
	t.Helper()
	key, err := sm.GenerateKey(nil)
	require.NoError(t, err)
	return key
}

// sign selects the application and has it sign m, as the form has it, for a terminal that makes e where
// the form wants it. It gives the data of the answer.
func sign(t testing.TB, card apdu.Transmitter, form string, m []byte, e [32]byte) []byte {
	t.Helper()
	channel := apdu.NewChannel(card)
	var answer []byte
	for _, cmd := range append([]apdu.Command{apdu.SelectDF(unhex(t, selectACSE)[5:])}, map[string][]apdu.Command{
		"internal": {{INS: 0x88, P2: 0x01, Data: m, Ne: 256}},
		"pso": {
			{INS: 0x22, P1: 0x41, P2: 0xB6, Data: unhex(t, "840101")},
			{INS: 0x2A, P1: 0x9E, P2: 0x9A, Data: e[:], Ne: 256},
		},
		"dda":    {{INS: 0x88, Data: m, Ne: 256}},
		"vendor": {{CLA: 0x80, INS: 0x4C, P2: 0x01, Data: append(unhex(t, "C2020013C120"), e[:]...), Ne: 256}},
	}[form]...) {
		var err error
		answer, err = channel.Do(t.Context(), cmd.String(), cmd)
		require.NoError(t, err)
	}
	return answer
}

// dynamicLength is what the form dda gives before the signature.
const dynamicLength = 12

// cut is what the card signed before the challenge, and the signature.
func cut(t testing.TB, form string, answer []byte) (dynamic, signature []byte) {
	t.Helper()
	if form != "dda" {
		return nil, answer
	}
	value, found, err := tlv.Find(answer, 0x77, 0x9F4B)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, tlv.AppendBER(nil, 0x77, tlv.AppendBER(nil, 0x9F4B, value)), answer, "nothing else")
	return value[:dynamicLength:dynamicLength], value[dynamicLength:]
}

// layouts are the ways to write a signature, and how each is read.
var layouts = map[string]func([]byte) (sm.Signature, error){"rs": sm.ParseSignature, "der": sm.ParseSignatureDER}

func TestSign(t *testing.T) {
	m := unhex(t, challenge)
	for _, manners := range []string{"", "quirks: {manners: t0}\n"} {
		for _, form := range []string{"internal", "pso", "dda", "vendor"} {
			for layout, parseSignature := range layouts {
				t.Run(form+" "+layout+" "+manners, func(t *testing.T) {
					card, key := signing(t, "form: "+form+", layout: "+layout, "applications:", manners+"applications:")
					e, err := key.Digest([]byte(sm.DefaultID), m)
					require.NoError(t, err)
					dynamic, signature := cut(t, form, sign(t, card, form, m, e))
					s, err := parseSignature(signature)
					require.NoError(t, err)
					require.NoError(t, key.Verify([]byte(sm.DefaultID), append(dynamic, m...), s))
				})
			}
		}
	}
}

// TestSignTheExample shows the signature of GB/T 32918.5 §A.2, made with the key and the random number given there
// over the digest given there.
func TestSignTheExample(t *testing.T) {
	const (
		key    = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
		random = "0000000000000000 59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC20" // one less
		digest = "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
		want   = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3" +
			"B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
	)
	for _, form := range []string{"pso", "vendor"} {
		t.Run(form, func(t *testing.T) {
			d, err := sm.ParsePrivateKey(unhex(t, key))
			require.NoError(t, err)
			card := parse(t, describe(t, "gen3", "{form: internal", "{form: "+form), softcard.WithRandom(bytes.NewReader(unhex(t, random))))
			require.NoError(t, card.Personalise("ACSE", d, nil))
			require.Equal(t, want, apdu.Hex(sign(t, card, form, nil, [32]byte(unhex(t, digest)))))
			play(t, card, []row{{"random source at its end", map[string]string{"pso": signHash, "vendor": signVendor}[form], "6985"}})
		})
	}
}

func TestSignWithoutRandomNumbers(t *testing.T) {
	for _, source := range []struct{ form, command string }{{"internal", signIt}, {"dda", "0088000020" + challenge + "00"}} {
		t.Run(source.form, func(t *testing.T) {
			card := parse(t, describe(t, "gen3", "form: internal", "form: "+source.form), softcard.WithRandom(bytes.NewReader(make([]byte, 8))))
			play(t, card, []row{{"ACSE", selectACSE, "6F…"}, {"8 bytes are too few", source.command, "6985"}, {"none", source.command, "6985"}})
		})
	}
}

func TestSignWithAnotherDigest(t *testing.T) {
	m := unhex(t, challenge)
	t.Run("user id", func(t *testing.T) {
		card, key := signing(t, `form: internal, id: "ALICE123@YAHOO.COM"`)
		s, err := sm.ParseSignature(sign(t, card, "internal", m, [32]byte{}))
		require.NoError(t, err)
		require.NoError(t, key.Verify([]byte("ALICE123@YAHOO.COM"), m, s))
		require.ErrorIs(t, key.Verify([]byte(sm.DefaultID), m, s), sm.ErrVerification)
	})
	t.Run("plain", func(t *testing.T) {
		card, key := signing(t, "form: internal, hash: plain")
		s, err := sm.ParseSignature(sign(t, card, "internal", m, [32]byte{}))
		require.NoError(t, err)
		e, err := sm.SM3(m)
		require.NoError(t, err)
		require.NoError(t, key.VerifyDigest(e, s))
	})
}

func TestSignCommands(t *testing.T) {
	const irk = "B0B1B2B3B4B5B6B7A0A1A2A3A4A5A6A7"
	ssse := []row{
		{"SSSE", selectSSSE, "6F…"}, {"the IRK still answers there", "0088000010" + irk, "CD4D57EC070CD94B9000"},
		{"MANAGE SECURITY ENVIRONMENT", setKey, "6D00"}, {"PERFORM SECURITY OPERATION is no CREDIT", signHash, "6E00"}, {"vendor", signVendor, "6D00"},
		{"INTERNAL AUTHENTICATE", signIt, "6A86"},
	}
	for _, script := range []struct {
		name, sm2 string
		rows      []row
	}{
		{"internal, nothing selected", "form: internal", []row{{"key", signIt, "6A86"}, {"challenge", "0088000020" + challenge + "40", "6700"}}},
		{"internal, elsewhere", "form: internal, hash: sm2", ssse},
		{"internal", "form: internal", []row{
			{"ACSE", selectACSE, "6F10 8406D1560000050A A5069F0C03860103 9000"},
			{"without Le", signIt[:len(signIt)-2], "…"}, {"a short Le", signIt[:len(signIt)-2] + "20", "6C40"},
			{"P1", "0088010120" + challenge, "6A86"}, {"another key", "0088000220" + challenge, "6A88"}, {"no key", "0088000020" + challenge, "6A88"},
			{"31 bytes", "008800011F" + challenge[2:], "6700"}, {"33 bytes", "0088000121 00" + challenge, "6700"}, {"no challenge", "0088000140", "6700"},
			{"class", "80" + signIt[2:], "6E00"}, {"no PSO", signHash, "6E00"}, {"no vendor", signVendor, "6D00"},
		}},
		{"internal, another key reference", `form: internal, reference: "05"`, []row{
			{"ACSE", selectACSE, "6F…"}, {"01", signIt, "6A88"}, {"05", "0088000520" + challenge + "20", "6C40"},
		}},
		{"pso, elsewhere", "form: pso", ssse},
		{"pso", "form: pso", []row{
			{"ACSE", selectACSE, "6F…"}, {"without a key", signHash, "6985"},
			{"MSE: P1", "002281B6 03 840101", "6A86"}, {"MSE: P2", "002241A4 03 840101", "6A86"},
			{"MSE: another key", "002241B6 03 840102", "6A88"}, {"MSE: another tag", "002241B6 03 830101", "6A80"},
			{"MSE: cut short", "002241B6 02 8401", "6A80"}, {"MSE: nothing", "002241B6", "6A80"}, {"still without", signHash, "6985"},
			{"MSE", setKey, "9000"}, {"P1", "002A9F9A20" + challenge, "6A86"}, {"P2", "002A9E9B20" + challenge, "6A86"},
			{"31 bytes", "002A9E9A1F" + challenge[2:], "6700"}, {"a short Le", signHash[:len(signHash)-2] + "20", "6C40"},
			{"the same application", selectACSE, "6F…"}, {"the key stays", signHash[:len(signHash)-2] + "20", "6C40"},
			{"SSSE", selectSSSE, "6F…"}, {"ACSE", selectACSE, "6F…"}, {"the key is gone", signHash, "6985"},
			{"MSE", setKey, "9000"}, {"", reset, ""}, {"ACSE", selectACSE, "6F…"}, {"gone with power", signHash, "6985"},
			{"class of CREDIT", "B0" + signHash[2:], "6E00"}, {"IRK", "0088000010" + irk, "CD4D57EC070CD94B9000"},
		}},
		{"dda", "form: dda", []row{
			{"ACSE", selectACSE, "6F…"}, {"a short Le", "0088000004 01020304 40", "6C51"}, {"P1", "0088010004 01020304", "6A86"},
			{"P2", "0088000104 01020304", "6A86"}, {"no data", "00880000 00", "6700"},
			{"a challenge of any length", "0088000001 AA 00", "774F9F4B4C 15040908…"},
		}},
		{"vendor, elsewhere", "form: vendor", ssse},
		{"vendor", "form: vendor", []row{
			{"ACSE", selectACSE, "6F…"}, {"a short Le", signVendor[:len(signVendor)-2] + "20", "6C40"},
			{"P1", "804C0101 26 C2020013 C120" + challenge, "6A86"}, {"P2", "804C0002 26 C2020013 C120" + challenge, "6A86"},
			{"another key", "804C0001 26 C2020015 C120" + challenge, "6A88"}, {"no key", "804C0001 22 C120" + challenge, "6A80"},
			{"no digest", "804C0001 04 C2020013", "6A80"}, {"31 bytes", "804C0001 25 C2020013 C11F" + challenge[2:], "6A80"},
			{"cut short", "804C0001 25 C2020013 C120" + challenge[2:], "6A80"}, {"class", "00" + signVendor[2:], "6E00"},
		}},
		{"with the PIN", "form: internal, use: PIN", []row{
			{"ACSE", selectACSE, "6F…"}, {"without", signIt, "6982"}, {"VERIFY", verifyRight, "9000"},
			{"with", signIt[:len(signIt)-2] + "20", "6C40"}, {"", reset, ""}, {"ACSE", selectACSE, "6F…"}, {"without", signIt, "6982"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) {
			card, _ := signing(t, script.sm2)
			play(t, card, script.rows)
		})
	}
	t.Run("a card that does not sign", func(t *testing.T) {
		play(t, open(t, "gen2"), []row{{"SSSE", selectSSSE, "6F…"}, {"PSO", signHash, "6E00"}, {"INTERNAL AUTHENTICATE", signIt, "6A86"}})
	})
}

// TestSignBytesOverT0 shows what a card in the manners of T=0 says for a signature and for a certificate.
func TestSignBytesOverT0(t *testing.T) {
	card, _ := signing(t, "form: internal", "applications:", "quirks: {manners: t0}\napplications:")
	play(t, card, []row{
		{"ACSE", selectACSE, "6112"}, {"the signature waits", signIt[:len(signIt)-2], "6140"}, {"too much", "00C0000041", "6C40"},
		{"half of it", "00C0000020", "…"}, {"the signature waits", signIt[:len(signIt)-2], "6140"},
		{"the certificate", "00B0950000", "3082…"}, {"its end", "00B003F600", "6C0A"}, {"its end", "00B003F60A", "00000000000000000000 9000"},
	})
}
