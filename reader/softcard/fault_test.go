package softcard_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
)

func faulty(t *testing.T, text string) *softcard.Faulty {
	t.Helper()
	fault, err := softcard.ParseFault(text)
	require.NoError(t, err)
	return softcard.WithFault(open(t, "gen2"), fault)
}

func TestFaultsThatAnswer(t *testing.T) {
	const readID = "00B2012812"
	for _, script := range []struct {
		fault string
		rows  []row
	}{
		{"wrong-length@2", []row{
			{"before", selectSSSE, "6F1C…"}, {"at", readID, "6C10"}, {"after", readID, "6C10"},
			{"", reset, ""}, {"counts anew", selectSSSE, "6F1C…"}, {"and lasts", readID, "6C10"},
		}},
		{"more@2", []row{{"before", selectSSSE, "6F1C…"}, {"at", readID, "6110"}, {"after", "00C0000010", "6110"}}},
		{"wrong-tag@2", []row{
			{"before", selectSSSE, "6F1C…"}, {"at", readID, "41" + cardID[2:] + "9000"}, {"after", readID, cardID + "9000"},
			{"", reset, ""}, {"once only", selectSSSE, "6F1C…"}, {"even so", readID, cardID + "9000"},
		}},
		{"wrong-tag@2+", []row{
			{"before", selectSSSE, "6F1C…"}, {"at", readID, "41…"}, {"after", readID, "41…"},
			{"", reset, ""}, {"counts anew", selectSSSE, "6F1C…"}, {"always", readID, "41…"},
		}},
		{"wrong-tag@1", []row{{"no data to change", "00A4020002EF05", "6A82"}}},
		{"short-record@2", []row{
			{"before", selectSSSE, "6F1C…"}, {"at", readID, cardID[:18] + "9000"}, {"after", readID, cardID + "9000"},
		}},
		{"no-answer@2", []row{{"before", selectSSSE, "6F1C…"}, {"at", readID, ""}, {"after", readID, cardID + "9000"}}},
		{"mute-atr", []row{{"answers", selectSSSE, "6F1C…"}}},
	} {
		t.Run(script.fault, func(t *testing.T) { play(t, faulty(t, script.fault), script.rows) })
	}
}

func TestFaultsThatTakeOut(t *testing.T) {
	for _, text := range []string{"removed@2", "torn@2"} {
		t.Run(text, func(t *testing.T) {
			card := faulty(t, text)
			require.NotEmpty(t, card.ATR())
			ask(t, card, selectSSSE)
			for range 2 {
				_, err := card.Transmit(t.Context(), unhex(t, selectSSSE))
				require.ErrorIs(t, err, softcard.ErrRemoved)
				require.Nil(t, card.ATR())
				card.Reset()
			}
		})
	}
}

func TestFaultMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card := faulty(t, "mute@1")
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := card.Transmit(ctx, unhex(t, selectSSSE))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		play(t, card, []row{{"once", selectSSSE, "6F1C…"}})
	})
}

func TestFaultSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card, start := faulty(t, "slow@2:3s"), time.Now()
		for i, want := range []time.Duration{0, 3 * time.Second, 6 * time.Second} {
			ask(t, card, selectSSSE)
			require.Equal(t, want, time.Since(start), "command %d", i+1)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := card.Transmit(ctx, unhex(t, selectSSSE))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestFaultMuteATR(t *testing.T) {
	card := faulty(t, "mute-atr")
	require.Len(t, card.ATR(), 40)
	card.Reset()
	require.Len(t, card.ATR(), 40)
}

func TestFaultsStack(t *testing.T) {
	var asked []string
	card := softcard.WithLog(softcard.WithFault(faulty(t, "wrong-tag@1"), softcard.Fault{Kind: softcard.Removed, At: 2}),
		func(command, response []byte) { asked = append(asked, apdu.Hex(command[:4])+" "+apdu.Hex(response)) })
	_, err := card.Transmit(t.Context(), unhex(t, "00B2012812"))
	require.NoError(t, err)
	_, err = card.Transmit(t.Context(), unhex(t, "00B2032806"))
	require.ErrorIs(t, err, softcard.ErrRemoved)
	require.Equal(t, []string{"00B20128 6A82", "00B20328 "}, asked)
	require.Nil(t, card.ATR())
}

func TestParseFault(t *testing.T) {
	for _, row := range []struct {
		text string
		want softcard.Fault
	}{
		{"removed@3", softcard.Fault{Kind: softcard.Removed, At: 3}},
		{"torn@7", softcard.Fault{Kind: softcard.Torn, At: 7}},
		{"mute@12+", softcard.Fault{Kind: softcard.Mute, At: 12, Always: true}},
		{"slow@1:1s", softcard.Fault{Kind: softcard.Slow, At: 1, Delay: time.Second}},
		{"slow@1:1m0s", softcard.Fault{Kind: softcard.Slow, At: 1, Delay: time.Minute}},
		{"wrong-length@1", softcard.Fault{Kind: softcard.WrongLength, At: 1}},
		{"more@1", softcard.Fault{Kind: softcard.More, At: 1}},
		{"wrong-tag@1+", softcard.Fault{Kind: softcard.WrongTag, At: 1, Always: true}},
		{"short-record@4", softcard.Fault{Kind: softcard.ShortRecord, At: 4}},
		{"no-answer@5", softcard.Fault{Kind: softcard.NoAnswer, At: 5}},
		{"mute-atr", softcard.Fault{Kind: softcard.MuteATR}},
	} {
		t.Run(row.text, func(t *testing.T) {
			fault, err := softcard.ParseFault(row.text)
			require.NoError(t, err)
			require.Equal(t, row.want, fault)
			require.Equal(t, row.text, fault.String())
		})
	}
	for _, bad := range []string{
		"", "removed", "removed@", "removed@0", "removed@-1", "removed@3+", "torn@3+", "torn", "removed@3:1s", "removed@99999999999999999999",
		"slow@1", "slow@1:", "slow@1:-1s", "slow@1:soon", "mute-atr@1", "mute-atr+", "burning@1", "Mute@1", "mute@1 ",
	} {
		_, err := softcard.ParseFault(bad)
		require.ErrorIs(t, err, softcard.ErrFault, bad)
	}
}

func TestFaultsAreFaults(t *testing.T) {
	for _, text := range softcard.Faults() {
		fault, err := softcard.ParseFault(text)
		require.NoError(t, err)
		require.Equal(t, text, fault.String())
	}
	require.Contains(t, softcard.Faults(), "slow@1:1s")
}
