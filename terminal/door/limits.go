package door

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

const (
	// patience is how long a request that comes too soon is kept waiting rather than refused: 200 callers at once are
	// slowed, one in an endless loop is told.
	patience = time.Second

	// PINs are typed by people.
	pinRate  = 1 // a second
	pinBurst = 30

	// Who is refused tries again, but not like this.
	refusalRate  = 10 // a second
	refusalBurst = 150

	// tellEvery is how often the log tells of a caller that is limited.
	tellEvery = time.Minute
)

// allowances are what each caller may do. There are no more of them than allowed origins, and three.
type allowances struct {
	refusals *rate.Limiter // of all who are not let in: they have no name

	mu     sync.Mutex
	limits config.Limits
	of     map[string]*allowance
}

// allowance is that of one caller.
type allowance struct {
	requests, pins  *rate.Limiter
	inside, sockets int // now
	told            time.Time
	may             context.Context // ends when the caller may not call any more, or not as it could
	end             context.CancelFunc
}

func newAllowances(l config.Limits) *allowances {
	return &allowances{refusals: rate.NewLimiter(refusalRate, refusalBurst), limits: l, of: make(map[string]*allowance)}
}

func (a *allowances) configure(l config.Limits) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limits = l
	for _, own := range a.of {
		own.requests.SetLimit(rate.Limit(l.Rate))
		own.requests.SetBurst(l.Burst)
	}
}

// forget drops the allowance of who may not call any more, or not as it could. Its requests finish, its sockets end.
func (a *allowances) forget(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if own := a.of[name]; own != nil {
		own.end()
		delete(a.of, name)
	}
}

func (a *allowances) get(name string) *allowance {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.locked(name)
}

func (a *allowances) locked(name string) *allowance {
	own := a.of[name]
	if own == nil {
		own = &allowance{requests: rate.NewLimiter(rate.Limit(a.limits.Rate), a.limits.Burst), pins: rate.NewLimiter(pinRate, pinBurst)}
		own.may, own.end = context.WithCancel(context.Background())
		a.of[name] = own
	}
	return own
}

// enter counts requests in. No caller has more than half of the connections under way, so that none keeps the others
// out, nor more than a quarter in sockets, which stay.
func (a *allowances) enter(name string, inside, sockets int) (own *allowance, leave func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	own = a.locked(name)
	if own.inside+inside > a.limits.Connections/2 || own.sockets+sockets > a.limits.Connections/4 {
		return own, nil, false
	}
	own.inside += inside
	own.sockets += sockets
	return own, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		own.inside -= inside
		own.sockets -= sockets
	}, true
}

// Enter counts a request of a caller in, and keeps it waiting where it comes too soon; leave is called at its end. A
// WebSocket is a request that stays: its context ends when its caller may not call any more.
func (d *Door) Enter(r *http.Request, c Caller) (ctx context.Context, leave func(), refusal *Refusal) {
	sockets := 0
	if isSocket(r) {
		sockets = 1
	}
	own, out, ok := d.callers.enter(c.name(), 1, sockets)
	if !ok {
		return nil, nil, d.limited(c, own, "too many at once", time.Second)
	}
	ctx = r.Context()
	if refusal := d.Message(ctx, c); refusal != nil {
		out()
		return nil, nil, refusal
	}
	free, cancel := inUse(ctx), func() {}
	if sockets > 0 {
		ctx, cancel = whileMay(ctx, own, c)
	}
	return ctx, func() { cancel(); free(); out() }, nil
}

// Stay counts a request that came in as one that stays, like a WebSocket: those that wait for something to happen must not
// keep others out. Its context ends when its caller may not call any more; leave is called at its end.
func (d *Door) Stay(ctx context.Context, c Caller) (_ context.Context, leave func(), refusal *Refusal) {
	own, out, ok := d.callers.enter(c.name(), 0, 1)
	if !ok {
		return nil, nil, d.limited(c, own, "too many wait", time.Second)
	}
	if refusal := d.over(c); refusal != nil { // since it came in: nothing would end its wait
		out()
		return nil, nil, refusal
	}
	ctx, cancel := whileMay(ctx, own, c)
	return ctx, func() { cancel(); out() }, nil
}

// whileMay ends when the caller may not call any more, and with its session.
func whileMay(ctx context.Context, own *allowance, c Caller) (context.Context, func()) {
	ctx, cancel := whileBoth(ctx, own.may)
	if c.session == nil {
		return ctx, cancel
	}
	ctx, expire := context.WithDeadline(ctx, c.session.expires)
	ctx, end := whileBoth(ctx, c.session.over)
	return ctx, func() { end(); expire(); cancel() }
}

// whileBoth ends with either.
func whileBoth(ctx, other context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(other, cancel)
	return ctx, func() { stop(); cancel() }
}

// Message counts a message of a caller that came in with a WebSocket like a request.
func (d *Door) Message(ctx context.Context, c Caller) *Refusal {
	if refusal := d.over(c); refusal != nil {
		return refusal
	}
	own := d.callers.get(c.name())
	return d.spend(ctx, c, own, own.requests, patience)
}

// over refuses who may not call any more: since it came in its origin was denied, the token rotated, or its session ended.
func (d *Door) over(c Caller) *Refusal {
	switch {
	case c.Origin != "" && !d.origins.has(c.Origin):
		return &Refusal{Code: apitype.RequestOriginDenied}
	case c.by != nil && c.by != d.keys.Load(), c.session != nil && (c.session.over.Err() != nil || c.session.expired()):
		return &Refusal{Code: apitype.RequestUnauthorized}
	}
	return nil
}

// PIN counts what may try a PIN, beside the request that it is in.
func (d *Door) PIN(c Caller) *Refusal {
	own := d.callers.get(c.name())
	return d.spend(context.Background(), c, own, own.pins, 0)
}

// spend takes one from the limiter, after a wait of no more than the patience there is.
func (d *Door) spend(ctx context.Context, c Caller, own *allowance, l *rate.Limiter, patience time.Duration) *Refusal {
	turn := l.Reserve()
	wait := turn.Delay()
	if wait > patience {
		turn.Cancel()
		return d.limited(c, own, fmt.Sprintf("more than %g in a second", float64(l.Limit())), wait)
	}
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		turn.Cancel()
	}
	return nil
}

// limited refuses, counts it, and tells the log now and then.
func (d *Door) limited(c Caller, own *allowance, why string, after time.Duration) *Refusal {
	d.counts.add(apitype.RequestRateLimited)
	if d.callers.tell(own) {
		d.log.Warn("caller limited", "caller", c.name(), slog.String("why", why))
	}
	return &Refusal{Code: apitype.RequestRateLimited, Detail: why, After: after}
}

func (a *allowances) tell(own *allowance) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if !own.told.IsZero() && now.Sub(own.told) < tellEvery {
		return false
	}
	own.told = now
	return true
}

func isSocket(r *http.Request) bool { return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") }
