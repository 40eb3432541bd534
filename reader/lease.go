package reader

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

	abandoned error // in a call that its ctx ended: what the next callers are told if it does not come back

	spent map[string]time.Duration // by phase
}

// connect makes a lease for who has the turn.
func (p *Pool) connect(ctx context.Context, s *slot) (*Lease, error) {
	l := &Lease{pool: p, slot: p.current(s), conn: p.driver.Open(s.reader.Name), spent: make(map[string]time.Duration)}
	begun := time.Now()
	err := l.connect(ctx)
	l.Spent(PhaseConnect, time.Since(begun))
	if err != nil {
		l.Release()
		return nil, &Error{Op: "connect", Reader: s.reader.Name, Err: err}
	}
	p.count.leases.Add(1)
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
	case errors.Is(err, ErrBusy):
		return l.held(err)
	case ctx.Err() == nil:
		return l.explain(ctx, err)
	case !errors.Is(err, ErrNoService): // nothing but another program's transaction keeps a service waiting
		err = l.held(ErrBusy)
	}
	l.abandon(err)
	return err
}

// held says of a reader that another program holds which one it is, where the driver can tell.
func (l *Lease) held(busy error) error {
	witness, able := l.pool.driver.(Witness)
	if !able {
		return busy
	}
	holder := witness.Holder()
	l.pool.cfg.Log.Info("reader held by another program", "reader", l.slot.reader.ID, "holder", cmp.Or(holder, "unknown"))
	if holder == "" {
		return busy
	}
	return fmt.Errorf("%w, by %s", busy, holder)
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
		l.abandon(ErrHung)
		return context.Cause(ctx)
	case errors.Is(err, ErrNoAnswer):
		return l.removedOrFailed(ctx)
	case errors.Is(err, ErrReset):
		l.pool.count.resets.Add(1)
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
