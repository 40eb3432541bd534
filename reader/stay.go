package reader

import "context"

// WhileIn gives a ctx that ends, besides, when the card of the lease leaves its reader, or the reader or the service is
// gone: its cause then wraps [ErrRemoved]. It is for who waits for a person, while nothing is sent to the card. Who calls
// stop waits no more.
func (l *Lease) WhileIn(ctx context.Context) (there context.Context, stop func()) {
	there, end := context.WithCancelCause(ctx)
	leave := l.pool.Follow(func(now Snapshot) {
		if !now.holds(l.slot.reader) {
			end(&Error{Op: "wait", Reader: l.slot.reader.Name, Err: ErrRemoved})
		}
	})
	return there, func() { leave(); end(nil) }
}
