package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

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
	case n < 4:
		return fmt.Sprintf("a command of %d bytes", n)
	default:
		header := apdu.Command{CLA: command[0], INS: command[1], P1: command[2], P2: command[3]}
		return fmt.Sprintf("%s%X", header, command[4:min(n, 5)])
	}
}

// Player is a card that knows one session. Each command must be the recorded next, byte for byte; the
// first that is not gives a [MismatchError], and so does every command after it.
type Player struct {
	mu      sync.Mutex
	session *Session
	next    int
	broken  error
}

var _ apdu.Transmitter = (*Player)(nil)

// NewPlayer returns a player at the beginning of s, which must not change while it plays.
func NewPlayer(s *Session) *Player { return &Player{session: s} }

// Transmit answers as the card did, at once. A recorded failure comes back as a [Fault], after which the
// session goes on; a context that is over plays nothing.
func (p *Player) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p.broken != nil {
		return nil, p.broken
	}
	var x Exchange
	if p.next < len(p.session.Exchanges) {
		x = p.session.Exchanges[p.next]
	}
	if x.Command == nil || !bytes.Equal(x.Command, command) {
		p.broken = &MismatchError{Index: p.next, Want: x.Command, Got: append([]byte{}, command...)}
		return nil, p.broken
	}
	p.next++
	if x.Fault != "" {
		return nil, &Fault{x.Fault}
	}
	return bytes.Clone(x.Response), nil
}

// Done reports what should fail a test at its end: a mismatch, or [ErrLeftOver].
func (p *Player) Done() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != nil {
		return p.broken
	}
	if all := p.session.Exchanges; p.next < len(all) {
		return fmt.Errorf("%w: %d of %d, the next is %s", ErrLeftOver, len(all)-p.next, len(all), describe(all[p.next].Command))
	}
	return nil
}

// TB is what [Open] needs of a *testing.T, so that only tests import testing.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Open plays the trace at path in a test. The test fails where the file cannot be read, and at its end
// where [Player.Done] has something to report, even if the tested code swallowed it.
func Open(t TB, path string) *Player {
	t.Helper()
	s, err := readFile(path)
	if err != nil {
		t.Fatalf("trace: %v", err)
	}
	p := NewPlayer(s)
	t.Cleanup(func() {
		t.Helper()
		if err := p.Done(); err != nil {
			t.Fatalf("trace: %s: %v", path, err)
		}
	})
	return p
}

func readFile(path string) (*Session, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := Parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}
