package reader

import (
	"fmt"
	"time"
)

// A call of a PC/SC service has no time limit. One whose caller has left goes on by itself, with the thread and the
// context it has, and the reader stays with it: the next caller would only be stuck behind it. So while it lasts there
// is one such call to a reader, and nobody else is let in.

// Hang is that a call to a reader was abandoned and does not come back.
type Hang struct {
	Since time.Time // for people: it is the wall clock's
	Err   error     // what everybody is told who asks for the reader: it wraps ErrHung, ErrBusy or ErrNoService
}

// errTooMany refuses everybody, so that a service which swallows every call cannot have all threads and contexts.
var errTooMany = fmt.Errorf("%w: too many calls do not come back", ErrHung)

// Release gives the reader back. The next in line gets it when the connection is gone. Release waits for that, two
// seconds at most, and not at all where a call was abandoned.
func (l *Lease) Release() {
	l.tellSpent()
	l.conn.Close()
	if l.abandoned != nil {
		l.pool.count.hanging.Add(1)
	}
	given := make(chan struct{})
	go l.giveBack(given)
	if l.abandoned == nil {
		<-given
	}
}

// giveBack ends the turn when the connection is gone. Where that takes too long the reader is marked as hung, until
// the service lets go of it.
func (l *Lease) giveBack(given chan<- struct{}) {
	since := time.Now()
	patience := time.NewTimer(closingTime)
	defer patience.Stop()
	hung := false
	select {
	case <-l.conn.Done():
	case <-patience.C:
		hung = true
		l.hangs(since)
		close(given)
		<-l.conn.Done()
	}
	if l.abandoned != nil {
		l.pool.count.hanging.Add(-1)
	}
	l.slot.queue.leave()
	if hung {
		l.pool.cfg.Log.Info("reader recovered", "reader", l.slot.reader.ID, "after", time.Since(since).Round(time.Millisecond))
		l.pool.tell()
		return
	}
	close(given)
}

func (l *Lease) hangs(since time.Time) {
	hang := Hang{Since: since, Err: l.abandoned}
	if hang.Err == nil {
		hang.Err = ErrHung
	}
	l.slot.queue.refuse(hang)
	l.pool.cfg.Log.Warn("reader hangs", "reader", l.slot.reader.ID, "err", hang.Err)
	l.pool.tell()
}

// abandon notes that the call which the lease was in goes on without it.
func (l *Lease) abandon(told error) {
	l.abandoned = told
	l.pool.count.abandoned.Add(1)
}

// tell has who follows or awaits the pool look again.
func (p *Pool) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.announce()
}
