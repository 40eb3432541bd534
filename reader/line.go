package reader

import (
	"context"
	"time"
)

// Place is a place in the line for one reader. Who has one must call its Do: those behind it wait for that.
type Place struct {
	pool *Pool
	slot *slot
	turn chan error
}

// Line takes a place at the end of the line for the reader with this id, now; [Place.Do] waits there. It fails with
// [ErrBusy] where the line is full, and at once where the reader hangs, with what it hangs from.
func (p *Pool) Line(id string) (*Place, error) {
	s, err := p.admit(id)
	if err != nil {
		return nil, err
	}
	turn, err := s.queue.join()
	if err != nil {
		return nil, &Error{Op: "wait", Reader: s.reader.Name, Err: err}
	}
	return &Place{pool: p, slot: s, turn: turn}, nil
}

// admit finds the reader, where there is room for one more call that might hang.
func (p *Pool) admit(id string) (*slot, error) {
	s, err := p.find(id)
	if err == nil && p.count.hanging.Load() >= int64(p.cfg.Hanging) {
		return nil, &Error{Op: "wait", Reader: s.reader.Name, Err: errTooMany}
	}
	return s, err
}

// Do is [Pool.Do] from this place. It calls inTurn when nobody stands before it any more and nothing was asked of the
// reader yet.
func (l *Place) Do(ctx context.Context, inTurn func(), fn func(*Lease) error) error {
	err := lend(fn)(l.acquire(ctx, inTurn))
	if RecoveryOf(err) == Reconnect && ctx.Err() == nil {
		id := l.slot.reader.ID
		l.pool.cfg.Log.Info("starting over with a new connection", "reader", id, "err", err)
		err = lend(fn)(l.pool.Acquire(ctx, id))
	}
	return err
}

// lend has fn use a lease that was come by, and releases it.
func lend(fn func(*Lease) error) func(*Lease, error) error {
	return func(l *Lease, err error) error {
		if err != nil {
			return err
		}
		defer l.Release()
		return fn(l)
	}
}

func (l *Place) acquire(ctx context.Context, inTurn func()) (*Lease, error) {
	joined := time.Now()
	err := l.slot.queue.wait(ctx, l.turn)
	l.pool.cfg.Took(PhaseQueue, time.Since(joined))
	if err != nil {
		return nil, &Error{Op: "wait", Reader: l.slot.reader.Name, Err: err}
	}
	inTurn()
	return l.pool.connect(ctx, l.slot)
}

// Acquire waits in line for the reader with this id and connects to the card in it. The ctx bounds the
// waiting and the connecting; a reader that another program holds gives [ErrBusy] at its end. The
// caller must Release.
func (p *Pool) Acquire(ctx context.Context, id string) (*Lease, error) {
	place, err := p.Line(id)
	if err != nil {
		return nil, err
	}
	return place.acquire(ctx, func() {})
}

// AcquireIdle is Acquire for who can do without: it fails with [ErrBusy] where anybody has the reader or waits for it.
func (p *Pool) AcquireIdle(ctx context.Context, id string) (*Lease, error) {
	s, err := p.admit(id)
	if err != nil {
		return nil, err
	}
	if err := s.queue.enterIdle(); err != nil {
		return nil, &Error{Op: "wait", Reader: s.reader.Name, Err: err}
	}
	return p.connect(ctx, s)
}

// Do leases the reader to fn. Where fn fails from a cause that a new connection mends (the table of
// [RecoveryOf]), it is run once more from its start with a new lease, at the end of the line; fn must not have lasting
// effects before that.
func (p *Pool) Do(ctx context.Context, id string, fn func(*Lease) error) error {
	place, err := p.Line(id)
	if err != nil {
		return err
	}
	return place.Do(ctx, func() {}, fn)
}
