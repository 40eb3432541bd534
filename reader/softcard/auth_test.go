package softcard_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/sm"
)

const (
	wrongAnswer = "0082000A10 0000000000000000 C0C1C2C3C4C5C6C7"
	challenge8  = "0084000008"
	readName    = "00B2093020"
)

// prove authenticates with a key of a card that has SM4 and returns the status word.
func prove(t *testing.T, card softcard.Answerer, keyID byte, key []byte) string {
	t.Helper()
	return proveWith(t, sm.SM4, card, keyID, key)
}

func proveWith(t *testing.T, alg sm.Algorithm, card softcard.Answerer, keyID byte, key []byte) string {
	t.Helper()
	session, err := sm.SessionKey(alg, key, data(t, card, apdu.GetChallenge(8)))
	require.NoError(t, err)
	original := [8]byte{1, 2, 3}
	auth, err := sm.AuthData(alg, session, original)
	require.NoError(t, err)
	return tell(t, card, apdu.ExternalAuthenticate(keyID, auth, original))
}

// Roots of testdata.
const (
	rootRKSSSE  = "505152535455565758595A5B5C5D5E5F"
	rootSTKSSSE = "09112233445566778899AABBCCDDEEFF"
	rootPUK     = "10112233445566778899AABBCCDDEEFF"
	rootUKSSSE  = "12112233445566778899AABBCCDDEEFF"
	rootUK3DF02 = "46112233445566778899AABBCCDDEEFF"
	rootUK7DF01 = "30112233445566778899AABBCCDDEEFF"
	rootUK8DF03 = "3B112233445566778899AABBCCDDEEFF"
	rootRK1DF01 = "2E112233445566778899AABBCCDDEEFF"
	rootRK1DF04 = "2D112233445566778899AABBCCDDEEFF"
	rootRK2DF07 = "3F112233445566778899AABBCCDDEEFF"
)

// cardKey brings a root down to a card of Chengdu.
func cardKey(t *testing.T, alg sm.Algorithm, card softcard.Answerer, root string) []byte {
	t.Helper()
	historical, err := apdu.HistoricalBytes(card.ATR())
	require.NoError(t, err)
	key, err := sm.CardKey(alg, unhex(t, root), "510100", historical)
	require.NoError(t, err)
	return key
}

// gen3Key is the RKSSSE of gen3, the same over both interfaces.
func gen3Key(t *testing.T) []byte {
	t.Helper()
	return cardKey(t, sm.SM4, open(t, "gen3"), rootRKSSSE)
}

func TestSecurityStatus(t *testing.T) {
	for _, script := range []struct {
		name string
		rows []row
	}{
		{"reads EF06", []row{{"name", readName, "091E…"}}},
		{"reads the photo", []row{{"EF08", "00B0880004", "FFD8FFE09000"}}},
		{"outlives the same application", []row{{"SSSE", selectSSSE, "6F1C…"}, {"name", readName, "091E…"}}},
		{"ends with another application", []row{
			{"MF", selectMF, "9000"}, {"SSSE", selectSSSE, "6F1C…"}, {"name", readName, "6982"},
		}},
		{"ends with power", []row{{"", reset, ""}, {"SSSE", selectSSSE, "6F1C…"}, {"name", readName, "6982"}}},
		{"ends with a failure", []row{
			{"challenge", challenge8, "…"}, {"wrong", wrongAnswer, "63C2"}, {"name", readName, "6982"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) {
			card := open(t, "gen3")
			ask(t, card, selectSSSE)
			require.Equal(t, "6982", ask(t, card, readName))
			require.Equal(t, "9000", prove(t, card, 0x0A, gen3Key(t)))
			play(t, card, script.rows)
		})
	}
}

func TestAccessRules(t *testing.T) {
	key := unhex(t, "202122232425262728292A2B2C2D2E2F")
	description := describe(t, "gen3", "applications:", "applications:"+df04)
	const selectDF04, either, both = "00A4040006D15600000503", "00A4020002EF05", "00A4020002EF06"
	for _, row := range []struct {
		name          string
		pin, key      bool
		wantOr, wantB string
	}{
		{"nothing proven", false, false, "6982", "6982"},
		{"PIN", true, false, "8F01319000", "6982"},
		{"key", false, true, "8F01319000", "6982"},
		{"PIN and key", true, true, "8F01319000", "9001319000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			card := parse(t, description)
			if row.pin { // before SELECT: the PIN is the card's and outlives it
				require.Equal(t, "9000", ask(t, card, verifyRight))
			}
			ask(t, card, selectDF04)
			if row.key {
				require.Equal(t, "9000", prove(t, card, 0x84, key))
			}
			ask(t, card, either)
			require.Equal(t, row.wantOr, ask(t, card, "00B28F0003"))
			ask(t, card, both)
			require.Equal(t, row.wantB, ask(t, card, "00B2900003"))
		})
	}
}

func TestExternalAuthenticate(t *testing.T) {
	for _, script := range []struct {
		name string
		rows []row
	}{
		{"retry counter", []row{
			{"challenge", challenge8, "…"}, {"wrong", wrongAnswer, "63C2"},
			{"challenge", challenge8, "…"}, {"wrong", wrongAnswer, "63C1"},
			{"", reset, ""}, {"SSSE", selectSSSE, "6F1C…"},
			{"challenge", challenge8, "…"}, {"wrong", wrongAnswer, "63C0"},
			{"challenge", challenge8, "…"}, {"blocked", wrongAnswer, "6983"},
			{"blocked without a challenge", wrongAnswer, "6983"},
		}},
		{"challenge", []row{
			{"none", wrongAnswer, "6984"},
			{"one", challenge8, "…"}, {"wrong", wrongAnswer, "63C2"}, {"used", wrongAnswer, "6984"},
			{"another", challenge8, "…"}, {"the same application", selectSSSE, "6F1C…"}, {"still there", wrongAnswer, "63C1"},
			{"another", challenge8, "…"}, {"MF", selectMF, "9000"}, {"gone", wrongAnswer, "6984"},
			{"another", challenge8, "…"}, {"", reset, ""}, {"gone", wrongAnswer, "6984"},
		}},
		{"refused", []row{
			{"challenge", challenge8, "…"},
			{"P1", "0082010A10 0000000000000000 0000000000000000", "6A86"},
			{"no such key", "0082000B10 0000000000000000 0000000000000000", "6A88"},
			{"the IRK has no tries", "0082000010 0000000000000000 0000000000000000", "6A88"},
			{"8 bytes", "0082000A08 0000000000000000", "6700"},
			{"another version", "0082000A11 0000000000000000 0000000000000000 02", "6A88"},
			{"its version", "0082000A11 0000000000000000 0000000000000000 01", "63C2"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) {
			card := open(t, "gen3")
			ask(t, card, selectSSSE)
			play(t, card, script.rows)
		})
	}

	t.Run("success gives all tries back", func(t *testing.T) {
		card := open(t, "gen3")
		for range 4 {
			ask(t, card, challenge8)
			require.Equal(t, "63C2", ask(t, card, wrongAnswer))
			require.Equal(t, "9000", prove(t, card, 0x0A, gen3Key(t)))
		}
	})
}

func TestInternalAuthenticate(t *testing.T) {
	const data = "B0B1B2B3B4B5B6B7 A0A1A2A3A4A5A6A7"
	play(t, open(t, "gen3"), []row{
		{"without Le", "0088000010" + data, "CD4D57EC070CD94B9000"},
		{"with Le", "0088000010" + data + "08", "CD4D57EC070CD94B9000"},
		{"with Le=00", "0088000010" + data + "00", "CD4D57EC070CD94B9000"},
		{"with a short Le", "0088000010" + data + "04", "6C08"},
		{"key version", "0088000011" + data + "01", "CD4D57EC070CD94B9000"},
		{"another version", "0088000011" + data + "03", "6A88"},
		{"P1-P2", "0088000110" + data, "6A86"},
		{"8 bytes", "0088000008 B0B1B2B3B4B5B6B7", "6700"},
	})
	play(t, open(t, "gen1-t0"), []row{{"a card without keys", "0088000010" + data, "6A88"}})
}

func TestGetChallenge(t *testing.T) {
	random := bytes.NewReader(unhex(t, "000102030405060708090A0B0C0D0E0F 10111213 1415161718191A1B 1C"))
	play(t, open(t, "gen3", softcard.WithRandom(random)), []row{
		{"16 bytes", "0084000010", "000102030405060708090A0B0C0D0E0F9000"},
		{"4 bytes", "0084000004", "101112139000"},
		{"8 bytes", challenge8, "1415161718191A1B9000"},
		{"5 bytes", "0084000005", "6700"},
		{"no Le", "00840000", "6700"},
		{"P1-P2", "0084010008", "6A86"},
		{"random source at its end", "0084000004", "6985"},
	})
	card := open(t, "gen3")
	require.NotEqual(t, ask(t, card, challenge8), ask(t, card, challenge8))
}

// TestChallengeOfAnyLength shows that a challenge of 4 or 16 bytes makes a session key too, and that one
// too long for DES is refused.
func TestChallengeOfAnyLength(t *testing.T) {
	for _, row := range []struct{ name, algorithm, challenge, want string }{
		{"SM4, 4 bytes", "SM4", "0084000004", "63C2"},
		{"SM4, 16 bytes", "SM4", "0084000010", "63C2"},
		{"DES, 4 bytes", "DES", "0084000004", "63C2"},
		{"DES, 16 bytes", "DES", "0084000010", "6A81"},
	} {
		t.Run(row.name, func(t *testing.T) {
			card := parse(t, describe(t, "gen3", "algorithm: SM4", "algorithm: "+row.algorithm))
			ask(t, card, row.challenge)
			require.Equal(t, row.want, ask(t, card, wrongAnswer))
		})
	}
}

func TestCommandsOfNoUse(t *testing.T) {
	play(t, open(t, "gen2"), []row{
		{"instruction", "00E2000000", "6D00"},
		{"instruction of a PSAM", "80FA000008 0000000000000000", "6D00"},
		{"class", "80A4000002EF05", "6E00"},
		{"class of secure messaging", "04B2000000", "6E00"},
		{"class of secure messaging, to write", "04DC010403010100", "6E00"},
		{"three bytes", "00A404", "6700"},
		{"one byte", "00", "6700"},
		{"Lc without data", "00A404000F73", "6700"},
		{"data without Lc", "00A404" + strings.Repeat("00", 8), "6700"},
		{"nothing waits for GET RESPONSE", "00C0000010", "6985"},
	})
	answer, err := open(t, "gen2").Transmit(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, "6700", apdu.Hex(answer))
}
