package recording_test

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/apdu/trace"
	"sscard/cmd/internal/recording"
	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/virtual"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const name = "Desk Contact 00 00"

// kept collects sessions.
type kept struct {
	mu       sync.Mutex
	sessions []*trace.Session
}

func (k *kept) add(s *trace.Session) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sessions = append(k.sessions, s)
}

func (k *kept) all() []*trace.Session {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.sessions)
}

type stand struct {
	t        *testing.T
	driver   *virtual.Driver
	recorder *recording.Recorder
}

func (s stand) Driver() reader.Driver        { return s.recorder }
func (s stand) Reader() string               { return name }
func (s stand) Insert(card *readertest.Card) { require.NoError(s.t, s.driver.Insert(name, card)) }
func (s stand) Eject()                       { require.NoError(s.t, s.driver.Eject(name)) }

// A recorded driver is a driver like the one below it, and whatever happens, what was recorded can be written.
func TestRecorderConformance(t *testing.T) {
	readertest.Run(t, func(t *testing.T) readertest.Stand {
		var k kept
		t.Cleanup(func() {
			require.NotPanics(t, func() { require.NoError(t, trace.WriteAll(&strings.Builder{}, k.all())) })
		})
		v := virtual.New(name, "Another Reader 00 00")
		return stand{t: t, driver: v, recorder: recording.NewRecorder(v, k.add)}
	})
}

// pooled runs fn with a pool over the driver.
func pooled(t *testing.T, d reader.Driver, fn func(ctx context.Context, p *reader.Pool)) {
	t.Helper()
	pool := reader.NewPool(d, reader.Config{Patience: 50 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { pool.Run(ctx) })
	require.NoError(t, pool.Ready(ctx))
	fn(ctx, pool)
	cancel()
	running.Wait()
}

// say sends commands over one lease of the reader, up to the first error.
func say(ctx context.Context, p *reader.Pool, commands ...byte) error {
	lease, err := p.Acquire(ctx, reader.IDOf(name))
	if err != nil {
		return err
	}
	defer lease.Release()
	for _, c := range commands {
		if _, err := lease.Transmit(ctx, []byte{0x00, c, 0x00, 0x00}); err != nil {
			return err
		}
	}
	return nil
}

// What fails when it is recorded fails in the same way when it is played.
func TestFaultsArePlayedAsRecorded(t *testing.T) {
	pulled := errors.New("pulled")
	for _, row := range []struct {
		name   string
		want   error
		word   string
		answer func(context.Context, []byte) ([]byte, error)
	}{
		{name: "nothing", want: nil},
		{name: "removed", want: reader.ErrRemoved, word: "removed",
			answer: func(context.Context, []byte) ([]byte, error) { return nil, pulled }},
		{name: "mute", want: reader.ErrMute, word: "mute",
			answer: func(ctx context.Context, _ []byte) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }},
		{name: "no answer, and the card is still there", want: reader.ErrFailed, word: "no-answer",
			answer: func(context.Context, []byte) ([]byte, error) { return []byte{}, nil }},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := virtual.New(name)
			require.NoError(t, v.Insert(name, readertest.NewCard(row.answer)))
			var k kept
			recorder := recording.NewRecorder(v, k.add)
			pooled(t, recorder, func(ctx context.Context, p *reader.Pool) {
				require.ErrorIs(t, say(ctx, p, 0x84, 0xA4), row.want)
			})
			sessions := k.all()
			require.Len(t, sessions, 1)
			require.Equal(t, "contact", sessions[0].Get(trace.KeyInterface))
			last := sessions[0].Exchanges[len(sessions[0].Exchanges)-1]
			require.Equal(t, row.word, last.Fault)

			player, err := recording.NewPlayer(sessions)
			require.NoError(t, err)
			pooled(t, player, func(ctx context.Context, p *reader.Pool) {
				require.ErrorIs(t, say(ctx, p, 0x84, 0xA4), row.want)
			})
			require.NoError(t, player.Done())
		})
	}
}

func TestConnectionsThatFail(t *testing.T) {
	for _, row := range []struct {
		name  string
		upset func(*virtual.Driver)
		want  error
	}{
		{"mute", func(v *virtual.Driver) {
			card := readertest.NewCard(nil)
			card.Reply = make([]byte, 40)
			require.NoError(t, v.Insert(name, card))
		}, reader.ErrMute},
		{"busy", func(v *virtual.Driver) {
			require.NoError(t, v.Insert(name, readertest.NewCard(nil)))
			require.NoError(t, v.SetExclusive(name, true))
		}, reader.ErrBusy},
		{"empty", func(*virtual.Driver) {}, reader.ErrNoCard},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := virtual.New(name)
			row.upset(v)
			var k kept
			pooled(t, recording.NewRecorder(v, k.add), func(ctx context.Context, p *reader.Pool) {
				require.ErrorIs(t, say(ctx, p), row.want)
			})
			player, err := recording.NewPlayer(k.all())
			require.NoError(t, err)
			pooled(t, player, func(ctx context.Context, p *reader.Pool) {
				require.ErrorIs(t, say(ctx, p), row.want)
			})
			require.NoError(t, player.Done())
		})
	}
}

func TestRecorderWantsOneReader(t *testing.T) {
	v := virtual.New(name, "Another Reader 00 00")
	require.NoError(t, v.Insert(name, readertest.NewCard(nil)))
	var k kept
	recorder := recording.NewRecorder(v, k.add)
	recorder.Wanted = func(reader string) bool { return reader != name }
	pooled(t, recorder, func(ctx context.Context, p *reader.Pool) { require.NoError(t, say(ctx, p, 0x84)) })
	require.Empty(t, k.all())
}

const session = "# sscard trace 1\n@ reader " + name + "\n@ atr 3B6D00000081544C968684510100000001\n> 00840000\n< 9000\n"

func player(t *testing.T, text string) *recording.Player {
	t.Helper()
	sessions, err := trace.ParseAll(strings.NewReader(text))
	require.NoError(t, err)
	p, err := recording.NewPlayer(sessions)
	require.NoError(t, err)
	return p
}

func TestPlayerIsStrict(t *testing.T) {
	for _, row := range []struct {
		name  string
		trace string
		say   [][]byte // one connection each
		want  string
	}{
		{"as recorded", session, [][]byte{{0x84}}, ""},
		{"two sessions", session + session, [][]byte{{0x84}, {0x84}}, ""},
		{"another command", session, [][]byte{{0xA4}}, "recorded is GET CHALLENGE"},
		{"one too few", session, [][]byte{{}}, "exchanges left over: 1 of 1"},
		{"one too many", session, [][]byte{{0x84, 0x84}}, "recorded is no more"},
		{"a connection too many", session, [][]byte{{0x84}, {0x84}}, "no recorded session is left"},
		{"a connection too few", session + session, [][]byte{{0x84}}, "sessions never begun: 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := player(t, row.trace)
			pooled(t, p, func(ctx context.Context, pool *reader.Pool) {
				for _, commands := range row.say {
					_ = say(ctx, pool, commands...)
				}
			})
			if row.want == "" {
				require.NoError(t, p.Done())
				return
			}
			require.ErrorContains(t, p.Done(), row.want)
		})
	}
}

func TestPlayerEndlessAndLoose(t *testing.T) {
	p := player(t, session+"> 00A40000\n< 6A82\n")
	p.Endless, p.Loose = true, true
	pooled(t, p, func(ctx context.Context, pool *reader.Pool) {
		for range 3 {
			require.NoError(t, say(ctx, pool, 0xA4, 0x84, 0x84))
		}
	})
	require.NoError(t, p.Done())
}

// The card that is removed is gone, and the next session's is another card; after the last the reader is empty.
func TestPlayerRemovesCards(t *testing.T) {
	removed := strings.Replace(session, "< 9000", "! removed", 1)
	p := player(t, removed+removed)
	pooled(t, p, func(ctx context.Context, pool *reader.Pool) {
		before := pool.Snapshot().Readers[0].Card
		require.ErrorIs(t, say(ctx, pool, 0x84), reader.ErrRemoved)
		_, err := pool.Await(ctx, func(s reader.Snapshot) bool { return s.Readers[0].Card != nil && !s.Readers[0].Card.Is(before) })
		require.NoError(t, err)
		require.ErrorIs(t, say(ctx, pool, 0x84), reader.ErrRemoved)
		_, err = pool.Await(ctx, func(s reader.Snapshot) bool { return s.Readers[0].Card == nil })
		require.NoError(t, err)
	})
	require.NoError(t, p.Done())
}

func TestPlayerNamesReaders(t *testing.T) {
	p := player(t, "# sscard trace 1\n@ atr 3B00\n"+"# sscard trace 1\n@ interface contactless\n@ atr 3B00\n")
	pooled(t, p, func(_ context.Context, pool *reader.Pool) {
		readers := pool.Snapshot().Readers
		require.Len(t, readers, 2)
		require.Equal(t, reader.Contact, readers[0].Interface)
		require.Equal(t, reader.Contactless, readers[1].Interface)
	})
	_, err := recording.NewPlayer(nil)
	require.ErrorIs(t, err, trace.ErrNoSession)
}

// told is a driver that tells more than it must.
type told struct{ *virtual.Driver }

func (told) Heard() time.Time { return time.Time{}.Add(time.Hour) }
func (told) Holder() string   { return "scdaemon" }

// What the driver below can tell besides is told, so that a stuck watch is found out and a busy reader's holder is named.
func TestDriversTellMore(t *testing.T) {
	for name, over := range map[string]func(reader.Driver) reader.Driver{
		"recorder": func(d reader.Driver) reader.Driver { return recording.NewRecorder(d, nil) },
		"tape":     func(d reader.Driver) reader.Driver { return recording.NewTape(d) },
	} {
		t.Run(name, func(t *testing.T) {
			more, less := over(told{virtual.New()}), over(virtual.New())
			require.Equal(t, time.Time{}.Add(time.Hour), more.(reader.Pulse).Heard())
			require.Equal(t, "scdaemon", more.(reader.Witness).Holder())
			before := time.Now()
			require.WithinRange(t, less.(reader.Pulse).Heard(), before, time.Now())
			require.Empty(t, less.(reader.Witness).Holder())
		})
	}
}

// keyPad is a reader that can do something by itself.
type keyPad struct{ reader.Driver }

func (k keyPad) Open(name string) reader.Conn { return keyPadConn{k.Driver.Open(name)} }

type keyPadConn struct{ reader.Conn }

func (keyPadConn) Features(context.Context) ([]byte, error) {
	return binary.BigEndian.AppendUint32([]byte{0x0A, 4, 0, 0, 0, 1, byte(reader.FeatureVerifyPIN), 4}, 0x42330006), nil
}

func (keyPadConn) Control(_ context.Context, code uint32, in []byte) ([]byte, error) {
	if code != 0x42330006 {
		return nil, errors.New("another code")
	}
	return append(slices.Clone(in), 0x64, 0x01), nil
}

// That a PIN was entered at the key pad is recorded, and nothing of what was sent there.
func TestKeyPad(t *testing.T) {
	v := virtual.New(name)
	require.NoError(t, v.Insert(name, readertest.NewCard(nil)))
	enter := func(ctx context.Context, p *reader.Pool) []byte {
		lease, err := p.Acquire(ctx, reader.IDOf(name))
		require.NoError(t, err)
		defer lease.Release()
		out, err := lease.Control(ctx, reader.FeatureVerifyPIN, []byte{0x12, 0x34, 0x56})
		require.NoError(t, err)
		return out
	}
	var k kept
	pooled(t, recording.NewRecorder(keyPad{v}, k.add), func(ctx context.Context, p *reader.Pool) {
		require.Equal(t, []byte{0x12, 0x34, 0x56, 0x64, 0x01}, enter(ctx, p))
	})
	var b strings.Builder
	require.NoError(t, trace.WriteAll(&b, k.all()))
	require.Contains(t, b.String(), "@ features 0A06\n* 06\n< 6401 +")
	require.NotContains(t, b.String(), "123456")

	p := player(t, b.String())
	pooled(t, p, func(ctx context.Context, pool *reader.Pool) {
		require.Equal(t, []byte{0x64, 0x01}, enter(ctx, pool))
	})
	require.NoError(t, p.Done())
}
