package softcard_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
)

const (
	selectDF04 = "00A4000002DF04"
	initSettle = "B028010113 01 000009C4 00000064 00001D4C 510100000001"
	initLoad   = "B02800010B 01 00002710 510100000001"
	balances   = "000249F0 00004E20 00013880"
	account    = "B026000104"
)

// payer is a full card under DF04 with the PIN proven, whose random numbers are E0E1E2E3.
func payer(t *testing.T, name string) *softcard.Card {
	t.Helper()
	card := open(t, name, softcard.WithRandom(bytes.NewReader(bytes.Repeat([]byte{0xE0, 0xE1, 0xE2, 0xE3}, 8))))
	ask(t, card, selectDF04)
	require.Equal(t, "9000", ask(t, card, verifyRight))
	return card
}

// The MACs were computed with OpenSSL from the formulas, not with these packages.
var payments = []struct {
	card, algorithm                   string
	settleMAC1, settleMAC2, settleTAC string
	loadMAC1, loadMAC2, loadTAC       string
}{
	{
		card: "gen2-full", algorithm: "01",
		settleMAC1: "590CC9AD", settleMAC2: "B921A1B9", settleTAC: "D2D7946E",
		loadMAC1: "887C9597", loadMAC2: "551B79CE", loadTAC: "AEDED674",
	},
	{
		card: "gen3-full", algorithm: "03",
		settleMAC1: "DA9E808C", settleMAC2: "157EE70A", settleTAC: "F4CDB5A8",
		loadMAC1: "6B210C96", loadMAC2: "2989C718", loadTAC: "50E3ECE2",
	},
}

func TestSettlementKnownAnswers(t *testing.T) {
	for _, want := range payments {
		t.Run(want.card, func(t *testing.T) {
			play(t, payer(t, want.card), []row{
				{"begin", initSettle, balances + "2026 0007 01" + want.algorithm + "E0E1E2E3 9000"},
				{"debit", "B02C01000F 00000010 20260203101112" + want.settleMAC1, want.settleTAC + want.settleMAC2 + "9000"},
				{"account", account, "0002402C 9000"},
				{"self", "B026000206", "00004E84 2026 9000"}, {"fund", "B026000306", "000155CC 2026 9000"},
				{"details", "00B201441C", "0007 31 510100000001 20260203101112 000009C4 00000064 00001D4C 9000"},
				{"the one before", "00B202441C", "0006…"},
				{"proof", "B02E003102 0007", want.settleMAC2 + want.settleTAC + "9000"},
				{"next", initSettle, "0002402C 00004E84 000155CC 2026 0008…"},
				{"", reset, ""}, {"DF04", selectDF04, "6F…"},
				{"proof after power was lost", "B02E003102 0007", want.settleMAC2 + want.settleTAC + "9000"},
				{"PIN", verifyRight, "9000"}, {"account after power was lost", account, "0002402C 9000"},
			})
		})
	}
}

func TestLoadKnownAnswers(t *testing.T) {
	for _, want := range payments {
		t.Run(want.card, func(t *testing.T) {
			play(t, payer(t, want.card), []row{
				{"begin", initLoad, "000249F0 0002 01" + want.algorithm + "E0E1E2E3" + want.loadMAC1 + "9000"},
				{"credit", "B02A00000B 20260203101112" + want.loadMAC2, want.loadTAC + "9000"},
				{"account", account, "00027100 9000"},
				{"details", "00B201441C", "0002 30 510100000001 20260203101112 00002710 00000000 00000000 9000"},
				{"proof", "B02E003002 0002", want.loadMAC2 + want.loadTAC + "9000"},
				{"next", initLoad, "00027100 0003…"},
			})
		})
	}
}

// TestDetailsAreCyclic shows that the newest transactions are kept, as many as there is room for.
func TestDetailsAreCyclic(t *testing.T) {
	card := parse(t, describe(t, "gen2-full", "room: 30", "room: 2"),
		softcard.WithRandom(bytes.NewReader([]byte{0xE0, 0xE1, 0xE2, 0xE3})))
	play(t, card, []row{
		{"DF04", selectDF04, "6F…"}, {"PIN", verifyRight, "9000"}, {"oldest", "00B202441C", "0001 30…"},
		{"begin", initSettle, "…"}, {"debit", "B02C01000F 00000010 20260203101112 590CC9AD", "…"},
		{"newest", "00B201441C", "0007…"}, {"oldest", "00B202441C", "0006…"}, {"no more", "00B203441C", "6A83"},
	})
}

func TestPaymentsRefused(t *testing.T) {
	const (
		debit  = "B02C01000F 00000010 20260203101112 DA9E808C"
		credit = "B02A00000B 20260203101112 2989C718"
	)
	untouched := []row{{"account", account, "000249F0 9000"}, {"details", "00B201441C", "0006…"}}
	for _, script := range []struct {
		name string
		rows []row
	}{
		{"nothing begun", []row{{"debit", debit, "6901"}, {"credit", credit, "6901"}}},
		{"the other one begun", []row{
			{"load", initLoad, "…"}, {"debit", debit, "6901"}, {"settlement", initSettle, "…"}, {"credit", credit, "6901"},
		}},
		{"another command between", []row{
			{"begin", initSettle, "…"}, {"balance", account, "…"}, {"debit", debit, "6901"},
		}},
		{"a wrong MAC1 ends it", []row{
			{"begin", initSettle, "…"}, {"debit", "B02C01000F 00000010 20260203101112 DA9E808D", "9302"}, {"debit", debit, "6901"},
		}},
		{"another time than MAC1 covers", []row{
			{"begin", initSettle, "…"}, {"debit", "B02C01000F 00000010 20260203101113 DA9E808C", "9302"},
		}},
		{"another sequence than MAC1 covers", []row{
			{"begin", initSettle, "…"}, {"debit", "B02C01000F 00000011 20260203101112 DA9E808C", "9302"},
		}},
		{"another amount than MAC1 covers", []row{
			{"begin", "B028010113 01 000009C5 00000064 00001D4C 510100000001", "…"}, {"debit", debit, "9302"},
		}},
		{"a wrong MAC2", []row{
			{"begin", initLoad, "…"}, {"credit", "B02A00000B 20260203101112 2989C719", "9302"}, {"credit", credit, "6901"},
		}},
		{"more than there is", []row{{"begin", "B028010113 01 000249F1 00000000 00000000 510100000001", "9401"}}},
		{"all there is", []row{{"begin", "B028010113 01 000249F0 00000000 00000000 510100000001", balances + "…"}}},
		{"more than fits", []row{
			{"self", "B028010113 01 00000000 FFFFFFFF 00000000 510100000001", "9402"},
			{"fund", "B028010113 01 00000000 00000000 FFFFFFFF 510100000001", "9402"},
			{"account", "B02800010B 01 FFFFFFFF 510100000001", "9402"},
		}},
		{"another key index", []row{
			{"settlement", strings.Replace(initSettle, " 01 ", " 02 ", 1), "9403"}, {"load", strings.Replace(initLoad, " 01 ", " 02 ", 1), "9403"},
		}},
		{"parameters", []row{
			{"P1", "B02802010B 01 00002710 510100000001", "6A86"}, {"P2", "B02800020B 01 00002710 510100000001", "6A86"},
			{"Lc", "B02801010B 01 00002710 510100000001", "6700"}, {"P1 of DEBIT", "B02C00000F" + strings.Repeat("00", 15), "6A86"},
			{"Lc of DEBIT", "B02C01000E" + strings.Repeat("00", 14), "6700"}, {"P1 of CREDIT", "B02A01000B" + strings.Repeat("00", 11), "6A86"},
			{"Lc of CREDIT", "B02A00000A" + strings.Repeat("00", 10), "6700"}, {"class", "802801010B 01 00002710 510100000001", "6E00"},
			{"balance P1", "B026010104", "6A86"}, {"balance P2", "B026000404", "6A86"}, {"balance with data", "B026000101AA04", "6700"},
			{"balance too short", "B026000204", "6C06"},
		}},
		{"no proof yet", []row{
			{"proof", "B02E003102 0006", "9406"}, {"P1", "B02E013102 0006", "6A86"}, {"Lc", "B02E003101 06", "6700"},
		}},
		{"proof of another", []row{
			{"begin", initLoad, "…"}, {"credit", credit, "50E3ECE29000"}, {"another number", "B02E003002 0003", "9406"},
			{"another type", "B02E003102 0002", "9406"}, {"begin again", initLoad, "…"}, {"the last", "B02E003002 0002", "2989C71850E3ECE29000"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) {
			card := payer(t, "gen3-full")
			play(t, card, script.rows)
			if script.name != "proof of another" {
				play(t, card, untouched)
			}
		})
	}
	t.Run("no PIN", func(t *testing.T) {
		play(t, open(t, "gen3-full"), []row{
			{"DF04", selectDF04, "6F…"}, {"settlement", initSettle, "6982"}, {"load", initLoad, "6982"}, {"balance", account, "6982"},
			{"proof needs none", "B02E003102 0006", "9406"},
		})
	})
	t.Run("elsewhere", func(t *testing.T) {
		play(t, open(t, "gen3-full"), []row{
			{"DF03", "00A4000002DF03", "6F…"}, {"PIN", verifyRight, "9000"}, {"settlement", initSettle, "6901"}, {"load", initLoad, "6901"},
			{"debit", debit, "6901"}, {"balance", account, "6901"}, {"proof", "B02E003102 0006", "6901"},
		})
	})
	t.Run("no DLK", func(t *testing.T) {
		card := parse(t, describe(t, "gen3-full", `      DLK: {id: "01", root: 4B112233445566778899AABBCCDDEEFF}`, ""))
		play(t, card, []row{{"DF04", selectDF04, "6F…"}, {"PIN", verifyRight, "9000"}, {"load", initLoad, "9403"}})
	})
	t.Run("numbers at their end", func(t *testing.T) {
		card := parse(t, describe(t, "gen3-full", "settlements: 7", "settlements: 65535", "loads: 2", "loads: 65535"))
		play(t, card, []row{
			{"DF04", selectDF04, "6F…"}, {"PIN", verifyRight, "9000"}, {"settlement", initSettle, "9402"}, {"load", initLoad, "9402"},
		})
	})
	t.Run("no random number", func(t *testing.T) {
		card := open(t, "gen3-full", softcard.WithRandom(bytes.NewReader(nil)))
		play(t, card, []row{{"DF04", selectDF04, "6F…"}, {"PIN", verifyRight, "9000"}, {"settlement", initSettle, "6985"}})
	})
	t.Run("without a PIN set", func(t *testing.T) {
		play(t, open(t, "gen3-full"), []row{
			{"no PIN", "805E010004 123456 FF", "9000"}, {"", reset, ""}, {"DF04", selectDF04, "6F…"}, {"settlement", initSettle, balances + "…"},
		})
	})
}

// TestSettlementOverT0 shows that GET RESPONSE between the commands does no harm.
func TestSettlementOverT0(t *testing.T) {
	card := parse(t, append(describe(t, "gen3-full"), "quirks: {manners: t0}\n"...),
		softcard.WithRandom(bytes.NewReader([]byte{0xE0, 0xE1, 0xE2, 0xE3})))
	play(t, card, []row{
		{"DF04", selectDF04, "61…"}, {"PIN", verifyRight, "9000"},
		{"begin", initSettle, "6116"}, {"its answer", "00C0000016", balances + "2026 0007 0103 E0E1E2E3 9000"},
		{"debit", "B02C01000F 00000010 20260203101112 DA9E808C", "6108"}, {"its answer", "00C0000008", "F4CDB5A8 157EE70A 9000"},
	})
}
