package terminal

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"sscard/reader"
	"sscard/terminal/apitype"
)

// A request is answered by a reading that began after it arrived: a card that is swapped fast is invisible to PC/SC,
// so nothing older is ever served. All that wait for the same reader and ask for the same share the next reading, which
// stands in line where the first of them stood. Who comes when it has begun waits for the one after it.

// shares are the readings that somebody waits for.
type shares struct {
	mu      sync.Mutex
	open    map[shareKey]*share // those that have not begun
	running sync.WaitGroup
	joined  atomic.Uint64
}

// shareKey is what readings must have in common to be shared.
type shareKey struct {
	reader string // id
	wish   string
}

// share is one reading, for all that wait for it.
type share struct {
	key    shareKey
	wish   wish
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when reading and err are there

	waiting   int  // under the lock of shares
	connected bool // likewise: the card is at hand

	seen    entry // what the reading notes for the audit log, for each of them
	reading *Reading
	err     error
}

var errPanicked = errors.New("the reading panicked")

// share waits for a reading of the card in r that begins from now on. The end of ctx ends the waiting of this caller;
// with the last of them it ends the reading.
func (t *Terminal) share(ctx context.Context, r reader.Reader, w wish) (*Reading, error) {
	s, err := t.join(ctx, shareKey{r.ID, w.key()}, w)
	if err != nil {
		return nil, err
	}
	select {
	case <-s.done:
		return s.result(ctx)
	case <-ctx.Done():
	}
	last, connected := t.shares.leave(s, context.Cause(ctx))
	switch {
	case last: // it ends at once, and knows best why it did not come to its end before
		<-s.done
		return s.result(ctx)
	case !connected:
		return nil, &reader.Error{Op: "wait", Reader: r.Name, Err: reader.ErrBusy}
	}
	return nil, &reader.Error{Op: "read", Reader: r.Name, Err: context.Cause(ctx)}
}

// join finds the reading that has not begun, or takes a place in the reader's line for a new one.
func (t *Terminal) join(ctx context.Context, key shareKey, w wish) (*share, error) {
	t.shares.mu.Lock()
	defer t.shares.mu.Unlock()
	if s := t.shares.open[key]; s != nil {
		s.waiting++
		t.shares.joined.Add(1)
		return s, nil
	}
	place, err := t.pool.Line(key.reader)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	s := &share{key: key, wish: w, cancel: cancel, done: make(chan struct{}), waiting: 1}
	if t.shares.open == nil {
		t.shares.open = make(map[shareKey]*share)
	}
	t.shares.open[key] = s
	t.shares.running.Go(func() { t.run(context.WithValue(ctx, entryKey{}, &s.seen), s, place) })
	return s, nil
}

// run does the reading. A panic in it is one failed reading: the log gets where it was, not what it said, which may be
// what a card said.
func (t *Terminal) run(ctx context.Context, s *share, place *reader.Place) {
	defer close(s.done)
	defer s.cancel(nil)
	defer t.shares.closeTo(s)
	defer func() {
		if recover() != nil {
			t.log.Error("panic", "stack", string(debug.Stack()))
			s.err = errPanicked
		}
	}()
	s.err = place.Do(ctx, func() { t.shares.closeTo(s) }, func(lease *reader.Lease) (err error) {
		t.shares.connect(s)
		s.reading, err = t.readCard(ctx, lease, s.wish)
		if err == nil {
			s.reading.Reader = lease.Reader()
		}
		return err
	})
}

// closeTo lets nobody join any more.
func (s *shares) closeTo(one *share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[one.key] == one {
		delete(s.open, one.key)
	}
}

func (s *shares) connect(one *share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.connected = true
}

// leave takes one waiter away, and ends the reading where he was the last.
func (s *shares) leave(one *share, cause error) (last, connected bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.waiting--
	if one.waiting > 0 {
		return false, one.connected
	}
	if s.open[one.key] == one {
		delete(s.open, one.key)
	}
	one.cancel(cause)
	return true, one.connected
}

// result is the reading for one of those who share it.
func (s *share) result(ctx context.Context) (*Reading, error) {
	note(ctx, func(line *apitype.AuditRecord) {
		line.CardNumber, line.RegionCode = s.seen.line.CardNumber, s.seen.line.RegionCode
	})
	if s.err != nil {
		return nil, s.err
	}
	return s.reading.clone(), nil
}

// clone shares nothing that anybody might change.
func (r *Reading) clone() *Reading {
	c := *r
	c.ATR, c.Historical = slices.Clone(r.ATR), slices.Clone(r.Historical)
	c.Fields, c.Missing, c.Warnings = slices.Clone(r.Fields), slices.Clone(r.Missing), slices.Clone(r.Warnings)
	if card := r.Reader.Card; card != nil {
		own := *card
		own.ATR = slices.Clone(card.ATR)
		c.Reader.Card = &own
	}
	return &c
}

// key is equal for wishes that ask for the same and are allowed the same.
func (w wish) key() string { return w.asked.key() + "|" + w.allowed.key() }

func (s fieldSet) key() string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(s))), ",")
}
