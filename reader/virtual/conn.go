package virtual

import (
	"bytes"
	"context"
	"sync"

	"sscard/reader"
)

// conn is a connection: what it saw of the slot when it connected, and the lock of its transaction.
type conn struct {
	driver *Driver
	name   string
	joined sight
	closed bool
	reset  bool            // at the end
	stuck  <-chan struct{} // a call was left behind in the reader until this is closed; nil: none was
	done   chan struct{}
	once   sync.Once
}

// sight is what a slot holds at one moment.
type sight struct {
	slot   *slot // nil: nothing was seen
	card   Card
	events uint32
	resets int
}

// Open implements reader.Driver.
func (d *Driver) Open(name string) reader.Conn {
	return &conn{driver: d, name: name, done: make(chan struct{})}
}

func (c *conn) Connect(ctx context.Context) ([]byte, error) {
	if c.closed {
		return nil, reader.ErrClosed
	}
	before, err := c.see()
	if err != nil {
		return nil, err
	}
	lock := before.slot.lock
	select {
	case lock <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	now, err := c.see()
	if err == nil && now.slot != before.slot {
		err = reader.ErrUnknownReader // replugged meanwhile
	}
	if err != nil {
		<-lock
		return nil, err
	}
	c.joined = now
	return bytes.Clone(now.card.ATR()), nil
}

// see looks at the slot as a program that connects now would.
func (c *conn) see() (sight, error) {
	c.driver.mu.Lock()
	defer c.driver.mu.Unlock()
	s, err := c.driver.find(c.name)
	switch {
	case err != nil:
		return sight{}, err
	case s.exclusive:
		return sight{}, reader.ErrBusy
	case s.card == nil:
		return sight{}, reader.ErrNoCard
	case !validATR(s.card.ATR()):
		return sight{}, reader.ErrMute
	}
	return sight{slot: s, card: s.card, events: s.events, resets: s.resets}, nil
}

func (c *conn) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if c.joined.slot == nil || c.closed {
		return nil, reader.ErrClosed
	}
	if len(command) < minCommand {
		return nil, reader.ErrCommand
	}
	if err := c.same(); err != nil {
		return nil, err
	}
	if err := c.hangs(ctx); err != nil {
		return nil, err
	}
	response, err := c.joined.card.Transmit(ctx, bytes.Clone(command))
	if ctx.Err() != nil {
		c.closed = true
		return nil, context.Cause(ctx)
	}
	if gone := c.same(); gone != nil {
		return nil, gone
	}
	if err != nil {
		_ = c.driver.Eject(c.name) // gone already where this fails
		return nil, reader.ErrRemoved
	}
	return bytes.Clone(response), nil
}

// hangs waits where the reader hangs. Whose time is over leaves the call behind, as with a real service.
func (c *conn) hangs(ctx context.Context) error {
	c.driver.mu.Lock()
	hung := c.joined.slot.hung
	c.driver.mu.Unlock()
	if hung == nil {
		return nil
	}
	select {
	case <-hung:
		return c.same()
	case <-ctx.Done():
		c.closed, c.stuck = true, hung
		return context.Cause(ctx)
	}
}

func (c *conn) Touch(context.Context) error {
	if c.joined.slot == nil || c.closed {
		return reader.ErrClosed
	}
	return c.same()
}

// same fails where the card is not the one, or not in the state, that the connection began with.
func (c *conn) same() error {
	c.driver.mu.Lock()
	defer c.driver.mu.Unlock()
	s, err := c.driver.find(c.name)
	switch {
	case err != nil:
		return err
	case s != c.joined.slot || s.events != c.joined.events:
		return reader.ErrRemoved
	case s.resets != c.joined.resets:
		return reader.ErrReset
	}
	return nil
}

// ResetOnClose implements reader.Conn.
func (c *conn) ResetOnClose() { c.reset = true }

// Close leaves at once; a reader that hangs is given back when it lets go of the call.
func (c *conn) Close() {
	c.once.Do(func() {
		if c.reset && !c.closed && c.same() == nil {
			c.joined.card.Reset()
		}
		c.closed = true
		if c.stuck == nil {
			c.giveBack()
			return
		}
		go func() {
			<-c.stuck
			c.giveBack()
		}()
	})
}

func (c *conn) giveBack() {
	if c.joined.slot != nil {
		<-c.joined.slot.lock
	}
	close(c.done)
}

func (c *conn) Done() <-chan struct{} { return c.done }
