package recording

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"sscard/apdu"
	"sscard/apdu/trace"
	"sscard/reader"
)

// Player is readers that hold recorded cards. Reader names are those of the sessions.
type Player struct {
	RealTime bool // answers take as long as they took
	Loose    bool // as of a trace.Player
	Endless  bool // after the last session of a reader comes its first again

	mu      sync.Mutex
	readers []*shelf
	changed chan struct{}
	problem error // the first
}

// shelf is the sessions of one reader.
type shelf struct {
	name     string
	sessions []*trace.Session
	next     int
	events   uint32
	empty    bool // the card was removed, and no session follows
}

var _ reader.Driver = (*Player)(nil)

// errOver is a connection more than was recorded.
var errOver = errors.New("no recorded session is left")

// Reader names where a session has none.
const (
	namelessContact     = "Trace Contact 00 00"
	namelessContactless = "Trace Contactless 00 00"
)

// NewPlayer returns readers for the sessions, which must not change while they play.
func NewPlayer(sessions []*trace.Session) (*Player, error) {
	p := &Player{changed: make(chan struct{})}
	for _, s := range sessions {
		name := s.Get(trace.KeyReader)
		switch {
		case name != "":
		case s.Get(trace.KeyInterface) == string(reader.Contactless):
			name = namelessContactless
		default:
			name = namelessContact
		}
		shelf := p.find(name)
		if shelf == nil {
			shelf = p.add(name)
		}
		shelf.sessions = append(shelf.sessions, s)
	}
	if len(p.readers) == 0 {
		return nil, trace.ErrNoSession
	}
	return p, nil
}

func (p *Player) add(name string) *shelf {
	s := &shelf{name: name, events: 1}
	p.readers = append(p.readers, s)
	return s
}

func (p *Player) find(name string) *shelf {
	i := slices.IndexFunc(p.readers, func(s *shelf) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return p.readers[i]
}

// coming is the session that a connection begins, nil for none.
func (s *shelf) coming() *trace.Session {
	if s.next == len(s.sessions) {
		return nil
	}
	return s.sessions[s.next]
}

// slot is the reader as the service would report it. After its last session a card stays where it is.
func (s *shelf) slot() reader.Slot {
	shown := s.coming()
	if shown == nil {
		shown = s.sessions[len(s.sessions)-1]
	}
	word := shown.Get(trace.KeyConnect)
	return reader.Slot{
		Name: s.name, Events: s.events, ATR: shown.ATR(), Mute: word == trace.WordMute,
		Present: !s.empty && (shown.ATR() != nil || word == trace.WordMute),
	}
}

// Watch implements reader.Driver.
func (p *Player) Watch(ctx context.Context, report func([]reader.Slot)) error {
	for {
		slots, changed := p.look()
		report(slots)
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *Player) look() (slots []reader.Slot, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.readers {
		slots = append(slots, s.slot())
	}
	return slots, p.changed
}

// Open implements reader.Driver.
func (p *Player) Open(name string) reader.Conn {
	return &playedConn{of: p, name: name, done: make(chan struct{})}
}

// begin takes the next session of a reader.
func (p *Player) begin(name string) (*trace.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	shelf := p.find(name)
	if shelf == nil {
		return nil, fmt.Errorf("%w: %q", reader.ErrUnknownReader, name)
	}
	s := shelf.coming()
	if s == nil {
		p.note(errOver)
		return nil, errOver
	}
	if shelf.next++; p.Endless {
		shelf.next %= len(shelf.sessions)
	}
	return s, nil
}

// end tells of a session that is over, and of the card in the reader: another is there where the next has one, none where
// it was removed and nothing follows.
func (p *Player) end(name string, s *trace.Session, problem error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(problem)
	shelf, before := p.find(name), p.find(name).slot()
	n := len(s.Exchanges)
	removed := n > 0 && s.Exchanges[n-1].Fault == wordRemoved
	shelf.empty = removed && shelf.coming() == nil
	if after := shelf.slot(); removed || apdu.Hex(s.ATR()) != apdu.Hex(after.ATR) || after.Present != before.Present {
		shelf.events++
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

func (p *Player) note(problem error) {
	if p.problem == nil {
		p.problem = problem
	}
}

// Done reports the first way in which what was played was not what was recorded: a mismatch, exchanges of a session left
// over, a connection too many, or sessions left over.
func (p *Player) Done() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.problem != nil {
		return p.problem
	}
	left := 0
	for _, s := range p.readers {
		left += len(s.sessions) - s.next
	}
	if left > 0 && !p.Endless && !p.Loose {
		return fmt.Errorf("%w: sessions never begun: %d", trace.ErrLeftOver, left)
	}
	return nil
}

// playedConn is a connection to a recorded card.
type playedConn struct {
	of      *Player
	name    string
	session *trace.Session
	player  *trace.Player
	once    sync.Once
	done    chan struct{}
}

var (
	_ reader.Conn       = (*playedConn)(nil)
	_ reader.Controller = (*playedConn)(nil)
)

func (c *playedConn) Connect(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var err error
	if c.session, err = c.of.begin(c.name); err != nil {
		return nil, err
	}
	if word := c.session.Get(trace.KeyConnect); word != "" {
		return nil, errorOf(word)
	}
	c.player = trace.NewPlayer(c.session)
	c.player.RealTime, c.player.Loose, c.player.Fresh = c.of.RealTime, c.of.Loose, true
	return c.session.ATR(), nil
}

func (c *playedConn) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	switch {
	case c.player == nil || c.closed():
		return nil, reader.ErrClosed
	case len(command) < minCommand:
		return nil, reader.ErrCommand
	}
	response, err := c.player.Transmit(ctx, command)
	return response, played(err)
}

// played is a fault as the driver would have reported it.
func played(err error) error {
	if fault, ok := errors.AsType[*trace.Fault](err); ok {
		return errorOf(fault.Word)
	}
	return err
}

// codeBase makes control codes of features.
const codeBase = 0x42330000

func (c *playedConn) Features(context.Context) ([]byte, error) {
	if c.session == nil {
		return nil, reader.ErrClosed
	}
	tags, err := apdu.ParseHex(c.session.Get(trace.KeyFeatures))
	if err != nil {
		return nil, reader.ErrNoFeature
	}
	var list []byte
	for _, tag := range tags {
		list = append(list, tag, featureBytes-codeOffset, codeBase>>24, codeBase>>16&0xFF, 0, tag)
	}
	return list, nil
}

func (c *playedConn) Control(ctx context.Context, code uint32, _ []byte) ([]byte, error) {
	if c.player == nil || c.closed() {
		return nil, reader.ErrClosed
	}
	out, err := c.player.Control(ctx, byte(code))
	return out, played(err)
}

// Touch finds the card as it was: nothing of it is recorded.
func (c *playedConn) Touch(context.Context) error { return nil }

func (c *playedConn) ResetOnClose() {}

func (c *playedConn) Close() {
	c.once.Do(func() {
		if c.session != nil {
			c.of.end(c.name, c.session, c.problem())
		}
		close(c.done)
	})
}

func (c *playedConn) closed() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

func (c *playedConn) problem() error {
	if c.player == nil || c.of.Loose {
		return nil
	}
	if err := c.player.Done(); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return nil
}

func (c *playedConn) Done() <-chan struct{} { return c.done }
