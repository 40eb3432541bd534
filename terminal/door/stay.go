package door

import (
	"context"
	"time"
)

// Stay counts a request that came in as one that stays, like a WebSocket: those that wait for something to happen must not
// keep others out. Its context ends when its caller may not call any more; leave is called at its end.
func (d *Door) Stay(ctx context.Context, c Caller) (_ context.Context, leave func(), refusal *Refusal) {
	own, out, ok := d.callers.stay(c.name())
	if !ok {
		return nil, nil, d.limited(c, own, "too many wait", time.Second)
	}
	ctx, cancel := whileBoth(ctx, own.may)
	return ctx, func() { cancel(); out() }, nil
}

// stay counts it among the sockets, of which there are no more than a quarter of the connections.
func (a *allowances) stay(name string) (own *allowance, leave func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	own = a.locked(name)
	if own.sockets >= a.limits.Connections/4 {
		return own, nil, false
	}
	own.sockets++
	return own, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		own.sockets--
	}, true
}
