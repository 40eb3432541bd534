//go:build linux && cgo

package pcsc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/readertest"
	"sscard/reader/vpcd"
)

// The faults of docs/faults.md that come from the service and from other programs, on the real stack. Each ends with
// the pool at work again: nothing of ours is restarted.

// bench is a pool over the private service, with what the tests ask of it.
type bench struct {
	t    *testing.T
	ctx  context.Context
	pool *reader.Pool
}

func start(t *testing.T, cfg reader.Config) *bench {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	b := &bench{t: t, ctx: ctx, pool: reader.NewPool(pcsc.New(), cfg)}
	ended := make(chan struct{})
	go func() { defer close(ended); b.pool.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	_ = b.pool.Ready(ctx)
	return b
}

// until waits for a state of things, and tells how long that took.
func (b *bench) until(what string, is func(reader.Snapshot) bool) reader.Snapshot {
	b.t.Helper()
	began := time.Now()
	s, err := b.pool.Await(b.ctx, is)
	require.NoError(b.t, err, what)
	b.t.Logf("%s: %s", what, time.Since(began).Round(time.Millisecond))
	return s
}

// card puts a card in and gives its reader when it is seen, and what takes it out.
func (b *bench) card(at vpcd.Reader, card vpcd.Card) (id string, eject func()) {
	b.t.Helper()
	takeOut := insert(b.t, at, card)
	s := b.until("card seen", holds(at, true))
	r, err := s.Pick(at.Name, reader.Unknown)
	require.NoError(b.t, err)
	var once sync.Once
	eject = func() {
		b.t.Helper()
		once.Do(func() {
			takeOut()
			b.until("card gone", holds(at, false))
		})
	}
	b.t.Cleanup(eject)
	return r.ID, eject
}

func holds(at vpcd.Reader, want bool) func(reader.Snapshot) bool {
	return func(s reader.Snapshot) bool {
		_, err := s.Pick(at.Name, reader.Unknown)
		return (err == nil) == want
	}
}

func stateOf(s reader.Snapshot, id string) reader.State {
	for _, r := range s.Readers {
		if r.ID == id {
			return r.State
		}
	}
	return ""
}

// ask sends the card one command, within a time.
func (b *bench) ask(id string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(b.ctx, within)
	defer cancel()
	return b.pool.Do(ctx, id, func(l *reader.Lease) error {
		_, err := l.Transmit(ctx, []byte{0, 0x84, 0, 0, 8})
		return err
	})
}

const long = 20 * time.Second // of what comes at once, if it comes

func TestServiceAbsentAtStart(t *testing.T) {
	service.Withdraw()
	b := start(t, reader.Config{})
	require.ErrorIs(t, b.pool.Snapshot().Err, reader.ErrNoService)
	require.ErrorIs(t, b.ask("any", long), reader.ErrNoService)
	require.NoError(t, service.Launch())
	b.until("found after start", func(s reader.Snapshot) bool { return s.Err == nil && len(s.Readers) > 0 })
	require.Equal(t, uint64(1), b.pool.Stats().ServiceFound)
}

func TestServiceStopped(t *testing.T) {
	b := start(t, reader.Config{})
	service.Withdraw()
	b.until("lost", func(s reader.Snapshot) bool { return errors.Is(s.Err, reader.ErrNoService) })
	require.NoError(t, service.Launch())
	b.until("found again", func(s reader.Snapshot) bool { return s.Err == nil })
}

// The socket is there and not for this user, as where polkit or its mode forbid it.
func TestSocketForbidden(t *testing.T) {
	require.NoError(t, os.Chmod(service.Socket(), 0o600))
	defer os.Chmod(service.Socket(), 0o666)
	said := asNobody(t, "watch")
	require.Contains(t, said, reader.ErrDenied.Error())
	require.NotContains(t, said, reader.ErrNoService.Error())
}

// A daemon that is stopped where it stands takes every call and answers none. One call is left behind at a reader and
// one by the watch, however many ask; when it goes on, everything does.
func TestServiceFrozen(t *testing.T) {
	b := start(t, reader.Config{})
	at := service.Readers()[0]
	id, _ := b.card(at, readertest.NewCard(nil))
	require.NoError(t, b.ask(id, long))

	require.NoError(t, service.Freeze())
	defer service.Thaw()
	require.ErrorIs(t, b.ask(id, 1100*time.Millisecond), reader.ErrNoService, "the service, not another program")
	require.ErrorIs(t, b.ask(id, 100*time.Millisecond), reader.ErrBusy, "it is given time to come back")
	require.ErrorIs(t, b.ask(id, long), reader.ErrNoService)
	b.until("silence noticed", func(s reader.Snapshot) bool { return errors.Is(s.Err, reader.ErrNoService) })
	before := time.Now()
	require.ErrorIs(t, b.ask(id, long), reader.ErrNoService)
	require.Less(t, time.Since(before), long/2, "refused at once")
	require.Equal(t, 1, b.pool.Stats().Hanging)

	require.NoError(t, service.Thaw())
	b.until("found again", holds(at, true))
	b.until("calls come back", func(reader.Snapshot) bool { return b.pool.Stats().Hanging == 0 })
	require.NoError(t, b.ask(id, long))
}

// The reader is unplugged while the card is at work. In pcscd with virtual readers that takes a new daemon.
func TestReaderUnpluggedInMidCommand(t *testing.T) {
	b := start(t, reader.Config{})
	at := service.Readers()[0]
	unplugged := make(chan error, 1)
	id, eject := b.card(at, readertest.NewCard(func(context.Context, []byte) ([]byte, error) {
		service.Kill()
		unplugged <- errors.Join(service.Unplug("Conformance Contact"), service.Launch())
		return nil, errors.New("unplugged")
	}))
	require.ErrorIs(t, b.ask(id, long), reader.ErrNoService)
	require.NoError(t, <-unplugged)
	s := b.until("reader gone", func(s reader.Snapshot) bool { return s.Err == nil && stateOf(s, id) == "" })
	require.NotEmpty(t, s.Readers, "the others are there")
	require.ErrorIs(t, b.ask(id, long), reader.ErrUnknownReader)
	eject()

	service.Kill()
	require.NoError(t, service.Unplug("Other"))
	require.NoError(t, service.Launch())
	s = b.until("all gone", func(s reader.Snapshot) bool { return s.Err == nil && len(s.Readers) == 0 })
	_, err := s.Pick("", reader.Unknown)
	require.ErrorIs(t, err, reader.ErrNoReader)

	service.Kill()
	require.NoError(t, errors.Join(service.Plug("Other"), service.Plug("Conformance Contact")))
	require.NoError(t, service.Launch())
	again, _ := b.card(at, readertest.NewCard(nil))
	require.Equal(t, id, again)
	require.NoError(t, b.ask(id, long))
}

// A card that keeps its reader silent keeps one call, and no other reader.
func TestReaderHangs(t *testing.T) {
	b := start(t, reader.Config{Patience: 200 * time.Millisecond})
	release := make(chan struct{})
	hanging := service.Readers()[0]
	id, _ := b.card(hanging, readertest.NewCard(func(context.Context, []byte) ([]byte, error) {
		<-release
		return []byte{0x90, 0x00}, nil
	}))
	well, _ := b.card(service.Readers()[2], readertest.NewCard(nil))
	require.ErrorIs(t, b.ask(id, long), reader.ErrMute)
	b.until("marked", func(s reader.Snapshot) bool { return stateOf(s, id) == reader.StateHung })
	for range 5 {
		require.ErrorIs(t, b.ask(id, long), reader.ErrHung)
		require.NoError(t, b.ask(well, long), "others are not touched")
	}
	require.Equal(t, 1, b.pool.Stats().Hanging)
	close(release)
	b.until("recovered", func(s reader.Snapshot) bool { return stateOf(s, id) == reader.StateOK })
	require.NoError(t, b.ask(id, long))
}

// Another program has the reader for itself: it is named.
func TestReaderHeldExclusively(t *testing.T) {
	b := start(t, reader.Config{})
	at := service.Readers()[0]
	id, _ := b.card(at, readertest.NewCard(nil))
	holder := run(t, "exclusive", at)
	err := b.ask(id, long)
	require.ErrorIs(t, err, reader.ErrBusy)
	require.ErrorContains(t, err, fmt.Sprintf("by pcsc.test (pid %d)", holder.pid))

	bystander := run(t, "idle", at)
	err = b.ask(id, long)
	require.ErrorIs(t, err, reader.ErrBusy)
	require.ErrorContains(t, err, "by one of pcsc.test (pid ", "of two it is not guessed which")
	require.ErrorContains(t, err, fmt.Sprint(bystander.pid))
	bystander.end()

	holder.end()
	require.NoError(t, b.ask(id, long))
}

// Another program's transaction keeps one of our calls waiting without limit. It is named, who comes is told at once, and
// when it ends the reader is had again.
func TestReaderHeldInTransaction(t *testing.T) {
	b := start(t, reader.Config{})
	at := service.Readers()[0]
	id, _ := b.card(at, readertest.NewCard(nil))
	holder := run(t, "transaction", at)
	named := fmt.Sprintf("by pcsc.test (pid %d)", holder.pid)
	err := b.ask(id, 100*time.Millisecond)
	require.ErrorIs(t, err, reader.ErrBusy)
	require.ErrorContains(t, err, named)
	b.until("marked", func(s reader.Snapshot) bool { return stateOf(s, id) == reader.StateHung })
	for range 5 {
		err := b.ask(id, long)
		require.ErrorIs(t, err, reader.ErrBusy)
		require.ErrorContains(t, err, named)
	}
	require.Equal(t, 1, b.pool.Stats().Hanging)
	holder.end()
	b.until("recovered", func(s reader.Snapshot) bool { return stateOf(s, id) == reader.StateOK })
	require.NoError(t, b.ask(id, long))
}

// Another program resets the card at the end of its transaction, while we wait: what we ask is answered. A reset that
// comes between our connecting and our transaction starts the operation over (reader.TestStartsOverAfterReset); one
// within it pcscd does not let happen.
func TestCardResetByAnother(t *testing.T) {
	b := start(t, reader.Config{})
	at := service.Readers()[0]
	card := readertest.NewCard(nil)
	id, _ := b.card(at, card)
	resets := run(t, "reset", at)
	before := card.Resets()
	asked := make(chan error, 1)
	go func() { asked <- b.ask(id, long) }()
	resets.end()
	require.NoError(t, <-asked)
	require.Greater(t, card.Resets(), before)
}

// Another program dies in its transaction, whereupon pcscd resets the card.
func TestHolderDies(t *testing.T) {
	b := start(t, reader.Config{})
	at := service.Readers()[0]
	id, _ := b.card(at, readertest.NewCard(nil))
	holder := run(t, "transaction", at)
	asked := make(chan error, 1)
	go func() { asked <- b.ask(id, long) }()
	process, err := os.FindProcess(holder.pid)
	require.NoError(t, err)
	require.NoError(t, process.Kill())
	require.NoError(t, <-asked)
}
