// Package readertest is the conformance suite of reader.Driver. Every driver passes the same one: the one
// in memory, and the one over a real PC/SC service with virtual readers.
package readertest

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
)

// patience is how long a test waits for what must happen. Nothing is expected to take so long.
const patience = 20 * time.Second

// Stand is a driver with a reader that is empty at the beginning, and a hand that moves cards.
type Stand interface {
	Driver() reader.Driver
	Reader() string
	Insert(card *Card)
	Eject()
}

// Card answers as its function says; nil echoes the command before 9000.
type Card struct {
	Answer func(ctx context.Context, command []byte) ([]byte, error)
	Reply  []byte // answer to reset

	resets atomic.Int64
}

// ContactATR is the answer to reset of a T=0 card with 13 historical bytes.
func ContactATR() []byte {
	return []byte{0x3B, 0x6D, 0, 0, 0, 0x81, 0x54, 0x4C, 0x96, 0x86, 0x84, 0x51, 0x01, 0, 0, 0, 1}
}

// NewCard returns a card that answers its reset with [ContactATR].
func NewCard(answer func(ctx context.Context, command []byte) ([]byte, error)) *Card {
	return &Card{Answer: answer, Reply: ContactATR()}
}

// ATR, Reset and Transmit make it a card for the virtual readers.
func (c *Card) ATR() []byte { return c.Reply }

// Reset counts: these cards have no other state.
func (c *Card) Reset() { c.resets.Add(1) }

// Resets is how often the card was powered on or reset.
func (c *Card) Resets() int { return int(c.resets.Load()) }

// Transmit answers the command.
func (c *Card) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if c.Answer == nil {
		return append(bytes.Clone(command), 0x90, 0x00), nil
	}
	return c.Answer(ctx, command)
}

var errPulled = errors.New("pulled out")

// Run tests the driver; stand is called for each test.
func Run(t *testing.T, stand func(t *testing.T) Stand) {
	tests := []struct {
		name string
		run  func(t *testing.T, s Stand)
	}{
		{"watch tells of the reader, the card and its leaving", watchTells},
		{"watch tells of a card that is mute", watchMute},
		{"watch ends with its context", watchEnds},
		{"a command is answered", answers},
		{"the response belongs to the caller", responseIsACopy},
		{"long commands and responses pass", longMessages},
		{"what is no command is refused", refusesNoCommand},
		{"an empty reader has no card", emptyReader},
		{"an unknown reader is unknown", unknownReader},
		{"a mute card is mute", muteCard},
		{"a second connection waits for the first", secondWaits},
		{"a caller whose time is over leaves", callerLeaves},
		{"a card that is pulled is gone", pulledInCommand},
		{"a touch keeps the card and tells of its leaving", touches},
		{"a card is reset at the end where that is asked for", resetsOnClose},
		{"a closed connection is closed", closedIsClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, stand(t)) })
	}
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// watching starts Watch and returns a function that waits for a report of the reader that satisfies want.
func watching(t *testing.T, s Stand) func(want func(reader.Slot) bool) reader.Slot {
	ctx, cancel := context.WithCancel(context.Background()) // cleanups still watch
	reports := make(chan []reader.Slot, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Driver().Watch(ctx, func(slots []reader.Slot) {
			select {
			case reports <- slots:
			case <-ctx.Done():
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
	return func(want func(reader.Slot) bool) reader.Slot {
		t.Helper()
		for timeout := time.After(patience); ; {
			select {
			case slots := <-reports:
				for _, slot := range slots {
					if slot.Name == s.Reader() && want(slot) {
						return slot
					}
				}
			case err := <-ended:
				ended <- err
				require.FailNow(t, "watch ended", "%v", err)
			case <-timeout:
				require.FailNow(t, "not reported")
			}
		}
	}
}

func present(s reader.Slot) bool { return s.Present }
func empty(s reader.Slot) bool   { return !s.Present }

// inserted puts the card in and waits until the service has seen it.
func inserted(t *testing.T, s Stand, card *Card) {
	t.Helper()
	until := watching(t, s)
	until(empty)
	s.Insert(card)
	until(present)
	t.Cleanup(func() { s.Eject(); until(empty) })
}

func connected(t *testing.T, s Stand) reader.Conn {
	t.Helper()
	c := s.Driver().Open(s.Reader())
	t.Cleanup(func() { c.Close(); <-c.Done() })
	atr, err := c.Connect(deadline(t))
	require.NoError(t, err)
	require.Equal(t, ContactATR(), atr)
	return c
}

func command(data ...byte) []byte { return append([]byte{0x00, 0xB2, 0x01, 0x0C}, data...) }

func watchTells(t *testing.T, s Stand) {
	until := watching(t, s)
	before := until(empty)
	require.Empty(t, before.ATR)
	s.Insert(NewCard(nil))
	slot := until(present)
	require.Equal(t, ContactATR(), slot.ATR)
	require.False(t, slot.Mute)
	s.Eject()
	after := until(empty)
	require.Empty(t, after.ATR, "the ATR of a card that has left")
	require.NotEqual(t, before.Events, after.Events)
}

func watchMute(t *testing.T, s Stand) {
	until := watching(t, s)
	until(empty)
	s.Insert(&Card{Reply: bytes.Repeat([]byte{0x3B}, 40)})
	require.True(t, until(present).Mute)
	s.Eject()
	require.False(t, until(empty).Mute)
}

func watchEnds(t *testing.T, s Stand) {
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Driver().Watch(ctx, func([]reader.Slot) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

func answers(t *testing.T, s Stand) {
	inserted(t, s, NewCard(nil))
	c := connected(t, s)
	for n := range 20 {
		response, err := c.Transmit(deadline(t), command(byte(n)))
		require.NoError(t, err)
		require.Equal(t, append(command(byte(n)), 0x90, 0x00), response)
	}
}

func responseIsACopy(t *testing.T, s Stand) {
	inserted(t, s, NewCard(nil))
	c := connected(t, s)
	first, err := c.Transmit(deadline(t), command(1))
	require.NoError(t, err)
	kept := bytes.Clone(first)
	_, err = c.Transmit(deadline(t), command(2))
	require.NoError(t, err)
	require.Equal(t, kept, first)
	require.Less(t, cap(first), 1024, "a response must not keep the library's buffer alive")
}

func longMessages(t *testing.T, s Stand) {
	long := bytes.Repeat([]byte{0xA5}, 32_770)
	inserted(t, s, NewCard(func(_ context.Context, command []byte) ([]byte, error) {
		return append(bytes.Clone(long), byte(len(command)>>8), byte(len(command))), nil
	}))
	response, err := connected(t, s).Transmit(deadline(t), command(long...))
	require.NoError(t, err)
	require.Equal(t, append(bytes.Clone(long), 0x80, 0x06), response)
}

func refusesNoCommand(t *testing.T, s Stand) {
	inserted(t, s, NewCard(nil))
	c := connected(t, s)
	for _, junk := range [][]byte{nil, {}, {4}, {0, 0xA4, 4}} {
		_, err := c.Transmit(deadline(t), junk)
		require.ErrorIs(t, err, reader.ErrCommand)
	}
	_, err := c.Transmit(deadline(t), command())
	require.NoError(t, err, "the connection stays good")
}

func connectFails(t *testing.T, s Stand, name string, want error) {
	t.Helper()
	c := s.Driver().Open(name)
	_, err := c.Connect(deadline(t))
	require.ErrorIs(t, err, want)
	c.Close()
	<-c.Done()
}

func emptyReader(t *testing.T, s Stand) {
	watching(t, s)(empty)
	connectFails(t, s, s.Reader(), reader.ErrNoCard)
}

func unknownReader(t *testing.T, s Stand) {
	connectFails(t, s, "no such reader", reader.ErrUnknownReader)
	connectFails(t, s, string(bytes.Repeat([]byte("long "), 40)), reader.ErrUnknownReader)
}

func muteCard(t *testing.T, s Stand) {
	until := watching(t, s)
	until(empty)
	s.Insert(&Card{Reply: bytes.Repeat([]byte{0x3B}, 40)})
	until(present)
	connectFails(t, s, s.Reader(), reader.ErrMute)
	s.Eject()
	until(empty)
}

func secondWaits(t *testing.T, s Stand) {
	inserted(t, s, NewCard(nil))
	first := connected(t, s)

	second := s.Driver().Open(s.Reader())
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := second.Connect(short)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	second.Close()

	response, err := first.Transmit(deadline(t), command(7))
	require.NoError(t, err, "the first is not disturbed")
	require.Equal(t, append(command(7), 0x90, 0x00), response)
	first.Close()
	<-first.Done()
	<-second.Done()

	_, err = connected(t, s).Transmit(deadline(t), command(8))
	require.NoError(t, err)
}

func callerLeaves(t *testing.T, s Stand) {
	release := make(chan struct{})
	inserted(t, s, NewCard(func(ctx context.Context, command []byte) ([]byte, error) {
		if command[len(command)-1] == 0xFF {
			<-release
		}
		return []byte{0x90, 0x00}, nil
	}))
	c := connected(t, s)
	hung := errors.New("time is over")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(hung) })
	go func() { // the virtual reader in memory waits for its card, a service does not let us
		<-ctx.Done()
		time.AfterFunc(50*time.Millisecond, func() { close(release) })
	}()
	_, err := c.Transmit(ctx, command(0xFF))
	require.ErrorIs(t, err, hung)
	_, err = c.Transmit(deadline(t), command(1))
	require.ErrorIs(t, err, reader.ErrClosed, "what was abandoned is not used again")
	c.Close()
	<-c.Done()
	_, err = connected(t, s).Transmit(deadline(t), command(1))
	require.NoError(t, err)
}

func pulledInCommand(t *testing.T, s Stand) {
	until := watching(t, s)
	until(empty)
	s.Insert(NewCard(func(_ context.Context, command []byte) ([]byte, error) { return nil, errPulled }))
	until(present)
	c := connected(t, s)
	response, err := c.Transmit(deadline(t), command(1))
	if err == nil {
		require.Less(t, len(response), 2, "no service makes up an answer")
	}
	until(empty)
	_, err = c.Transmit(deadline(t), command(2))
	require.Error(t, err)
	c.Close()
	<-c.Done()
	connectFails(t, s, s.Reader(), reader.ErrNoCard)
}

func touches(t *testing.T, s Stand) {
	until := watching(t, s)
	until(empty)
	s.Insert(NewCard(nil))
	until(present)
	c := connected(t, s)
	require.NoError(t, c.Touch(deadline(t)))
	_, err := c.Transmit(deadline(t), command(1))
	require.NoError(t, err)
	s.Eject()
	until(empty)
	require.ErrorIs(t, c.Touch(deadline(t)), reader.ErrRemoved)
	c.Close()
	<-c.Done()
	require.ErrorIs(t, c.Touch(deadline(t)), reader.ErrClosed)
}

func resetsOnClose(t *testing.T, s Stand) {
	card := NewCard(nil)
	inserted(t, s, card)
	c := connected(t, s)
	before := card.Resets()
	_, err := c.Transmit(deadline(t), command(1))
	require.NoError(t, err)
	c.Close()
	<-c.Done()
	require.Equal(t, before, card.Resets(), "left as it is")

	c = connected(t, s)
	before = card.Resets()
	c.ResetOnClose()
	c.Close()
	<-c.Done()
	require.Greater(t, card.Resets(), before)
	_, err = connected(t, s).Transmit(deadline(t), command(2))
	require.NoError(t, err)
}

func closedIsClosed(t *testing.T, s Stand) {
	inserted(t, s, NewCard(nil))
	c := connected(t, s)
	c.Close()
	c.Close()
	<-c.Done()
	_, err := c.Transmit(deadline(t), command(1))
	require.ErrorIs(t, err, reader.ErrClosed)
	_, err = c.Connect(deadline(t))
	require.ErrorIs(t, err, reader.ErrClosed)
}
