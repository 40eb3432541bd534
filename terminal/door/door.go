// Package door decides who may call the daemon. One [Door] stands before all its ports, HTTP, HTTPS and that of old
// pages; package httpapi asks it before anything is routed. It knows requests, and nothing of what they want done.
//
//   - Host must be a loopback name with the port that was called: a page that had its own name resolve to this
//     machine is turned away (DNS rebinding).
//   - A request with an Origin comes from a web page. The origin must be on the list, exactly: that of the
//     configuration, or what an administrator allowed since. Who is refused is remembered, to be allowed with one command.
//   - A request without an Origin comes from a program, and needs the token. Our own page is a program too; it may have a console
//     session in the token's place, which it gets for a code ([Door.NewCode]). A WebSocket can show either among its subprotocols.
//   - Who is let in is bounded: requests in a second, requests and sockets at once, entries of PINs ([Door.Enter]). Who is not
//     let in cannot keep others out: without an admitted request under way a connection gives way ([Door.Listen]).
//
// What browsers call private network access wants one header in the answer to a preflight (package httpapi). Its successor, local network
// access, asks the person in the browser and wants nothing of a server.
//
// All methods are safe for concurrent use. Nothing here knows cards or persons.
package door

import (
	"cmp"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

// Keeper keeps what must outlive the daemon.
type Keeper interface {
	// NewToken makes a token in the place of the present one.
	NewToken() (string, error)
	// KeepOrigins writes down all origins that are allowed beside those of the configuration.
	KeepOrigins([]config.Origin) error
}

// Config is what a door starts with. Limits that are zero are the usual ones.
type Config struct {
	Token   string          // of programs
	Origins []config.Origin // of the configuration
	Kept    []config.Origin // that were allowed since
	Keeper  Keeper          // nil: the token and the kept origins stay as they are
	Limits  config.Limits
	Log     *slog.Logger
}

// Door decides who may call.
type Door struct {
	log         *slog.Logger
	keeper      Keeper
	changing    sync.Mutex // is held while the keeper writes
	keys        atomic.Pointer[keys]
	origins     *allowed
	refused     *refused
	callers     *allowances
	connections *connections
	counts      counts
}

// New returns a door.
func New(cfg Config) *Door {
	d := &Door{
		log:         cmp.Or(cfg.Log, slog.New(slog.DiscardHandler)),
		keeper:      cfg.Keeper,
		origins:     newAllowed(cfg.Origins, cfg.Kept),
		refused:     &refused{},
		connections: &connections{open: make(map[*connection]struct{})},
	}
	d.keys.Store(&keys{token: cfg.Token})
	limits := usual(cfg.Limits)
	d.callers = newAllowances(limits)
	d.connections.limit = limits.Connections
	return d
}

func usual(l config.Limits) config.Limits {
	standard := config.Default().Limits
	return config.Limits{
		Rate:        cmp.Or(l.Rate, standard.Rate),
		Burst:       cmp.Or(l.Burst, standard.Burst),
		Connections: cmp.Or(l.Connections, standard.Connections),
	}
}

// Reload takes a changed configuration's origins and limits. Requests under way finish, and sockets stay but those of origins
// that may not call any more, or not as they could.
func (d *Door) Reload(origins []config.Origin, limits config.Limits) {
	d.changing.Lock()
	defer d.changing.Unlock()
	for _, changed := range d.origins.configure(origins) {
		d.callers.forget(changed)
	}
	limits = usual(limits)
	d.callers.configure(limits)
	d.connections.configure(limits.Connections)
}

// Access says for whom something is.
type Access int

// Accesses.
const (
	Callers     Access = iota // allowed origins, and who has the token or a console session
	TokenOnly                 // programs with the token, and our own page with it or a session: no page of another origin
	TokenItself               // as TokenOnly, but no session
	OwnPage                   // our own page, which need have nothing
	Anyone                    // who reaches the door: it tells nothing about cards
	AnyOrigin                 // as Anyone, and a page whose origin is refused may read that it is
)

// Ask is what a request is for.
type Ask struct {
	Port   int    // that was called
	What   string // "POST /v1/read": text of ours, never of the request's
	Access Access
}

// Caller is who was let in.
type Caller struct {
	Origin string   // of a page; empty: a program, or our own page
	Fields []string // that it may read; nil: everything
	Token  bool     // it has the token or a session; without Origin and Token it may have what is for anyone

	by      *keys    // that were in force then, for who has the token or a session
	session *session // of our own page
}

// Console reports that the caller is our own page with a session.
func (c Caller) Console() bool { return c.session != nil }

// name is whose limits the caller's are.
func (c Caller) name() string {
	switch {
	case c.Origin != "":
		return c.Origin
	case c.Console():
		return "console"
	case c.Token:
		return "token"
	}
	return "anyone"
}

// Refusal is why a request does not come in.
type Refusal struct {
	Code   apitype.Code
	Detail string
	After  time.Duration // when it may come in, for [apitype.RequestRateLimited]
	Origin string        // of a page that may read this all the same; empty: none may
}

// Admit tells who the caller is, or why it stays outside. A wrong token is told from the right one however often it is
// tried: 256 bits are not guessed, and whoever has the right one must not be kept out by who has not. Beyond a rate
// refusals are all alike and go unlogged.
func (d *Door) Admit(r *http.Request, ask Ask) (Caller, *Refusal) {
	c, refusal := d.identify(r, ask)
	if refusal == nil {
		d.counts.add("")
		return c, nil
	}
	told := d.turnAway(refusal)
	if origins := r.Header.Values("Origin"); refusal.Code == apitype.RequestOriginDenied && len(origins) == 1 && !d.origins.has(origins[0]) {
		d.remember(origins[0], ask.What, told == refusal)
	}
	return Caller{}, told
}

// turnAway counts a refusal, and gives what is told of it.
func (d *Door) turnAway(refusal *Refusal) *Refusal {
	d.counts.add(refusal.Code)
	if !d.callers.refusals.Allow() {
		return &Refusal{Code: apitype.RequestRateLimited, Detail: "refused too often", After: time.Second, Origin: refusal.Origin}
	}
	return refusal
}

// remember notes the refusal of an origin, and tells of the first one what would allow it.
func (d *Door) remember(origin, what string, tell bool) {
	entry, first := d.refused.note(origin, what)
	if !first || !tell {
		return
	}
	d.log.Warn("origin refused", "origin", entry.Origin, "asked", what, "allow", entry.Command)
}

func (d *Door) identify(r *http.Request, ask Ask) (Caller, *Refusal) {
	if !isOurs(r, ask.Port) {
		return Caller{}, &Refusal{Code: apitype.RequestHostDenied}
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 || len(origins) == 1 && origins[0] == OwnOrigin(r) {
		return d.program(r, ask)
	}
	o, ok := d.origins.find(origins[0])
	switch {
	case len(origins) > 1:
		return Caller{}, &Refusal{Code: apitype.RequestOriginDenied}
	case !ok:
		return Caller{}, &Refusal{Code: apitype.RequestOriginDenied, Origin: readable(origins[0], ask)}
	case ask.Access == TokenOnly || ask.Access == TokenItself:
		return Caller{}, &Refusal{Code: apitype.RequestOriginDenied, Detail: "for programs with the token and the daemon's own page only"}
	case ask.Access == OwnPage:
		return Caller{}, &Refusal{Code: apitype.RequestOriginDenied, Detail: onlyOwnPage}
	}
	return Caller{Origin: o.Origin, Fields: o.Fields}, nil
}

const onlyOwnPage = "for the daemon's own page only"

// readable is the refused origin where its page may read why: one that a browser sends, for what says so.
func readable(origin string, ask Ask) string {
	if ask.Access != AnyOrigin || origin != "null" && config.CheckOrigin(origin) != nil {
		return ""
	}
	return origin
}

// program lets in who has the token or a session, and who wants what needs neither.
func (d *Door) program(r *http.Request, ask Ask) (Caller, *Refusal) {
	c := d.holder(r)
	switch {
	case ask.Access == Anyone || ask.Access == AnyOrigin:
		return c, nil
	case ask.Access == OwnPage:
		if len(r.Header.Values("Origin")) == 0 { // it sends one with all that is for it
			return Caller{}, &Refusal{Code: apitype.RequestOriginDenied, Detail: onlyOwnPage}
		}
		return c, nil
	case !c.Token:
		return Caller{}, &Refusal{Code: apitype.RequestUnauthorized}
	case ask.Access == TokenItself && c.Console():
		return Caller{}, &Refusal{Code: apitype.RequestUnauthorized, Detail: "for who has the token itself: a session of the page does not do"}
	}
	return c, nil
}

// Rotate makes a new token. The one before is good for nothing from then on, and so are the sessions of our page.
func (d *Door) Rotate() error {
	d.changing.Lock()
	defer d.changing.Unlock()
	if d.keeper == nil {
		return errNoKeeper
	}
	token, err := d.keeper.NewToken()
	if err != nil {
		return err
	}
	d.keys.Swap(&keys{token: token}).console.close()
	d.callers.forget(Caller{Token: true}.name())
	d.log.Warn("token rotated")
	return nil
}

// Allow lets an origin call at once, and keeps that. The error wraps [config.ErrInvalid] where no browser would send
// the origin, and is [ErrConfigured] where the configuration has it.
func (d *Door) Allow(o config.Origin) error {
	if err := config.CheckOrigin(o.Origin); err != nil {
		return err
	}
	o.Fields = slices.Clone(o.Fields)
	if err := d.change(func(kept []config.Origin) ([]config.Origin, error) { return put(kept, o), nil }, o.Origin); err != nil {
		return err
	}
	d.refused.forget(o.Origin)
	d.log.Warn("origin allowed", "origin", o.Origin, "limited", o.Fields != nil)
	return nil
}

// Deny takes back what Allow gave. The error is [ErrConfigured] where the configuration has the origin, and [ErrUnknown]
// where nothing has.
func (d *Door) Deny(origin string) error {
	err := d.change(func(kept []config.Origin) ([]config.Origin, error) {
		rest := slices.DeleteFunc(kept, func(o config.Origin) bool { return o.Origin == origin })
		if len(rest) == len(kept) {
			return nil, ErrUnknown
		}
		return rest, nil
	}, origin)
	if err != nil {
		return err
	}
	d.log.Warn("origin denied", "origin", origin)
	return nil
}

// change has the keeper write first: what is not written down does not hold.
func (d *Door) change(edit func(kept []config.Origin) ([]config.Origin, error), origin string) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	if d.keeper == nil {
		return errNoKeeper
	}
	if d.origins.configured(origin) {
		return ErrConfigured
	}
	kept, err := edit(d.origins.kept())
	if err != nil {
		return err
	}
	if err := d.keeper.KeepOrigins(kept); err != nil {
		return err
	}
	d.origins.keep(kept)
	d.callers.forget(origin)
	return nil
}

// Origins lists who may call, and who was refused since the daemon started, the latest first.
func (d *Door) Origins() apitype.Origins {
	return apitype.Origins{Allowed: d.origins.list(), Refused: d.refused.list()}
}
