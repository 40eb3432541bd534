package trace_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sscard/apdu"
	"sscard/apdu/tlv"
	"sscard/apdu/trace"
)

const first = "# sscard trace 1\n"

func TestParse(t *testing.T) {
	got, err := trace.Parse(strings.NewReader(first + `
@ reader Reader 00 00
@ atr 3B 00
@ note

# 张三
> 00a4 0000
# between
< 9000 +12.5ms
> 0084000008
<
> 0084000008
< +3ms
> 00B2010012
! removed +1m0s
* 06
< 6401 +4s
> 00C0000001
! reset
`))
	require.NoError(t, err)
	challenge := []byte{0x00, 0x84, 0x00, 0x00, 0x08}
	requireSame(t, &trace.Session{
		Meta: []trace.Meta{{"reader", "Reader 00 00"}, {"atr", "3B 00"}, {"note", ""}},
		Exchanges: []trace.Exchange{
			{Command: []byte{0x00, 0xA4, 0x00, 0x00}, Response: []byte{0x90, 0x00}, Elapsed: 12500 * time.Microsecond},
			{Command: challenge, Response: []byte{}},
			{Command: challenge, Response: []byte{}, Elapsed: 3 * time.Millisecond},
			{Command: []byte{0x00, 0xB2, 0x01, 0x00, 0x12}, Fault: "removed", Elapsed: time.Minute},
			{Control: 0x06, Response: []byte{0x64, 0x01}, Elapsed: 4 * time.Second},
			{Command: []byte{0x00, 0xC0, 0x00, 0x00, 0x01}, Fault: "reset"},
		},
	}, got)
	require.Equal(t, []byte{0x3B, 0x00}, got.ATR())
	require.Equal(t, "Reader 00 00", got.Get("reader"))
	require.Empty(t, got.Get("interface"))
}

func TestParseTakesCRLF(t *testing.T) {
	got, err := trace.Parse(strings.NewReader("# sscard trace 1\r\n@ protocol T=0\r\n\r\n> 00A40000\r\n< 9000\r\n"))
	require.NoError(t, err)
	require.Equal(t, "T=0", got.Get("protocol"))
	require.Len(t, got.Exchanges, 1)
}

func TestParseRefuses(t *testing.T) {
	many := func(line string, n int) string { return first + strings.Repeat(line, n) }
	for _, row := range []struct {
		name, in string
		line     int
		want     error
	}{
		{"nothing", "", 0, trace.ErrVersion},
		{"no signature", "> 00A40000\n< 9000\n", 1, trace.ErrVersion},
		{"a version to come", "# sscard trace 2\n", 1, trace.ErrVersion},
		{"a line of no kind", first + "00A40000\n", 2, trace.ErrMalformed},
		{"not UTF-8", first + "# \xD5\xC5\n", 2, trace.ErrMalformed},
		{"metadata without a key", first + "@\n", 2, trace.ErrMalformed},
		{"a key in capitals", first + "@ Reader x\n", 2, trace.ErrMalformed},
		{"a control character", first + "@ reader a\x07b\n", 2, trace.ErrMalformed},
		{"an ATR that is not hexadecimal", first + "@ atr 3B6\n", 2, trace.ErrMalformed},
		{"metadata after a command", first + "> 00A40000\n@ protocol T=0\n", 3, trace.ErrMalformed},
		{"metadata after an exchange", first + "> 00A40000\n< 9000\n@ protocol T=0\n", 4, trace.ErrMalformed},
		{"an empty command", first + ">\n", 2, trace.ErrMalformed},
		{"half a byte of command", first + "> 00A\n", 2, trace.ErrMalformed},
		{"two sessions", first + first, 2, trace.ErrMalformed},
		{"a session of a version to come", first + "# sscard trace 2\n", 2, trace.ErrVersion},
		{"a session before the answer", first + "> 00A40000\n" + first, 3, trace.ErrMalformed},
		{"a feature of no byte", first + "*\n", 2, trace.ErrMalformed},
		{"a feature of two bytes", first + "* 0607\n", 2, trace.ErrMalformed},
		{"a feature that is none", first + "* 00\n", 2, trace.ErrMalformed},
		{"two commands", first + "> 00A40000\n> 00A40000\n", 3, trace.ErrMalformed},
		{"an answer first", first + "< 9000\n", 2, trace.ErrMalformed},
		{"two answers", first + "> 00A40000\n< 9000\n! removed\n", 4, trace.ErrMalformed},
		{"no answer at the end", first + "> 00A40000\n", 2, trace.ErrMalformed},
		{"half a byte of response", first + "> 00A40000\n< 900\n", 3, trace.ErrMalformed},
		{"a fault without a word", first + "> 00A40000\n! +3ms\n", 3, trace.ErrMalformed},
		{"a fault of two words", first + "> 00A40000\n! card removed\n", 3, trace.ErrMalformed},
		{"a time without a unit", first + "> 00A40000\n< 9000 +12\n", 3, trace.ErrMalformed},
		{"a time that is missing", first + "> 00A40000\n< 9000 +\n", 3, trace.ErrMalformed},
		{"a negative time", first + "> 00A40000\n< 9000 +-3ms\n", 3, trace.ErrMalformed},
		{"a sign too many", first + "> 00A40000\n< 9000 ++3ms\n", 3, trace.ErrMalformed},
		{"a line too long", first + "# " + strings.Repeat("x", 256<<10), 2, trace.ErrLimit},
		{"an APDU too long", first + "> " + strings.Repeat("00", 128<<10-4), 2, trace.ErrLimit},
		{"too much metadata", many("@ note x\n", 1001), 1002, trace.ErrLimit},
		{"too many exchanges", many("> 00A40000\n< 9000\n", 100_000) + "> 00A40000\n", 200_002, trace.ErrLimit},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := trace.Parse(strings.NewReader(row.in))
			require.ErrorIs(t, err, row.want)
			var at *trace.ParseError
			require.ErrorAs(t, err, &at)
			require.Equal(t, row.line, at.Line)
		})
	}
}

func TestParsePassesOnWhatTheReaderFailedWith(t *testing.T) {
	broken := errors.New("disk fault")
	_, err := trace.Parse(io.MultiReader(strings.NewReader(first), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "line 2: disk fault")
}

func TestParseTakesTheLongestLine(t *testing.T) {
	_, err := trace.Parse(strings.NewReader(first + "# " + strings.Repeat("x", 256<<10-2) + "\n"))
	require.NoError(t, err)
}

func TestParseErrorShowsNoLine(t *testing.T) {
	_, err := trace.Parse(strings.NewReader(first + "> 0020000003 123456 zz\n"))
	require.EqualError(t, err, "line 2: malformed trace: not hexadecimal bytes")
}

func TestWriteTo(t *testing.T) {
	s := &trace.Session{
		Meta: []trace.Meta{{"interface", "contactless"}, {"note", ""}},
		Exchanges: []trace.Exchange{
			{Command: []byte{0x00, 0xA4}, Response: []byte{0x6A, 0x82}, Elapsed: 1500 * time.Microsecond},
			{Command: []byte{0x00, 0xA4}, Fault: "mute"},
		},
	}
	var b bytes.Buffer
	n, err := s.WriteTo(&b)
	require.NoError(t, err)
	require.EqualValues(t, b.Len(), n)
	require.Equal(t, first+"@ interface contactless\n@ note\n> 00A4\n< 6A82 +1.5ms\n> 00A4\n! mute\n", b.String())
}

func TestWriteToRefuses(t *testing.T) {
	meta := func(key, value string) trace.Session { return trace.Session{Meta: []trace.Meta{{key, value}}} }
	exchange := func(x trace.Exchange) trace.Session { return trace.Session{Exchanges: []trace.Exchange{x}} }
	for _, row := range []struct {
		name    string
		session trace.Session
		want    error
	}{
		{"a line break in a value", meta("reader", "a\n> 00"), trace.ErrMalformed},
		{"a value not in UTF-8", meta("reader", "\xD5\xC5"), trace.ErrMalformed},
		{"a value that would be trimmed", meta("reader", " x"), trace.ErrMalformed},
		{"a key of two words", meta("the reader", "x"), trace.ErrMalformed},
		{"a value over a line", meta("reader", strings.Repeat("x", 256<<10)), trace.ErrLimit},
		{"an empty command", exchange(trace.Exchange{Response: []byte{0x90, 0x00}}), trace.ErrMalformed},
		{"a command and a feature", exchange(trace.Exchange{Command: []byte{0}, Control: 6, Response: []byte{0x90, 0x00}}), trace.ErrMalformed},
		{"a fault and a response", exchange(trace.Exchange{Command: []byte{0}, Response: []byte{0x90, 0x00}, Fault: "mute"}), trace.ErrMalformed},
		{"a fault of two words", exchange(trace.Exchange{Command: []byte{0}, Fault: "not here"}), trace.ErrMalformed},
		{"a negative time", exchange(trace.Exchange{Command: []byte{0}, Elapsed: -1}), trace.ErrMalformed},
		{"an APDU over a line", exchange(trace.Exchange{Command: make([]byte, 128<<10)}), trace.ErrLimit},
		{"too much metadata", trace.Session{Meta: make([]trace.Meta, 1001)}, trace.ErrLimit},
		{"too many exchanges", trace.Session{Exchanges: make([]trace.Exchange, 100_001)}, trace.ErrLimit},
	} {
		t.Run(row.name, func(t *testing.T) {
			var b bytes.Buffer
			_, err := row.session.WriteTo(&b)
			require.ErrorIs(t, err, row.want)
			require.Zero(t, b.Len())
		})
	}
}

// sessions can be written: no key, word or value that a line could not hold.
var sessions = rapid.Custom(func(t *rapid.T) *trace.Session {
	word := rapid.StringMatching(`[a-z][a-z0-9-]{0,20}`)
	value := rapid.Map(rapid.StringMatching(`[ -~张三社会保障]{0,40}`), strings.TrimSpace)
	exchange := rapid.Custom(func(t *rapid.T) trace.Exchange {
		x := trace.Exchange{
			Command: rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "command"),
			Elapsed: time.Duration(rapid.Int64Min(0).Draw(t, "elapsed")),
		}
		if rapid.Bool().Draw(t, "fails") {
			x.Fault = word.Draw(t, "fault")
		} else {
			x.Response = rapid.SliceOf(rapid.Byte()).Draw(t, "response")
		}
		return x
	})
	meta := rapid.Custom(func(t *rapid.T) trace.Meta {
		return trace.Meta{Key: "x-" + word.Draw(t, "key"), Value: value.Draw(t, "value")}
	})
	s := &trace.Session{}
	s.Meta = append(s.Meta, rapid.SliceOf(meta).Draw(t, "meta")...)
	s.Exchanges = append(s.Exchanges, rapid.SliceOf(exchange).Draw(t, "exchanges")...)
	return s
})

func TestParseUndoesWriteTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := sessions.Draw(t, "session")
		var b bytes.Buffer
		_, err := want.WriteTo(&b)
		require.NoError(t, err)
		got, err := trace.Parse(&b)
		require.NoError(t, err)
		requireSame(t, want, got)
	})
}

// requireSame compares what sessions say, whatever lines of a file they come from.
func requireSame(t require.TestingT, want, got *trace.Session) {
	require.Equal(t, want.Meta, got.Meta)
	require.Equal(t, want.Exchanges, got.Exchanges)
}

func TestATR(t *testing.T) {
	for _, row := range []struct {
		name string
		meta []trace.Meta
		want []byte
	}{
		{"none", nil, nil},
		{"empty", []trace.Meta{{"atr", ""}}, nil},
		{"not hexadecimal", []trace.Meta{{"atr", "none"}}, nil},
		{"the first", []trace.Meta{{"atr", "3B00"}, {"atr", "3B01"}}, []byte{0x3B, 0x00}},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, (&trace.Session{Meta: row.meta}).ATR())
		})
	}
}

// TestPlayGen3Contact reads a whole card through a channel, and records it again on the way.
func TestPlayGen3Contact(t *testing.T) {
	const path = "testdata/gen3-contact.trace"
	recorder := trace.NewRecorder(trace.Open(t, path))
	card := apdu.NewChannel(recorder)
	do := func(cmd apdu.Command) []byte {
		data, err := card.Do(t.Context(), cmd.String(), cmd)
		require.NoError(t, err)
		return data
	}
	record := func(id byte, ne int) string {
		records, err := tlv.ParseSimple(do(apdu.ReadRecord(apdu.CurrentEF, apdu.RecordFirstByID, id, ne)))
		require.NoError(t, err)
		require.Len(t, records, 1)
		require.Equal(t, id, records[0].Tag)
		return string(records[0].Value)
	}
	eight := func(b []byte) [8]byte { return [8]byte(b) }

	fci := do(apdu.SelectDF([]byte("sx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF")))
	algorithm, found, err := tlv.Find(fci, 0x6F, 0xA5, 0x9F0C, 0x86)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, []byte{3}, algorithm)

	do(apdu.SelectFile(apdu.SelectEFByID, 0xEF05))
	require.Equal(t, "\x51\x01\x00\xD1\x56\x00\x00\x05\x00\x00\x00\x01\xFF\xFF\xFF\xFF", record(0x01, 18))
	require.Equal(t, "3.00", record(0x03, 6))
	require.Equal(t, "A00000003", record(0x07, 11))

	original, factor := eight(do(apdu.GetChallenge(8))), eight(do(apdu.GetChallenge(8)))
	internal := apdu.InternalAuthenticate(factor, original)
	require.Equal(t, "CD4D57EC070CD94B", apdu.Hex(do(internal)))
	original = eight(do(apdu.GetChallenge(8)))
	do(apdu.GetChallenge(8))
	do(apdu.ExternalAuthenticate(0x0A, [8]byte{0xC7, 0xFD, 0xDB, 0xEB, 0x3A, 0x95, 0xA6, 0xB4}, original))

	require.Equal(t, "\x20\x20\x01\x01", record(0x05, 6))
	require.Equal(t, "\x20\x30\x01\x01", record(0x06, 6))
	do(apdu.SelectFile(apdu.SelectEFByID, 0xEF06))
	require.Equal(t, "510100200001010019", record(0x08, 20))
	require.Equal(t, "\xD5\xC5\xC8\xFD", strings.TrimRight(record(0x09, 32), "\x00"))
	require.Empty(t, strings.TrimRight(record(0x4E, 22), "\x00"))

	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	played, err := trace.Parse(f)
	require.NoError(t, err)
	require.Equal(t, "3B6D00000081544C968684510100000001", apdu.Hex(played.ATR()))
	recorded := recorder.Session().Exchanges
	for i := range recorded {
		recorded[i].Elapsed = 0
	}
	require.Equal(t, played.Exchanges, recorded)
}

// cardFunc is a card that is a function.
type cardFunc func(ctx context.Context, command []byte) ([]byte, error)

func (f cardFunc) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	return f(ctx, command)
}

func TestRecorder(t *testing.T) {
	pulled := errors.New("pulled")
	for _, row := range []struct {
		name     string
		response []byte
		err      error
		word     func(error) string
		want     trace.Exchange
	}{
		{"an answer", []byte{0x90, 0x00}, nil, nil, trace.Exchange{Response: []byte{0x90, 0x00}}},
		{"an empty answer", nil, nil, nil, trace.Exchange{Response: []byte{}}},
		{"a failure without a name", nil, pulled, nil, trace.Exchange{Fault: "failed"}},
		{"a failure with a name", nil, pulled, func(error) string { return "removed" }, trace.Exchange{Fault: "removed"}},
		{"a name that is no word", nil, pulled, func(err error) string { return "Card pulled" }, trace.Exchange{Fault: "failed"}},
		{"a fault played back", nil, fmt.Errorf("wrapped: %w", &trace.Fault{Word: "mute"}), nil, trace.Exchange{Fault: "mute"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				recorder := trace.NewRecorder(cardFunc(func(context.Context, []byte) ([]byte, error) {
					time.Sleep(8 * time.Millisecond)
					return row.response, row.err
				}), trace.Meta{Key: "interface", Value: "contact"})
				recorder.Word = row.word
				command := []byte{0x00, 0x84, 0x00, 0x00, 0x08}

				response, err := recorder.Transmit(t.Context(), command)
				require.Equal(t, row.response, response)
				require.Equal(t, row.err, err)

				row.want.Command, row.want.Elapsed = bytes.Clone(command), 8*time.Millisecond
				clear(command)
				require.Equal(t, &trace.Session{
					Meta:      []trace.Meta{{"interface", "contact"}},
					Exchanges: []trace.Exchange{row.want},
				}, recorder.Session())
			})
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	const n = 32
	session := &trace.Session{Exchanges: slices.Repeat([]trace.Exchange{
		{Command: []byte{0x00, 0x84, 0x00, 0x00}, Response: []byte{0x90, 0x00}},
	}, n)}
	player := trace.NewPlayer(session)
	recorder := trace.NewRecorder(player)
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			_, _ = recorder.Transmit(t.Context(), []byte{0x00, 0x84, 0x00, 0x00})
			_ = recorder.Session()
		})
	}
	all.Wait()
	require.NoError(t, player.Done())
	require.Len(t, recorder.Session().Exchanges, n)
}

// play is a player of a session given as lines.
func play(t *testing.T, lines string) *trace.Player {
	s, err := trace.Parse(strings.NewReader(first + lines))
	require.NoError(t, err)
	return trace.NewPlayer(s)
}

func transmit(t *testing.T, p *trace.Player, command string) ([]byte, error) {
	b, err := apdu.ParseHex(command)
	require.NoError(t, err)
	return p.Transmit(t.Context(), b)
}

func TestPlayerMismatch(t *testing.T) {
	const recorded = "> 0020000003123456\n< 9000\n"
	for _, row := range []struct {
		name, recorded, sent, text string
	}{
		{"another command", recorded, "0084000008", "exchange 0: GET CHALLENGE 0084000008, but recorded is VERIFY 0020000003"},
		{"another length", recorded, "00200000021234", "exchange 0: VERIFY 0020000002, but recorded is VERIFY 0020000003"},
		{"other data", recorded, "0020000003654321", "exchange 0: VERIFY 0020000003: data or Le are not as recorded"},
		{"a Le more", recorded, "002000000312345600", "exchange 0: VERIFY 0020000003: data or Le are not as recorded"},
		{"hardly a command", recorded, "0020", "exchange 0: a command of 2 bytes, but recorded is VERIFY 0020000003"},
		{"one too many", "", "0084000008", "exchange 0: GET CHALLENGE 0084000008, but recorded is no more"},
		{"an empty one too many", "", "", "exchange 0: a command of 0 bytes, but recorded is no more"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := play(t, row.recorded)
			_, err := transmit(t, p, row.sent)
			var mismatch *trace.MismatchError
			require.ErrorAs(t, err, &mismatch)
			require.EqualError(t, err, row.text)
			require.Equal(t, row.sent, apdu.Hex(mismatch.Got))

			_, again := transmit(t, p, "0020000003123456")
			require.Same(t, err, again, "a player that has lost its place stays lost")
			require.Same(t, err, p.Done())
		})
	}
}

func TestPlayerFaultGoesOn(t *testing.T) {
	p := play(t, "> 0084000008\n! removed\n> 00A40000\n< 6A82\n")
	_, err := transmit(t, p, "0084000008")
	var fault *trace.Fault
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "removed", fault.Word)
	require.EqualError(t, p.Done(), "exchanges left over: 1 of 2, the next is SELECT 00A40000")
	require.ErrorIs(t, p.Done(), trace.ErrLeftOver)

	response, err := transmit(t, p, "00A40000")
	require.NoError(t, err)
	require.Equal(t, []byte{0x6A, 0x82}, response)
	require.NoError(t, p.Done())
}

func TestPlayerHeedsTheContext(t *testing.T) {
	p := play(t, "> 00A40000\n< 9000\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Transmit(ctx, []byte{0x00, 0xA4, 0x00, 0x00})
	require.ErrorIs(t, err, context.Canceled)
	_, err = transmit(t, p, "00A40000")
	require.NoError(t, err, "nothing was played")
}

func TestPlayerGivesItsResponsesAway(t *testing.T) {
	s := &trace.Session{Exchanges: []trace.Exchange{{Command: []byte{0x00}, Response: []byte{0x90, 0x00}}}}
	response, err := transmit(t, trace.NewPlayer(s), "00")
	require.NoError(t, err)
	clear(response)
	require.Equal(t, []byte{0x90, 0x00}, s.Exchanges[0].Response)
}

// fakeT is a test that Open may fail.
type fakeT struct {
	failures []string
	cleanups []func()
}

var _ trace.TB = (*fakeT)(nil)

func (*fakeT) Helper()            {}
func (t *fakeT) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }
func (t *fakeT) Fatalf(format string, args ...any) {
	t.failures = append(t.failures, fmt.Sprintf(format, args...))
	panic(t)
}

// run is what testing does: a failure ends the test, then the cleanups run.
func (t *fakeT) run(test func()) {
	t.protect(test)
	for _, f := range t.cleanups {
		t.protect(f)
	}
}

func (t *fakeT) protect(f func()) {
	defer func() {
		if r := recover(); r != nil && r != any(t) {
			panic(r)
		}
	}()
	f()
}

func TestOpen(t *testing.T) {
	const path = "testdata/gen3-contact.trace"
	for _, row := range []struct {
		name, path, command, want string
	}{
		{"no file", "testdata/none.trace", "", "no such file"},
		{"no trace", "trace.go", "", "trace.go: line 1: not a trace of version 1"},
		{"left over", path, "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "exchanges left over: 16 of 17, the next is SELECT 00A4020002"},
		{"a mismatch that nobody looked at", path, "00A40400", "exchange 0: SELECT 00A40400, but recorded is SELECT 00A404000F"},
	} {
		t.Run(row.name, func(t *testing.T) {
			fake := &fakeT{}
			fake.run(func() {
				_, _ = transmit(t, trace.Open(fake, row.path), row.command)
			})
			require.Len(t, fake.failures, 1)
			require.Contains(t, fake.failures[0], row.want)
		})
	}
}
