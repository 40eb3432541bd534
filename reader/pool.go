package reader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Rule sets what the administrator knows better than the reader's name tells. Match is a part of the name,
// case ignored; the first rule that matches counts.
type Rule struct {
	Match     string
	Role      Role
	Interface Interface
}

// Config is how a pool behaves; zero values take the defaults.
type Config struct {
	Rules    []Rule
	Queue    int           // leases that may wait for one reader; default 256
	Hanging  int           // calls that may hang at a time, for all readers together; default 32
	Patience time.Duration // a card that leaves one command unanswered for so long is mute; default 3 s
	Log      *slog.Logger  // default: none

	// Took is told how long was spent in each phase: in the queue by everybody who was in it, and at the end of a lease in
	// all the others. It must be quick. Default: nobody is.
	Took func(phase string, d time.Duration)
}

const (
	defaultQueue    = 256
	defaultHanging  = 32 // of the 200 contexts that a pcscd has for everybody
	defaultPatience = 3 * time.Second
	firstBackOff    = 100 * time.Millisecond
	lastBackOff     = 5 * time.Second

	// PC/SC services notice a removal up to 400 ms after the command that failed from it.
	removalNotice = time.Second
	// A connection normally closes in milliseconds; who waits longer waits in the background.
	closingTime = 2 * time.Second
)

// Pool watches the readers of one driver and leases them out.
type Pool struct {
	driver Driver
	cfg    Config
	count  counters

	mu      sync.Mutex
	slots   []*slot       // replaced, never changed
	updates uint64        // numbers the reports, and so the insertions
	err     error         // why there are no readers; errStarting until the first report
	since   time.Time     // of err
	beat    time.Time     // of Run
	changed chan struct{} // closed and replaced at each change

	followers []*follower
}

type slot struct {
	reader Reader
	events uint32
	queue  *queue
}

var errStarting = fmt.Errorf("%w: it has not answered yet", ErrNoService)

// NewPool returns a pool over driver; [Pool.Run] brings it to life.
func NewPool(driver Driver, cfg Config) *Pool {
	if cfg.Queue == 0 {
		cfg.Queue = defaultQueue
	}
	if cfg.Hanging == 0 {
		cfg.Hanging = defaultHanging
	}
	if cfg.Patience == 0 {
		cfg.Patience = defaultPatience
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Took == nil {
		cfg.Took = func(string, time.Duration) {}
	}
	return &Pool{driver: driver, cfg: cfg, err: errStarting, changed: make(chan struct{})}
}

// Run watches the readers until ctx ends. When the service is lost it begins anew, at first soon and then
// every five seconds.
func (p *Pool) Run(ctx context.Context) {
	wait := firstBackOff
	for {
		p.hear()
		err := p.driver.Watch(ctx, func(slots []Slot) {
			wait = firstBackOff
			p.update(slots)
		})
		if ctx.Err() != nil {
			return
		}
		p.lost(err, wait)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, lastBackOff)
	}
}

func (p *Pool) lost(err error, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil || p.err.Error() != err.Error() {
		p.cfg.Log.Warn("smart card service lost", "err", err, "retry_in", wait)
	}
	if p.err == nil || errors.Is(p.err, errStarting) {
		p.count.lost.Add(1)
		p.since = time.Now()
	}
	p.err, p.slots = err, nil
	p.announce()
}

func (p *Pool) update(slots []Slot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := make(map[string]*slot, len(p.slots))
	for _, s := range p.slots {
		known[s.reader.Name] = s
	}
	p.updates++
	if p.err != nil && !errors.Is(p.err, errStarting) {
		p.count.found.Add(1)
		p.cfg.Log.Info("smart card service found", "after", time.Since(p.since).Round(time.Millisecond))
	}
	p.err, p.slots = nil, make([]*slot, 0, len(slots))
	for _, state := range slots {
		s := known[state.Name]
		if s == nil {
			s = p.newSlot(state.Name)
			p.cfg.Log.Info("reader added", "reader", s.reader.ID, "name", s.reader.Name)
		}
		delete(known, state.Name)
		p.slots = append(p.slots, s.updated(state, p.rule(state.Name), p.updates))
	}
	for _, gone := range known {
		p.cfg.Log.Info("reader removed", "reader", gone.reader.ID, "name", gone.reader.Name)
	}
	p.announce()
}

func (p *Pool) newSlot(name string) *slot {
	return &slot{
		reader: Reader{ID: idOf(name), Name: name, Role: RoleCard},
		queue:  newQueue(p.cfg.Queue),
	}
}

func (p *Pool) rule(name string) Rule {
	for _, r := range p.cfg.Rules {
		if strings.Contains(strings.ToLower(name), strings.ToLower(r.Match)) {
			return r
		}
	}
	return Rule{}
}

// updated returns the slot as state and rule tell it. The queue stays: who waits for the reader waits on.
func (s *slot) updated(state Slot, rule Rule, insertion uint64) *slot {
	r := s.reader
	if rule.Role != "" {
		r.Role = rule.Role
	}
	r.Interface = rule.Interface
	if r.Interface == "" {
		r.Interface = interfaceOf(state.Name, state.ATR)
	}
	r.Card = s.card(state, insertion)
	return &slot{reader: r, events: state.Events, queue: s.queue}
}

// card is the card in the slot. Where the service counts comings and goings the count tells a new one from the one that
// was there, else the ATR.
func (s *slot) card(state Slot, insertion uint64) *Card {
	if !state.Present {
		return nil
	}
	card := Card{ATR: state.ATR, Since: time.Now(), Mute: state.Mute, insertion: insertion}
	was := s.reader.Card
	if was == nil || s.events != state.Events || (state.Events == 0 && !bytes.Equal(was.ATR, state.ATR)) {
		return &card
	}
	card.Since, card.insertion = was.Since, was.insertion
	return &card
}

func (p *Pool) announce() {
	close(p.changed)
	p.changed = make(chan struct{})
	for _, f := range p.followers {
		f.fn(p.snapshot())
	}
}

// Snapshot is what the pool knows now.
func (p *Pool) Snapshot() Snapshot {
	s, _ := p.look()
	return s
}

func (p *Pool) look() (Snapshot, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.snapshot(), p.changed
}

func (p *Pool) snapshot() Snapshot {
	s := Snapshot{Err: p.err, Since: p.since, Readers: make([]Reader, len(p.slots))}
	for i, slot := range p.slots {
		s.Readers[i] = slot.reader
		s.Readers[i].State, _, s.Readers[i].Hang = slot.queue.look()
	}
	return s
}

// Await returns the first snapshot, from now on, for which enough reports true; or the last one and ctx's
// error.
func (p *Pool) Await(ctx context.Context, enough func(Snapshot) bool) (Snapshot, error) {
	for {
		s, changed := p.look()
		if enough(s) {
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return s, ctx.Err()
		}
	}
}

// Ready waits for the driver's first report, good or bad.
func (p *Pool) Ready(ctx context.Context) error {
	s, err := p.Await(ctx, func(s Snapshot) bool { return !errors.Is(s.Err, errStarting) })
	if err != nil {
		return &Error{Op: "watch", Err: ErrNoService}
	}
	return s.Err
}

func (p *Pool) find(id string) (*slot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return nil, p.err
	}
	for _, s := range p.slots {
		if s.reader.ID == id {
			return s, nil
		}
	}
	return nil, &Error{Op: "find", Reader: id, Err: ErrUnknownReader}
}

// current is the slot as last reported; the one given, where the reader is gone.
func (p *Pool) current(was *slot) *slot {
	if s, err := p.find(was.reader.ID); err == nil {
		return s
	}
	return was
}
