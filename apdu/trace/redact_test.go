package trace_test

import (
	"encoding/hex"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/apdu/trace"
	"sscard/reader/softcard"
	"sscard/testdata"
)

var update = flag.Bool("update", false, "write golden files anew")

// seeded is unpredictable in name only.
func seeded(seed byte) trace.Redaction {
	return trace.Redaction{Random: rand.NewChaCha8([32]byte{seed})}
}

func parseAll(t *testing.T, text string) []*trace.Session {
	t.Helper()
	sessions, err := trace.ParseAll(strings.NewReader(text))
	require.NoError(t, err)
	return sessions
}

func text(t *testing.T, sessions []*trace.Session) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, trace.WriteAll(&b, sessions))
	return b.String()
}

func redacted(t *testing.T, how trace.Redaction, before string) string {
	t.Helper()
	sessions, err := trace.Redact(parseAll(t, before), how)
	require.NoError(t, err)
	return text(t, sessions)
}

func TestRedactGolden(t *testing.T) {
	before, err := os.ReadFile("testdata/gen3-contact.trace")
	require.NoError(t, err)
	got := redacted(t, seeded(1), string(before))
	const golden = "testdata/gen3-contact.redacted.trace"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// everything is a session in which all that can be read of a software card with its PIN is read.
func everything(t *testing.T, card *softcard.Card) *trace.Session {
	recorder := trace.NewRecorder(card, trace.Meta{Key: trace.KeyATR, Value: apdu.Hex(card.ATR())})
	channel := apdu.NewChannel(recorder)
	send := func(c apdu.Command) apdu.Response {
		r, err := channel.Send(t.Context(), c)
		require.NoError(t, err)
		return r
	}
	for _, name := range []string{"7378312E73682EC9E7BBE1B1A3D5CF", "D1560000050A", "D15600000500", "D15600000501", "D15600000502", "D15600000503", "D15600000504"} {
		aid, err := hex.DecodeString(name)
		require.NoError(t, err)
		if !send(apdu.SelectDF(aid)).SW.OK() {
			continue
		}
		send(apdu.Verify([]byte{0x12, 0x34, 0x56}))
		for fid := uint16(0xEF05); fid <= 0xEF1A; fid++ {
			if !send(apdu.SelectFile(apdu.SelectEFByID, fid)).SW.OK() {
				continue
			}
			if r := send(apdu.ReadRecord(apdu.CurrentEF, apdu.RecordsFromP1, 1, 256)); r.SW.OK() {
				continue
			}
			for _, tag := range []byte{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x4E, 0x0A, 0x0B, 0x0C, 0x0D} {
				send(apdu.ReadRecord(apdu.CurrentEF, apdu.RecordFirstByID, tag, 256))
			}
			for offset := range 8 {
				send(apdu.ReadBinary(uint16(100*offset), 100))
			}
		}
	}
	return recorder.Session()
}

// Every card, with persons that are invented anew for each seed: the shape stays, and nothing that was on the card does.
func TestRedactEverything(t *testing.T) {
	files, err := fs.Glob(testdata.Cards, "cards/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		t.Run(path.Base(file), func(t *testing.T) {
			description, err := testdata.Cards.ReadFile(file)
			require.NoError(t, err)
			for seed := range byte(4) {
				description, originals := personalise(t, description, seed)
				card, err := softcard.Parse(description)
				require.NoError(t, err)
				before := everything(t, card)
				originals = requireThere(t, originals, text(t, []*trace.Session{before}))
				require.NotEmpty(t, originals)

				after, err := trace.Redact([]*trace.Session{before}, seeded(seed))
				require.NoError(t, err)
				requireShape(t, before, after[0])
				requireNone(t, originals, text(t, after))
			}
		})
	}
}

func requireShape(t *testing.T, before, after *trace.Session) {
	require.Len(t, after.Exchanges, len(before.Exchanges))
	for i, x := range after.Exchanges {
		was := before.Exchanges[i]
		require.Len(t, x.Command, len(was.Command))
		require.Len(t, x.Response, len(was.Response))
		require.Equal(t, was.Command[:4], x.Command[:4])
		require.Equal(t, was.Response[len(was.Response)-2:], x.Response[len(x.Response)-2:])
		require.Equal(t, was.Elapsed, x.Elapsed)
	}
}

const someone = "> 00A4020002EF06\n< 9000\n> 00B2080014\n< 08123531303130303230303030313031303031399000\n> 00B2090020\n" +
	"< 091ED5C5C8FD00000000000000000000000000000000000000000000000000009000\n"

// One person is one person, in every session of a file and in every coding; and another one in another file.
func TestRedactIsConsistent(t *testing.T) {
	const contact, contactless = "@ atr 3B6D00000081544C968684510112345678\n", "@ atr 3B8D80010081544C96868451011234567859\n"
	const more = "> 00B2010012\n< 0110510100D15600000512345678FFFFFFFF9000\n> 00B20D0006\n< 0D04200001019000\n"
	before := first + contact + someone + more + first + contactless + someone + more
	sessions := parseAll(t, redacted(t, seeded(1), before))
	require.Equal(t, sessions[0].Exchanges, sessions[1].Exchanges)
	serial := apdu.Hex(sessions[0].ATR()[13:])
	require.NotEqual(t, "12345678", serial)
	require.Equal(t, serial, apdu.Hex(sessions[1].ATR()[13:17]))
	require.Equal(t, serial, apdu.Hex(sessions[0].Exchanges[3].Response[10:14]))
	number, born := sessions[0].Exchanges[1].Response[2:20], sessions[0].Exchanges[4].Response[2:6]
	require.Equal(t, apdu.Hex(born), string(number[6:14]))
	var check byte
	for _, c := range sessions[1].ATR()[1:] {
		check ^= c
	}
	require.Zero(t, check)

	require.NotEqual(t, redacted(t, trace.Redaction{}, before), redacted(t, trace.Redaction{}, before))
}

func TestRedactIsIdempotent(t *testing.T) {
	once := redacted(t, seeded(1), first+someone)
	require.Equal(t, once, redacted(t, seeded(2), once))

	both := parseAll(t, redacted(t, seeded(3), once+first+someone))
	require.Equal(t, parseAll(t, once)[0].Exchanges, both[0].Exchanges)
	require.NotEqual(t, both[0].Exchanges, both[1].Exchanges, "what comes in later is redacted by itself")
}

// What goes over the wire in pieces is one value.
func TestRedactInPieces(t *testing.T) {
	whole := redacted(t, seeded(1), first+someone)
	for _, row := range []struct{ name, pieces string }{
		{"GET RESPONSE", "> 00A4020002EF06\n< 9000\n> 00B2080014\n< 0812353130313030 610C\n> 00C000000C\n< 323030303031303130303139 9000\n" +
			"> 00B2090020\n< 6120\n> 00C0000020\n< 091ED5C5C8FD0000000000000000000000000000000000000000000000000000 9000\n"},
		{"another Le", "> 00A4020002EF06\n< 9000\n> 00B2080012\n< 6C14\n> 00B2080014\n< 08123531303130303230303030313031303031399000\n" +
			"> 00B2090020\n< 091ED5C5C8FD00000000000000000000000000000000000000000000000000009000\n"},
		{"all records", "> 00B2013534\n< 0812353130313030323030303031303130303139 091ED5C5C8FD0000000000000000000000000000000000000000000000000000 9000\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			data := func(text string) (all []byte) {
				for _, step := range parseAll(t, text)[0].Steps() {
					all = append(all, step.Data...)
				}
				return all
			}
			require.Equal(t, data(whole), data(redacted(t, seeded(1), first+row.pieces)))
		})
	}
}

// A file that is read in pieces, some of them twice, is one certificate.
func TestRedactBinaryInPieces(t *testing.T) {
	const choose = "> 00A4040006D1560000050A\n< 9000\n"
	whole := redacted(t, seeded(1), first+choose+"> 00B0950010\n< 300E0203123456130541393939390500FFFF 9000\n")
	pieces := redacted(t, seeded(1), first+choose+"> 00B0950004\n< 300E0203 9000\n> 00B0000208\n< 0203123456130541 9000\n> 00B0000A06\n< 393939390500 9000\n> 00B0001002\n< FFFF 9000\n")
	w, p := parseAll(t, whole)[0].Exchanges[1].Response, parseAll(t, pieces)[0].Exchanges
	require.Equal(t, "300E0203", apdu.Hex(w[:4]))
	require.NotContains(t, string(w), "A9999")
	require.Equal(t, w[0:4], p[1].Response[:4])
	require.Equal(t, w[2:10], p[2].Response[:8])
	require.Equal(t, w[10:16], p[3].Response[:6])
}

func TestRedactNeverKeepsAPIN(t *testing.T) {
	for _, row := range []struct{ name, before, after string }{
		{"VERIFY", "0020000003123456", "0020000003000000"},
		{"VERIFY of the PKI application", "0020018110C6CEE3CC430485E8676D2A6B10E52494", "002001811000000000000000000000000000000000"},
		{"tries left", "0020000000", "0020000000"},
		{"CHANGE PIN", "805E010007123456FF654321", "805E01000700000000000000"},
		{"PIN CHANGE", "842400010CA2535EF2C29EBA56AD3051E0", "842400010C000000000000000000000000"},
		{"a new PIN for the PSAM to encrypt", "80FA0000080312345680000000", "80FA0000080000000000000000"},
		{"RESET RETRY COUNTER", "002C000003123456", "002C000003000000"},
		{"what is no command", "00200000123456", "00200000000000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			how := seeded(1)
			how.BlankUnknown = true
			require.Contains(t, redacted(t, how, first+"> "+row.before+"\n< 9000\n"), "> "+row.after+"\n")
			command, err := apdu.ParseHex(row.before)
			require.NoError(t, err)
			require.Equal(t, row.after, apdu.Hex(trace.Masked(command)))
			require.Equal(t, row.before, apdu.Hex(command))
		})
	}
	debit, err := apdu.ParseHex("B02C01000F000000012026112301020304A1B2C3D4")
	require.NoError(t, err)
	require.Equal(t, debit, trace.Masked(debit), "in class B0 it is DEBIT")
}

func TestRedactRefuses(t *testing.T) {
	const bank = "> 00A4040008A000000333010101\n< 9000\n"
	for _, row := range []struct {
		name, before string
		line         int
		blank        string // what takes its place
	}{
		{"an instruction", "> 00CB3FFF05\n< 0102030405 9000\n", 2, "> 00CB3FFF05\n< 00000000009000\n"},
		{"its data", "> 00CB3FFF03313233\n< 9000\n", 2, "> 00CB3FFF03000000\n< 9000\n"},
		{"no command", "> 00A4\n< 3132 9000\n", 2, "> 0000\n< 00009000\n"},
		{"a record of a bank's application", bank + "> 00B2010C00\n< 7003 5A0162 9000\n", 4, "> 00B2010C00\n< 00000000009000\n"},
		{"a file of it", bank + "> 00B0000003\n< 313233 9000\n", 4, "> 00B0000003\n< 0000009000\n"},
		{"control information with a number in it", "> 00A4040008A000000632010105\n< 6F08 9F0C05 3102030405 9000\n", 2, "< 000000000000000000009000\n"},
		{"no records", "> 00B2013D00\n< 0055443322 9000\n", 2, "< 00000000009000\n"},
		{"a cut record that nobody asked for", "> 00B2013D00\n< E355443322 9000\n", 2, "< 00000000009000\n"},
		{"GET RESPONSE by itself", "> 00C0000002\n< 3132 9000\n", 2, "< 00009000\n"},
		{"metadata", "@ visitor x\n> 00A40000\n< 9000\n", 1, "@ redacted yes\n> 00A40000\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := trace.Redact(parseAll(t, first+row.before), seeded(1))
			require.ErrorIs(t, err, trace.ErrUnknown)
			var at *trace.RedactError
			require.ErrorAs(t, err, &at)
			require.Equal(t, row.line, at.Line)
			how := seeded(1)
			how.BlankUnknown = true
			require.Contains(t, redacted(t, how, first+row.before), row.blank)
		})
	}
}

func TestRedactErrorShowsNoData(t *testing.T) {
	_, err := trace.Redact(parseAll(t, first+"\n> 00CB3FFF03313233\n< 9000\n"), seeded(1))
	require.EqualError(t, err, "line 3, session 0, exchange 0: command 00CB3FFF: what this is cannot be told")
}

// What the rules miss, the last look finds: here a number in the name of a reader.
func TestRedactLooksAgain(t *testing.T) {
	_, err := trace.Redact(parseAll(t, first+"@ reader Desk of 510100200001010019\n"+someone), seeded(1))
	require.ErrorIs(t, err, trace.ErrRemains)
}

func TestRedactCuts(t *testing.T) {
	got := redacted(t, seeded(1), first+"> 00B2083014\n< 08123531303130 9000\n")
	require.Contains(t, got, "< 0812")
	require.NotContains(t, got, "3531303130")
}
