package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sscard/apdu"
)

// ErrLeftOver says that a player was done with before its session was.
var ErrLeftOver = errors.New("exchanges left over")

// Fault is how a recorded card failed, played back as an error.
type Fault struct{ Word string }

func (f *Fault) Error() string { return "recorded fault: " + f.Word }

// MismatchError says that a command is not the one recorded. Its text shows the five header bytes of T=0
// only; the commands themselves may hold a PIN.
type MismatchError struct {
	Index int    // of the exchange, from 0
	Line  int    // where the recorded command is in its file; 0 where it is in none
	Want  []byte // the command recorded, nil where the session was at its end
	Got   []byte
}

func (e *MismatchError) Error() string {
	want, got := describe(e.Want), describe(e.Got)
	if want == got {
		return fmt.Sprintf("exchange %d: %s: data or Le are not as recorded", e.Index, got)
	}
	return fmt.Sprintf("exchange %d: %s, but recorded is %s", e.Index, got, want)
}

// describe names a command by its header, and by P3, which is where terminals differ most often.
func describe(command []byte) string {
	switch n := len(command); {
	case command == nil:
		return "no more"
	case n == 1:
		return fmt.Sprintf("feature %02X of the reader", command[0])
	case n < 4:
		return fmt.Sprintf("a command of %d bytes", n)
	default:
		header := apdu.Command{CLA: command[0], INS: command[1], P1: command[2], P2: command[3]}
		return fmt.Sprintf("%s%X", header, command[4:min(n, 5)])
	}
}

// Player is a card that knows one session. Each command must be the recorded next, byte for byte, but for what was
// [Masked]; the first that is not gives a [MismatchError], and so does every command after it.
//
// Its fields must not be changed once it plays.
type Player struct {
	RealTime bool // answers take as long as they took
	Loose    bool // a command is answered as it was the next time it was recorded, or else from the beginning on
	Fresh    bool // what a terminal chooses at random, to authenticate, may be other than it was

	mu      sync.Mutex
	session *Session
	next    int
	broken  error
}

var _ apdu.Transmitter = (*Player)(nil)

// NewPlayer returns a player at the beginning of s, which must not change while it plays.
func NewPlayer(s *Session) *Player { return &Player{session: s} }

// ATR is the answer to reset that was recorded.
func (p *Player) ATR() []byte { return p.session.ATR() }

// Reset is nothing: a session has no power-on but its first.
func (p *Player) Reset() {}

// Transmit answers as the card did, at once unless in real time. A recorded failure comes back as a [Fault], after
// which the session goes on; a context that is over plays nothing.
func (p *Player) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	return p.play(ctx, Exchange{Command: append([]byte{}, command...)})
}

// Control answers as the reader itself did when it was told to use this feature.
func (p *Player) Control(ctx context.Context, feature byte) ([]byte, error) {
	return p.play(ctx, Exchange{Control: feature})
}

func (p *Player) play(ctx context.Context, asked Exchange) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x, err := p.advance(asked)
	if err != nil {
		return nil, err
	}
	if err := p.wait(ctx, x.Elapsed); err != nil {
		return nil, err
	}
	if x.Fault != "" {
		return nil, &Fault{x.Fault}
	}
	return bytes.Clone(x.Response), nil
}

// advance finds what is asked in the session, and goes behind it.
func (p *Player) advance(asked Exchange) (Exchange, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != nil {
		return Exchange{}, p.broken
	}
	i := p.find(asked)
	if i < 0 {
		p.broken = p.mismatch(asked)
		return Exchange{}, p.broken
	}
	p.next = i + 1
	return p.session.Exchanges[i], nil
}

// find is the exchange that answers, -1 for none.
func (p *Player) find(asked Exchange) int {
	all := p.session.Exchanges
	if p.next < len(all) && p.answers(all[p.next], asked) {
		return p.next
	}
	if !p.Loose {
		return -1
	}
	for n := range all {
		if i := (p.next + n) % len(all); p.answers(all[i], asked) {
			return i
		}
	}
	return -1
}

// answers reports whether the exchange is about what is asked.
func (p *Player) answers(x, asked Exchange) bool {
	switch {
	case x.Control != 0 || asked.Control != 0:
		return x.Control == asked.Control
	case bytes.Equal(x.Command, asked.Command):
		return true
	case p.Fresh && bytes.Equal(withoutRandom(x.Command), withoutRandom(asked.Command)):
		return true
	}
	masked := Masked(x.Command)
	return bytes.Equal(x.Command, masked) && bytes.Equal(masked, Masked(asked.Command))
}

func (p *Player) mismatch(asked Exchange) error {
	e := &MismatchError{Index: p.next, Got: asked.shown()}
	if p.next < len(p.session.Exchanges) {
		e.Line, e.Want = p.session.line(p.next), p.session.Exchanges[p.next].shown()
	}
	return e
}

// shown is the command, and for a reader's feature, which is none, one byte.
func (x Exchange) shown() []byte {
	if x.Control != 0 {
		return []byte{x.Control}
	}
	return x.Command
}

// wait takes the time that a card took.
func (p *Player) wait(ctx context.Context, took time.Duration) error {
	if !p.RealTime || took == 0 {
		return nil
	}
	timer := time.NewTimer(took)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Done reports what should fail a test at its end: a mismatch, or [ErrLeftOver].
func (p *Player) Done() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != nil {
		return p.broken
	}
	if all := p.session.Exchanges; p.next < len(all) {
		return fmt.Errorf("%w: %d of %d, the next is %s", ErrLeftOver, len(all)-p.next, len(all), describe(all[p.next].shown()))
	}
	return nil
}
