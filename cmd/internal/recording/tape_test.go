package recording_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu/trace"
	"sscard/cmd/internal/recording"
	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/virtual"
)

// tapeStand is one with a tape.
type tapeStand struct {
	stand
	tape *recording.Tape
}

func (s tapeStand) Driver() reader.Driver { return s.tape }

// A tape is a driver like the one below it, whether it records or not.
func TestTapeConformance(t *testing.T) {
	for _, row := range []struct {
		name  string
		start func(*testing.T, *recording.Tape)
	}{
		{"off", func(*testing.T, *recording.Tape) {}},
		{"on", func(t *testing.T, tape *recording.Tape) {
			require.NoError(t, tape.Start(""))
			t.Cleanup(func() { _, err := tape.Stop(); require.NoError(t, err) })
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			readertest.Run(t, func(t *testing.T) readertest.Stand {
				v := virtual.New(name, "Another Reader 00 00")
				tape := recording.NewTape(v)
				row.start(t, tape)
				return tapeStand{stand{t: t, driver: v}, tape}
			})
		})
	}
}

// taped is a tape over a reader with a card, in a bubble with a clock of its own.
func taped(t *testing.T, fn func(t *testing.T, tape *recording.Tape, say func(commands ...byte))) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v := virtual.New(name)
		require.NoError(t, v.Insert(name, readertest.NewCard(nil)))
		tape := recording.NewTape(v)
		defer tape.Discard()
		pooled(t, tape, func(ctx context.Context, p *reader.Pool) {
			fn(t, tape, func(commands ...byte) { require.NoError(t, say(ctx, p, commands...)) })
		})
	})
}

func TestTape(t *testing.T) {
	taped(t, func(t *testing.T, tape *recording.Tape, say func(...byte)) {
		require.Zero(t, tape.State())
		say(0x84)
		require.NoError(t, tape.Start(""))
		require.ErrorIs(t, tape.Start(""), recording.ErrRecording)
		since := time.Now()
		say(0x84)
		say(0x84, 0x84)
		require.Equal(t, recording.TapeState{Recording: true, Since: since, Sessions: 2}, tape.State())
		got, err := tape.Stop()
		require.NoError(t, err)
		require.Equal(t, 2, got.Sessions)
		require.Zero(t, got.Dropped)
		require.Zero(t, tape.State())
		_, err = tape.Stop()
		require.ErrorIs(t, err, recording.ErrNothing, "it is given once")
		say(0x84)

		sessions, err := trace.ParseAll(strings.NewReader(got.Text))
		require.NoError(t, err)
		require.Len(t, sessions, 2)
		require.Len(t, sessions[1].Exchanges, 2)
		require.NotEmpty(t, sessions[0].Get(trace.KeyRedacted))

		require.NoError(t, tape.Start(""))
		got, err = tape.Stop()
		require.NoError(t, err)
		require.Equal(t, recording.Recorded{}, *got, "nothing was said meanwhile")
	})
}

func TestTapeOfOneReader(t *testing.T) {
	taped(t, func(t *testing.T, tape *recording.Tape, say func(...byte)) {
		for _, row := range []struct {
			reader string
			want   int
		}{{"", 1}, {reader.IDOf(name), 1}, {reader.IDOf("Another Reader 00 00"), 0}} {
			require.NoError(t, tape.Start(row.reader))
			require.Equal(t, row.reader, tape.State().Reader)
			say(0x84)
			got, err := tape.Stop()
			require.NoError(t, err)
			require.Equal(t, row.want, got.Sessions, row.reader)
		}
	})
}

func TestTapeDiscarded(t *testing.T) {
	taped(t, func(t *testing.T, tape *recording.Tape, say func(...byte)) {
		tape.Discard()
		require.NoError(t, tape.Start(""))
		say(0x84)
		tape.Discard()
		require.Zero(t, tape.State())
		_, err := tape.Stop()
		require.ErrorIs(t, err, recording.ErrNothing)
	})
}

// What is more than is kept is counted.
func TestTapeLimits(t *testing.T) {
	for _, row := range []struct {
		name              string
		visits, commands  int
		sessions, dropped int
	}{
		{"sessions", recording.TapeSessions + 3, 1, recording.TapeSessions, 3},
		{"bytes", 2, recording.TapeBytes / 2 / len("> 00840000\n< 9000 +0us\n"), 1, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			taped(t, func(t *testing.T, tape *recording.Tape, say func(...byte)) {
				require.NoError(t, tape.Start(""))
				for range row.visits {
					say([]byte(strings.Repeat("\x84", row.commands))...)
				}
				require.Equal(t, [2]int{row.sessions, row.dropped}, [2]int{tape.State().Sessions, tape.State().Dropped})
				got, err := tape.Stop()
				require.NoError(t, err)
				require.Equal(t, [2]int{row.sessions, row.dropped}, [2]int{got.Sessions, got.Dropped})
				require.LessOrEqual(t, len(got.Text), recording.TapeBytes+recording.TapeSessions*200)
			})
		})
	}
}

// Where nobody comes back it ends by itself, and what was recorded waits, redacted.
func TestTapeEndsByItself(t *testing.T) {
	for _, row := range []struct {
		name string
		then func(*testing.T, *recording.Tape)
		err  error
	}{
		{"and is fetched", func(*testing.T, *recording.Tape) {}, nil},
		{"and is discarded", func(_ *testing.T, tape *recording.Tape) { tape.Discard() }, recording.ErrNothing},
		{"and begins anew", func(t *testing.T, tape *recording.Tape) {
			require.NoError(t, tape.Start(""))
			tape.Discard()
		}, recording.ErrNothing},
	} {
		t.Run(row.name, func(t *testing.T) {
			taped(t, func(t *testing.T, tape *recording.Tape, say func(...byte)) {
				require.NoError(t, tape.Start(""))
				say(0x84)
				time.Sleep(recording.TapeTime - time.Second)
				require.True(t, tape.State().Recording)
				time.Sleep(2 * time.Second)
				require.Equal(t, recording.TapeState{Sessions: 1}, tape.State())
				say(0x84)
				row.then(t, tape)
				got, err := tape.Stop()
				require.ErrorIs(t, err, row.err)
				if row.err == nil {
					require.Equal(t, 1, got.Sessions)
				}
			})
		})
	}
}

// A connection belongs to the recording in which it was opened, whole or not at all.
func TestTapeOpenConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := virtual.New(name)
		require.NoError(t, v.Insert(name, readertest.NewCard(nil)))
		tape := recording.NewTape(v)
		defer tape.Discard()
		connect := func() reader.Conn {
			conn := tape.Open(name)
			_, err := conn.Connect(t.Context())
			require.NoError(t, err)
			return conn
		}
		before := connect()
		require.NoError(t, tape.Start(""))
		before.Close()
		open := connect()
		got, err := tape.Stop()
		require.NoError(t, err)
		require.Equal(t, recording.Recorded{Dropped: 1}, *got)
		require.NoError(t, tape.Start(""))
		open.Close()
		require.Zero(t, tape.State().Sessions)
	})
}

func BenchmarkOpen(b *testing.B) {
	v := virtual.New(name)
	tape := recording.NewTape(v)
	for _, row := range []struct {
		name   string
		driver reader.Driver
	}{{"driver", v}, {"tape, off", tape}} {
		b.Run(row.name, func(b *testing.B) {
			for b.Loop() {
				row.driver.Open(name).Close()
			}
		})
	}
}
