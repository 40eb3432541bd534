package reader

import (
	"context"
	"errors"
	"slices"
	"time"
)

// minResponse is the status word; PC/SC may report success with less when a card is pulled.
const minResponse = 2

// Lease is the sole use of one reader, with a connection and a transaction of its own. It carries APDUs as
// an apdu.Transmitter does. Its first failure poisons it: every later call gives the same error.
type Lease struct {
	pool   *Pool
	slot   *slot
	conn   Conn
	atr    []byte
	poison error
}

// Acquire waits in line for the reader with this id and connects to the card in it. The ctx bounds the
// waiting and the connecting; a reader that another program holds gives [ErrBusy] at its end. The
// caller must Release.
func (p *Pool) Acquire(ctx context.Context, id string) (*Lease, error) {
	return p.acquire(ctx, id, (*queue).enter)
}

// AcquireIdle is Acquire for who can do without: it fails with [ErrBusy] where anybody has the reader or waits for it.
func (p *Pool) AcquireIdle(ctx context.Context, id string) (*Lease, error) {
	return p.acquire(ctx, id, (*queue).enterIdle)
}

func (p *Pool) acquire(ctx context.Context, id string, enter func(*queue, context.Context) error) (*Lease, error) {
	s, err := p.find(id)
	if err != nil {
		return nil, err
	}
	if err := enter(s.queue, ctx); err != nil {
		return nil, &Error{Op: "wait", Reader: s.reader.Name, Err: err}
	}
	l := &Lease{pool: p, slot: p.current(s), conn: p.driver.Open(s.reader.Name)}
	if err := l.connect(ctx); err != nil {
		l.Release()
		return nil, &Error{Op: "connect", Reader: s.reader.Name, Err: err}
	}
	return l, nil
}

func (l *Lease) connect(ctx context.Context) (err error) {
	l.atr, err = l.conn.Connect(ctx)
	if RecoveryOf(err) == Again {
		l.atr, err = l.conn.Connect(ctx)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ErrBusy // nothing but another program's transaction keeps Connect waiting
	}
	return l.explain(ctx, err)
}

// Do leases the reader to fn. Where fn fails from a cause that a new connection mends (the table of
// [RecoveryOf]), it is run once more from its start with a new lease; fn must not have lasting effects
// before that.
func (p *Pool) Do(ctx context.Context, id string, fn func(*Lease) error) error {
	err := p.once(ctx, id, fn)
	if RecoveryOf(err) == Reconnect && ctx.Err() == nil {
		p.cfg.Log.Info("starting over with a new connection", "reader", id, "err", err)
		err = p.once(ctx, id, fn)
	}
	return err
}

func (p *Pool) once(ctx context.Context, id string, fn func(*Lease) error) error {
	l, err := p.Acquire(ctx, id)
	if err != nil {
		return err
	}
	defer l.Release()
	return fn(l)
}

// ATR is the answer to reset of the card the lease is connected to.
func (l *Lease) ATR() []byte { return l.atr }

// Reader is the leased reader, as it was known when the lease began; its interface is told with the ATR at
// hand.
func (l *Lease) Reader() Reader {
	r := l.slot.reader
	if r.Interface == Unknown {
		r.Interface = interfaceOf(r.Name, l.atr)
	}
	return r
}

// Transmit sends one command APDU and gives the response, two bytes or more.
func (l *Lease) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if l.poison != nil {
		return nil, l.poison
	}
	patient, cancel := context.WithTimeoutCause(ctx, l.pool.cfg.Patience, ErrMute)
	defer cancel()
	response, err := l.conn.Transmit(patient, command)
	if err == nil && len(response) < minResponse {
		err = ErrNoAnswer
	}
	if err == nil {
		return response, nil
	}
	l.poison = &Error{Op: "transmit", Reader: l.slot.reader.Name, Err: l.explain(patient, err)}
	return nil, l.poison
}

// Touch keeps an idle card awake, and fails where it has left or was reset; that poisons the lease.
func (l *Lease) Touch(ctx context.Context) error {
	if l.poison != nil {
		return l.poison
	}
	patient, cancel := context.WithTimeoutCause(ctx, l.pool.cfg.Patience, ErrMute)
	defer cancel()
	if err := l.conn.Touch(patient); err != nil {
		l.poison = &Error{Op: "touch", Reader: l.slot.reader.Name, Err: l.explain(patient, err)}
	}
	return l.poison
}

// ResetOnRelease has the card reset when the lease ends: for who has opened something in it.
func (l *Lease) ResetOnRelease() { l.conn.ResetOnClose() }

// explain finds the cause behind a failed transmission.
func (l *Lease) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrNoAnswer):
		return l.removedOrFailed(ctx)
	}
	return err
}

// removedOrFailed waits for the watcher to notice that the card has left, which it does later than
// the command that failed from it.
func (l *Lease) removedOrFailed(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, removalNotice)
	defer cancel()
	_, err := l.pool.Await(ctx, func(now Snapshot) bool { return !now.holds(l.slot.reader) })
	if err != nil {
		return ErrFailed
	}
	return ErrRemoved
}

// holds reports whether the reader still has the card that it had when was was taken.
func (s Snapshot) holds(was Reader) bool {
	return was.Card != nil && slices.ContainsFunc(s.Readers, func(r Reader) bool {
		return r.ID == was.ID && r.Card != nil && r.Card.insertion == was.Card.insertion
	})
}

// Release gives the reader back. The next in line gets it when the connection is gone, which a hung service
// can delay: Release waits two seconds at most, the line as long as it takes.
func (l *Lease) Release() {
	l.conn.Close()
	gone := make(chan struct{})
	go func() {
		<-l.conn.Done()
		l.slot.queue.leave()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(closingTime):
		l.pool.cfg.Log.Warn("connection does not close", "reader", l.slot.reader.ID)
	}
}
