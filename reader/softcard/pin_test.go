package softcard_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/sm"
)

const (
	verifyRight = "0020000003123456"
	verifyWrong = "0020000003654321"
	askTries    = "0020000000"
)

func TestVerify(t *testing.T) {
	for _, script := range []struct {
		name string
		rows []row
	}{
		{"right", []row{
			{"tries", askTries, "63C3"}, {"tries, case 1", "00200000", "63C3"},
			{"wrong", verifyWrong, "63C2"}, {"tries", askTries, "63C2"},
			{"right", verifyRight, "9000"}, {"tries", askTries, "63C3"},
			{"right, filled with F", "0020000008123456FFFFFFFFFF", "9000"},
		}},
		{"blocked", []row{
			{"wrong", verifyWrong, "63C2"}, {"wrong", verifyWrong, "63C1"}, {"wrong", verifyWrong, "63C0"},
			{"blocked", verifyRight, "6983"}, {"", reset, ""}, {"still", verifyRight, "6983"}, {"tries", askTries, "6983"},
		}},
		{"refused", []row{
			{"one byte", "002000000112", "6700"}, {"nine bytes", "0020000009123456FFFFFFFFFFFF", "6700"},
			{"P1-P2", "0020000103123456", "6A86"}, {"no try was spent", askTries, "63C3"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) { play(t, open(t, "gen2"), script.rows) })
	}
	t.Run("no PIN", func(t *testing.T) {
		card := parse(t, describe(t, "gen2", `pin: {value: "123456", tries: 3}`, ""))
		play(t, card, []row{{"tries", askTries, "9000"}, {"PIN", verifyRight, "6A88"}})
	})
	t.Run("odd digits", func(t *testing.T) {
		card := parse(t, describe(t, "gen2", `"123456"`, `"12345"`))
		play(t, card, []row{{"PIN", "002000000312345F", "9000"}, {"shorter", "00200000021234", "63C2"}})
	})
}

func TestChangePIN(t *testing.T) {
	for _, script := range []struct {
		name string
		rows []row
	}{
		{"to another", []row{
			{"change", "805E010007 123456 FF 654321", "9000"},
			{"the old one", verifyRight, "63C2"}, {"the new one", verifyWrong, "9000"},
			{"", reset, ""}, {"after a reset", verifyWrong, "9000"},
		}},
		{"to an odd one and a long one", []row{
			{"12345", "805E010007 123456 FF 12345F", "9000"}, {"right", "002000000312345F", "9000"},
			{"16 digits", "805E01000C 12345F FF 1234567890123456", "9000"}, {"right", "0020000008 1234567890123456", "9000"},
		}},
		{"to none and back", []row{
			{"to none", "805E010004 123456 FF", "9000"}, {"none is set", askTries, "9000"}, {"no PIN is right", verifyRight, "6A88"},
			{"something before it", "805E010007 123456 FF 123456", "63C2"},
			{"back", "805E010004 FF 123456", "9000"}, {"right", verifyRight, "9000"},
		}},
		{"from a wrong one", []row{
			{"wrong", "805E010007 654321 FF 111111", "63C2"}, {"none", "805E010004 FF 111111", "63C1"},
			{"unchanged", verifyRight, "9000"},
			{"wrong", "805E010007 654321 FF 111111", "63C2"}, {"wrong", "805E010007 654321 FF 111111", "63C1"},
			{"wrong", "805E010007 654321 FF 111111", "63C0"}, {"blocked", "805E010007 123456 FF 111111", "6983"},
		}},
		{"refused", []row{
			{"P1", "805E000007 123456 FF 654321", "6A86"}, {"two bytes", "805E010002 12FF", "6700"},
			{"18 bytes", "805E010012 1234567890123456 FF 123456789012345612", "6700"},
			{"not separated", "805E010006 123456 654321", "6A80"},
			{"two digits", "805E010005 123456 FF 12", "6A80"}, {"letters", "805E010007 123456 FF 12A4B6", "6A80"},
			{"class", "005E010007 123456 FF 654321", "6E00"}, {"no try was spent", askTries, "63C3"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) { play(t, open(t, "gen2"), script.rows) })
	}
	t.Run("no PIN at all", func(t *testing.T) {
		card := parse(t, describe(t, "gen2", `pin: {value: "123456", tries: 3}`, ""))
		play(t, card, []row{{"change", "805E010004 FF 123456", "6A88"}})
	})
	t.Run("reads what the PIN reads", func(t *testing.T) {
		play(t, open(t, "gen3-full"), []row{
			{"change", "805E010007 123456 FF 654321", "9000"}, {"DF01", "00A4000002DF01", "6F…"}, {"婚姻", "00B22B4003", "2B01319000"},
		})
	})
}

// stkOfVectors gives a full card as STKSSSE the card key of the published vectors, and lets 112233… be its
// challenge.
func stkOfVectors(t *testing.T, name, key string) *softcard.Card {
	t.Helper()
	description := describe(t, name, `STKSSSE: {id: "02", root: `+rootSTKSSSE, `STKSSSE: {id: "02", key: `+key)
	random := bytes.NewReader(unhex(t, "00000000000000001122334455667788 1122334455667788"))
	return parse(t, description, softcard.WithRandom(random))
}

// TestReloadPINKnownAnswers plays the vectors that were computed with OpenSSL.
func TestReloadPINKnownAnswers(t *testing.T) {
	for _, vector := range []struct {
		card, key, reload, unblock string
		alg                        sm.Algorithm
	}{
		{
			card: "gen3-full", alg: sm.SM4, key: "764146913443E42CA12E66BE794A3C8E",
			reload: "8424000114 A2535EF2C29EBA564FCACBBA534FA73C AD3051E0", unblock: "8424000004 E718D310",
		},
		{
			card: "gen2-full", alg: sm.DES, key: "98C609BE4E43124FDE4BA2EB84E6E070",
			reload: "842400010C A466225B66A96777 E515A5C3", unblock: "8424000004 B6531C9C",
		},
	} {
		t.Run(vector.alg.String(), func(t *testing.T) {
			card := stkOfVectors(t, vector.card, vector.key)
			play(t, card, []row{
				{"SSSE", selectSSSE, "6F…"}, {"another PIN", "805E010007 123456 FF 654321", "9000"},
				{"wrong", verifyRight, "63C2"}, {"wrong", verifyRight, "63C1"}, {"wrong", verifyRight, "63C0"},
			})
			require.Equal(t, "9000", proveWith(t, vector.alg, card, 0x06, cardKey(t, vector.alg, card, rootPUK)))
			play(t, card, []row{
				{"challenge", challenge8, "11223344556677889000"}, {"reload", vector.reload, "9000"},
				{"tries", askTries, "63C3"}, {"123456 again", verifyRight, "9000"},
				{"wrong", verifyWrong, "63C2"},
				{"challenge", challenge8, "11223344556677889000"}, {"unblock", vector.unblock, "9000"},
				{"tries", askTries, "63C3"}, {"the same PIN", verifyRight, "9000"},
			})
		})
	}
}

func TestReloadPINRefused(t *testing.T) {
	const unblock, reload = "8424000004 E718D310", "8424000114 A2535EF2C29EBA564FCACBBA534FA73C AD3051E0"
	for _, script := range []struct {
		name  string
		prove bool
		rows  []row
	}{
		{"no PUK", false, []row{{"unblock", unblock, "6982"}, {"reload", reload, "6982"}}},
		{"no challenge", true, []row{{"unblock", unblock, "6984"}, {"reload", reload, "6984"}}},
		{"wrong MAC", true, []row{
			{"challenge", challenge8, "1122…"}, {"unblock", "8424000004 E718D311", "6988"},
			{"challenge", challenge8, "1122…"}, {"the PUK has to be proven again", unblock, "6982"},
		}},
		{"MAC of the other form", true, []row{
			{"challenge", challenge8, "1122…"}, {"reload", "8424000114 A2535EF2C29EBA564FCACBBA534FA73C E718D310", "6988"},
		}},
		{"lengths", true, []row{
			{"challenge", challenge8, "1122…"}, {"unblock without MAC", "84240000", "6700"},
			{"unblock with a PIN", "8424000014 A2535EF2C29EBA564FCACBBA534FA73C AD3051E0", "6700"},
			{"reload without a PIN", "8424000104 E718D310", "6700"},
			{"P2", "8424000204 E718D310", "6A86"}, {"the challenge is still there", unblock, "9000"}, {"and used", unblock, "6984"},
		}},
		{"another application", true, []row{
			{"DF01", "00A4000002DF01", "6F…"}, {"challenge", challenge8, "1122…"}, {"unblock", unblock, "6982"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) {
			card := stkOfVectors(t, "gen3-full", "764146913443E42CA12E66BE794A3C8E")
			ask(t, card, selectSSSE)
			if script.prove {
				require.Equal(t, "9000", prove(t, card, 0x06, cardKey(t, sm.SM4, card, rootPUK)))
			} else {
				ask(t, card, challenge8)
			}
			play(t, card, script.rows)
			require.Equal(t, "63C3", ask(t, card, askTries))
		})
	}
	t.Run("no STKSSSE", func(t *testing.T) {
		play(t, open(t, "gen3"), []row{{"unblock", unblock, "6A88"}})
	})
}

// TestReloadPINOfGarbage shows that what a right MAC protects still has to be a PIN.
func TestReloadPINOfGarbage(t *testing.T) {
	for _, row := range []struct{ name, blocks string }{
		{"letters", "0312A45680000000 0000000000000000"},
		{"nothing", "0080000000000000 0000000000000000"},
		{"no padding", "0312345600000000 0000000000000000"},
		{"18 digits", "0912345678901234 5678800000000000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			card := open(t, "gen3-full")
			ask(t, card, selectSSSE)
			require.Equal(t, "9000", prove(t, card, 0x06, cardKey(t, sm.SM4, card, rootPUK)))
			challenge := data(t, card, apdu.GetChallenge(8))
			session, err := sm.SessionKey(sm.SM4, cardKey(t, sm.SM4, card, rootSTKSSSE), challenge)
			require.NoError(t, err)
			encrypted, err := sm.EncryptBlocks(sm.SM4, session, unhex(t, row.blocks))
			require.NoError(t, err)
			cmd := apdu.ReloadPIN(encrypted)
			mac, err := sm.MAC(sm.SM4, session, cmd.MACInput())
			require.NoError(t, err)
			require.Equal(t, "6A80", tell(t, card, cmd.WithMAC(mac)))
			require.Equal(t, "9000", ask(t, card, verifyRight))
		})
	}
}
