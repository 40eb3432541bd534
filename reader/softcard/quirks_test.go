package softcard_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMannersOfT0(t *testing.T) {
	play(t, parse(t, append(describe(t, "gen2"), "quirks: {manners: t0}\n"...)), []row{
		{"SELECT", selectSSSE, "611E"},
		{"a wrong length", "00C0000000", "6C1E"},
		{"the FCI in two pieces", "00C0000011", "6F1C840F7378312E73682EC9E7BBE1B1A3 610D"},
		{"the other", "00C000000D", "D5CFA50988011E9F0C0386010 19000"},
		{"nothing left", "00C000000D", "6985"},
		{"SELECT with Le", selectSSSE + "00", "611E"},
		{"another command", "00A4020002EF05", "9000"},
		{"forgets the answer", "00C000001E", "6985"},
		{"exact Le", "00B2010412", cardID + "9000"},
		{"Le=00", "00B2010400", "6C12"},
		{"no Le", "00B20104", "6C12"},
		{"too short", "00B2010410", "6C12"},
		{"too long", "00B2010413", "6C12"},
		{"INTERNAL AUTHENTICATE", "0088000010 B0B1B2B3B4B5B6B7 A0A1A2A3A4A5A6A7", "6108"},
		{"P1-P2 of GET RESPONSE", "00C0010008", "6A86"},
		{"its answer", "00C0000008", "…"},
	})
}

func TestQuirks(t *testing.T) {
	for _, script := range []struct {
		name, quirks string
		rows         []row
	}{
		{"no mode 5", "refuse: [{ins: B2, mode: 5, sw: 6A81}]", []row{
			{"all", "00B2012D00", "6A81"}, {"one", "00B2012C12", cardID + "9000"}, {"down", "00B2012E00", "0709…"},
		}},
		{"no SFI in READ RECORD", "refuse: [{ins: B2, sfi: true, sw: 6A82}]", []row{
			{"SFI", "00B2012C12", "6A82"}, {"EF", "00A4020002EF05", "9000"}, {"current", "00B2010412", cardID + "9000"},
			{"READ BINARY", "00B0870001", "6982"},
		}},
		{"no SFI in READ BINARY", "refuse: [{ins: B0, sfi: true, sw: 6A82}]", []row{
			{"SFI", "00B0870001", "6A82"}, {"current", "00B0000001", "6986"}, {"READ RECORD", "00B2012C12", cardID + "9000"},
		}},
		{"no SELECT with P1=02", `refuse: [{ins: A4, p1: "02", sw: 6A86}]`, []row{
			{"02", "00A4020002EF05", "6A86"}, {"00", "00A4000002EF05", "9000"},
		}},
		{"no SELECT with P1=00", `refuse: [{ins: A4, p1: "00", sw: 6A82}]`, []row{
			{"00", "00A4000002EF05", "6A82"}, {"02", "00A4020002EF05", "9000"},
		}},
		{"first of two", "refuse: [{ins: B2, mode: 5, sw: 6A81}, {ins: B2, sw: 6700}]", []row{
			{"all", "00B2012D00", "6A81"}, {"one", "00B2012C12", "6700"},
		}},
		{"short answers", "short: 20", []row{
			{"all", "00B2012D00", ef05[:40] + "9000"}, {"one", "00B2012C12", cardID + "9000"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) {
			card := parse(t, append(describe(t, "gen2"), "quirks: {"+script.quirks+"}\n"...))
			ask(t, card, selectSSSE)
			play(t, card, script.rows)
		})
	}
	t.Run("gen2-by-identifier", func(t *testing.T) {
		play(t, open(t, "gen2-by-identifier"), []row{
			{"SSSE", selectSSSE, "6F1C…"},
			{"EF06", "00A4020002EF06", "9000"},
			{"all", "00B2010500", "6A81"},
			{"by SFI", "00B2093020", "6A82"},
			{"name", "00B2090020", "091EB0A2B2B7B6C5C0ADA1A4C2F3C2F3CCE1…"},
		})
	})
}

func TestEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := open(t, "gen2").Transmit(ctx, unhex(t, selectSSSE))
	require.ErrorIs(t, err, context.Canceled)
}

func TestResetWhileAnswering(t *testing.T) {
	card := open(t, "gen2")
	command := unhex(t, selectSSSE)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 200 {
			card.Reset()
		}
	})
	for range 200 {
		answer, err := card.Transmit(t.Context(), command)
		require.NoError(t, err)
		require.Len(t, answer, 0x20)
	}
	wg.Wait()
}
