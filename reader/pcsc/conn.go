//go:build cgo || windows

package pcsc

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ebfe/scard"

	"sscard/reader"
)

// minCommand is the header; the library panics at nothing, and a virtual reader takes a single byte for a
// control code.
const minCommand = 4

// conn is a connection whose context and handle only its own goroutine touches.
type conn struct {
	name  string
	turns *turns
	calls chan func()
	done  chan struct{}

	mu        sync.Mutex
	closed    bool
	reset     bool // at the end: secrets were opened
	abandoned bool // in mid-call

	context *scard.Context
	card    *scard.Card
	begun   bool

	answered atomic.Bool // the service did, to begin with
}

// Open implements reader.Driver.
func (d *Driver) Open(name string) reader.Conn {
	c := &conn{name: name, turns: &d.turns, calls: make(chan func()), done: make(chan struct{})}
	go c.serve()
	return c
}

// serve runs the calls one after the other, and at the end gives everything back.
func (c *conn) serve() {
	defer close(c.done)
	for call := range c.calls {
		call()
	}
	c.giveBack()
}

type outcome struct {
	data []byte
	err  error
}

// do has the goroutine run call and waits for it, until ctx ends at the longest; then the connection is
// closed behind the call.
func (c *conn) do(ctx context.Context, call func() ([]byte, error)) ([]byte, error) {
	result := make(chan outcome, 1)
	if !c.send(func() {
		var o outcome
		o.err = guarded(func() (err error) { o.data, err = call(); return err })
		result <- o
	}) {
		return nil, reader.ErrClosed
	}
	select {
	case o := <-result:
		return o.data, o.err
	case <-ctx.Done():
		c.close(true)
		return nil, context.Cause(ctx)
	}
}

// send hands the call to the goroutine, which is idle: there is one caller, and it waits for each call.
func (c *conn) send(call func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.calls <- call
	}
	return !c.closed
}

// ResetOnClose implements reader.Conn.
func (c *conn) ResetOnClose() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset = true
}

func (c *conn) Close() { c.close(false) }

func (c *conn) close(abandoned bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed, c.abandoned = true, abandoned
		close(c.calls)
	}
}

func (c *conn) Done() <-chan struct{} { return c.done }

// answerTime is what a service that is well takes for its first answer, many times over.
const answerTime = time.Second

func (c *conn) Connect(ctx context.Context) ([]byte, error) {
	start := time.Now()
	atr, err := c.do(ctx, c.connect)
	if ctx.Err() != nil && !c.answered.Load() && time.Since(start) >= answerTime {
		return nil, errSilent
	}
	return atr, err
}

func (c *conn) connect() (atr []byte, err error) {
	if err := c.open(); err != nil {
		return nil, err
	}
	if err := c.card.BeginTransaction(); err != nil {
		return nil, err
	}
	c.begun = true
	if p := c.card.ActiveProtocol(); p != scard.ProtocolT0 && p != scard.ProtocolT1 {
		return nil, scard.ErrProtoMismatch // Transmit would panic
	}
	status, err := c.card.Status()
	if err != nil {
		return nil, err
	}
	return bytes.Clone(status.Atr), nil
}

// open makes a context, where there is none yet, and a handle.
func (c *conn) open() (err error) {
	defer c.turns.take()()
	if c.context == nil {
		if c.context, err = establish(); err != nil {
			return err
		}
	}
	c.answered.Store(true)
	c.card, err = c.context.Connect(c.name, scard.ShareShared, scard.ProtocolAny)
	return err
}

// Transmit gives a copy: the library's answer keeps a buffer of 64 KiB alive.
func (c *conn) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if len(command) < minCommand {
		return nil, reader.ErrCommand
	}
	command = bytes.Clone(command) // an abandoned call may still read it
	return c.do(ctx, func() ([]byte, error) {
		if c.card == nil {
			return nil, reader.ErrClosed
		}
		response, err := c.card.Transmit(command)
		return bytes.Clone(response), err
	})
}

// Touch implements reader.Conn by SCardStatus.
func (c *conn) Touch(ctx context.Context) error {
	_, err := c.do(ctx, func() ([]byte, error) {
		if c.card == nil {
			return nil, reader.ErrClosed
		}
		_, err := c.card.Status()
		return nil, err
	})
	return err
}

var _ reader.Controller = (*conn)(nil)

// getFeatures is CM_IOCTL_GET_FEATURE_REQUEST (PC/SC part 10).
const getFeatures = 3400

// Features implements reader.Controller. A list is short; a reader without one answers with an error.
func (c *conn) Features(ctx context.Context) ([]byte, error) {
	return c.Control(ctx, scard.CtlCode(getFeatures), nil)
}

// Control implements reader.Controller.
func (c *conn) Control(ctx context.Context, code uint32, in []byte) ([]byte, error) {
	in = bytes.Clone(in)
	return c.do(ctx, func() ([]byte, error) {
		if c.card == nil {
			return nil, reader.ErrClosed
		}
		out, err := c.card.Control(code, in)
		return bytes.Clone(out), err
	})
}

// giveBack leaves the card as it is, or resets it where that was asked for and the card is known to be there. After an
// abandoned command another card may be in the reader, and a reset that pcscd does before it has noticed leaves it with
// a wrong idea of what is there; then what was opened in the card lasts until pcscd powers it off. Errors say that the
// service or the card has gone, and with it what was held.
func (c *conn) giveBack() {
	disposition := scard.LeaveCard
	if c.resets() {
		disposition = scard.ResetCard
	}
	if c.begun { // the reset is part of the transaction: nobody finds the card open in between
		_ = guarded(func() error { return c.card.EndTransaction(disposition) })
	}
	if c.card != nil && !unguardedLists { // else it goes with its context, and the card is left likewise
		_ = guarded(func() error { return c.card.Disconnect(scard.LeaveCard) })
	}
	if c.context != nil {
		_ = guarded(c.context.Release)
	}
}

// resets is not asked under the lock for longer than it takes: what follows can hang, and Close must not hang with it.
func (c *conn) resets() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reset && !c.abandoned
}
