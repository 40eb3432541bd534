package softcard_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
	"sscard/sm"
)

// writable is gen3-full with the application selected and its key proven.
func writable(t *testing.T, selectDF string, keyID byte, root string) *softcard.Card {
	t.Helper()
	card := open(t, "gen3-full")
	ask(t, card, selectDF)
	require.Equal(t, "9000", prove(t, card, keyID, cardKey(t, sm.SM4, card, root)))
	return card
}

func TestUpdateRecord(t *testing.T) {
	blank := "4004" + strings.Repeat("FF", 4)
	for _, script := range []struct {
		name, selectDF string
		key            byte
		root           string
		rows           []row
	}{
		{"by identifier", selectSSSE, 0x04, rootUKSSSE, []row{
			{"发卡日期", "00DC052806 0504 20220101", "9000"}, {"written", "00B2052806", "0504202201019000"},
			{"", reset, ""}, {"SSSE", selectSSSE, "6F…"}, {"after a reset", "00B2052806", "0504202201019000"},
		}},
		{"in the current EF", selectSSSE, 0x04, rootUKSSSE, []row{
			{"no current EF", "00DC050006 0504 20220101", "6986"}, {"EF05", "00A4020002EF05", "9000"},
			{"by number", "00DC050406 0504 20220101", "9000"}, {"written", "00B2050406", "0504202201019000"},
			{"by identifier", "00DC060006 0604 20320101", "9000"}, {"the next", "00DC000203 070130", "9000"},
			{"the current by number", "00B2000403", "0701309000"}, {"the previous", "00DC000306 0604 20330101", "9000"},
			{"the last", "00DC000103 070131", "9000"}, {"written", "00B2060500", "0604203301010701319000"},
		}},
		{"refused", selectSSSE, 0x04, rootUKSSSE, []row{
			{"no such SFI", "00DC055806 0504 20220101", "6A82"}, {"no such record", "00DC992803 990100", "6A83"},
			{"no such number", "00DC082C03 070131", "6A83"}, {"another identifier", "00DC052806 0604 20220101", "6A80"},
			{"Lc over TLV", "00DC052807 0504 20220101 00", "6A85"}, {"Lc under TLV", "00DC052805 0504 202201", "6A85"},
			{"no length", "00DC052801 05", "6A85"}, {"no data", "00DC052800", "6700"}, {"mode 5", "00DC052D06 0504 20220101", "6A86"},
			{"no space", "00DC072815 0713 30303030303030303030303030303030303030", "6A84"},
			{"transparent", "00DC013803 010100", "6981"}, {"nothing was written", "00B2052806", "0504202103019000"},
			{"not where record and file are", "00DC0A3003 0A0132", "9000"},
		}},
		{"shorter and back", selectSSSE, 0x04, rootUKSSSE, []row{
			{"shorter", "00DC072805 0703 303132", "9000"}, {"the room is there still", "00DC07280B 0709 303132333435363738", "9000"},
			{"but no more", "00DC07280C 070A 30313233343536373839", "6A84"},
		}},
		{"the second of three with one identifier", "00A4000002DF01", 0x89, "2F112233445566778899AABBCCDDEEFF", []row{
			{"EF15", "00A4020002EF15", "9000"}, {"first", "00DC400006 " + blank, "9000"}, {"second", "00DC400206 " + blank, "9000"},
			{"third is not second", "00DC400206 4004 00000000", "9000"}, {"no fourth", "00DC400206 " + blank, "6A83"},
		}},
		{"cyclic", "00A4000002DF02", 0x85, rootUK3DF02, []row{
			{"EF07", "00A4020002EF07", "9000"},
			{"too short", "00DC000302 AABB", "6700"},
			{"P1", "00DC010355" + strings.Repeat("A0", 0x55), "6A86"},
			{"third", "00DC000355" + strings.Repeat("A1", 0x55), "9000"},
			{"fourth", "00DC000355" + strings.Repeat("A2", 0x55), "9000"},
			{"PIN", verifyRight, "9000"},
			{"newest", "00B2010455", strings.Repeat("A2", 0x55) + "9000"}, {"oldest", "00B2040455", "34303430313030…"},
			{"fifth", "00DC000355" + strings.Repeat("A3", 0x55), "9000"},
			{"newest", "00B2010455", strings.Repeat("A3", 0x55) + "9000"}, {"the oldest went", "00B2040455", "34303430313031…"},
			{"four and no more", "00B2050455", "6A83"},
			{"over a number", "00DC020455" + strings.Repeat("A4", 0x55), "9000"}, {"written", "00B2020455", "A4A4…"},
			{"over a number, too short", "00DC020402 AABB", "6700"},
		}},
		{"fixed", "00A4000002DF03", 0x8D, rootUK8DF03, []row{
			{"another length", "00DC01CC06 7904 00000000", "6700"}, {"its length", "00DC01CC29 7927" + strings.Repeat("00", 0x27), "9000"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) {
			play(t, writable(t, script.selectDF, script.key, script.root), script.rows)
		})
	}
}

func TestUpdateBinary(t *testing.T) {
	play(t, writable(t, "00A4000002DF01", 0x8A, rootUK7DF01), []row{
		{"no current EF", "00D6000001 AA", "6986"}, {"EF16", "00A4020002EF16", "9000"},
		{"at the start", "00D6000003 AABBCC", "9000"}, {"further on", "00D6012702 DDEE", "6A84"}, {"at the end", "00D6012701 DD", "9000"},
		{"past the end", "00D6012801 DD", "6B00"}, {"by SFI", "00D6960102 1122", "9000"},
		{"read", "00B0000004", "AA1122FF9000"}, {"read the end", "00B0012602", "FFDD9000"},
		{"", reset, ""}, {"DF01", "00A4000002DF01", "6F…"}, {"after a reset", "00B0960004", "AA1122FF9000"},
		{"no data", "00D6000000", "6700"}, {"not transparent", "00D6850001 AA", "6981"}, {"no such SFI", "00D68B0001 AA", "6A82"},
	})
}

// TestUpdateNeedsItsKey is the table of what opens a file for writing.
func TestUpdateNeedsItsKey(t *testing.T) {
	const date, photo = "00DC052806 0504 20220101", "00D6880002 FFD8"
	for _, script := range []struct {
		name, card string
		rows       []row
	}{
		{"free to read, not to write", "gen3-full", []row{{"EF05", date, "6982"}, {"EF08", photo, "6982"}}},
		{"the PIN does not write", "gen3-full", []row{{"PIN", verifyRight, "9000"}, {"EF05", date, "6982"}}},
		{"a card that says nothing of writing", "gen3", []row{{"EF05", date, "6982"}, {"EF08", photo, "6982"}}},
		{"details are the card's own", "gen3-full", []row{
			{"DF04", "00A4000002DF04", "6F…"}, {"PIN", verifyRight, "9000"},
			{"EF08", "00DC00431C" + strings.Repeat("00", 0x1C), "6982"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) {
			card := open(t, script.card)
			ask(t, card, selectSSSE)
			play(t, card, script.rows)
		})
	}
	t.Run("the key that reads does not write", func(t *testing.T) {
		play(t, writable(t, selectSSSE, 0x0A, rootRKSSSE), []row{{"EF08", photo, "6982"}, {"reads", "00B0880002", "FFD89000"}})
	})
	t.Run("another application ends it", func(t *testing.T) {
		card := writable(t, selectSSSE, 0x04, rootUKSSSE)
		play(t, card, []row{{"DF01", "00A4000002DF01", "6F…"}, {"SSSE", selectSSSE, "6F…"}, {"EF05", date, "6982"}})
	})
}

// TestFreeToUpdate shows the other end of the access conditions.
func TestFreeToUpdate(t *testing.T) {
	card := parse(t, describe(t, "gen2", "        sfi: 5", "        sfi: 5\n        update: free"))
	play(t, card, []row{{"SSSE", selectSSSE, "6F…"}, {"EF05", "00DC052806 0504 20220101", "9000"}})
}

// TestReadRules is the table of what opens the files of a full card for reading.
func TestReadRules(t *testing.T) {
	for _, file := range []struct {
		name, selectDF, read    string
		key                     byte
		root                    string
		none, pin, proven, both string
	}{
		{"PIN or key", "00A4000002DF01", "00B22B4003", 0x88, rootRK1DF01, "6982", "2B01319000", "2B01319000", "2B01319000"},
		{"PIN and key", "00A4000002DF04", "00B2903003", 0x84, rootRK1DF04, "6982", "6982", "6982", "9001309000"},
		{"PIN only", "00A4000002DF04", "00B201441C", 0x84, rootRK1DF04, "6982", "000631…", "6982", "000631…"},
		{"key only", "00A4000002DF07", "00B2F53005", 0x84, rootRK2DF07, "6982", "6982", "F5033130319000", "F5033130319000"},
		{"free", "00A4000002DF01", "00B0960002", 0x88, rootRK1DF01, "FFFF9000", "FFFF9000", "FFFF9000", "FFFF9000"},
	} {
		for _, with := range []struct {
			name     string
			pin, key bool
			want     string
		}{
			{"nothing", false, false, file.none}, {"PIN", true, false, file.pin},
			{"key", false, true, file.proven}, {"both", true, true, file.both},
		} {
			t.Run(file.name+", "+with.name, func(t *testing.T) {
				card := open(t, "gen3-full")
				ask(t, card, file.selectDF)
				if with.key {
					require.Equal(t, "9000", prove(t, card, file.key, cardKey(t, sm.SM4, card, file.root)))
				}
				if with.pin {
					require.Equal(t, "9000", ask(t, card, verifyRight))
				}
				play(t, card, []row{{file.name, file.read, with.want}})
			})
		}
	}
}
