package trace

import (
	"context"
	"errors"
	"sync"
)

// WordMute is the fault of a card that gives no answer.
const WordMute = "mute"

// Card is a card that has lived through sessions, for what powers cards by itself, such as a virtual reader: it plays
// one after the other, and after the last the first again. It goes on to the next session where one is played to its
// end, or is reset in its middle.
//
// Its fields must not be changed once it plays.
type Card struct {
	RealTime, Loose, Fresh bool        // as of a [Player]
	Lost                   func(error) // where not nil, is told of each [MismatchError]

	mu       sync.Mutex
	sessions []*Session
	at       int
	player   *Player
	begun    bool
}

// ErrNoSession says that there is no session to play.
var ErrNoSession = errors.New("no session with a card in it")

// NewCard returns a card with the sessions, which must not change while it plays. Those without an answer to reset, in
// which no card was reached, are left out.
func NewCard(sessions []*Session) (*Card, error) {
	c := &Card{}
	for _, s := range sessions {
		if s.ATR() != nil {
			c.sessions = append(c.sessions, s)
		}
	}
	if len(c.sessions) == 0 {
		return nil, ErrNoSession
	}
	return c, nil
}

// ATR is that of the session which is played.
func (c *Card) ATR() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions[c.at].ATR()
}

// Reset ends a session that has begun.
func (c *Card) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begun {
		c.turn()
	}
}

func (c *Card) turn() {
	c.at, c.player, c.begun = (c.at+1)%len(c.sessions), nil, false
}

// Transmit answers as [Player.Transmit] does. A card that was mute is so until ctx ends.
func (c *Card) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	response, err := c.current().Transmit(ctx, command)
	if fault, ok := errors.AsType[*Fault](err); ok && fault.Word == WordMute {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	if mismatch, ok := errors.AsType[*MismatchError](err); ok && c.Lost != nil {
		c.Lost(mismatch)
	}
	return response, err
}

// current is the player that the next command is for.
func (c *Card) current() *Player {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.player != nil && c.player.Done() == nil {
		c.turn()
	}
	if c.player == nil {
		c.player = NewPlayer(c.sessions[c.at])
		c.player.RealTime, c.player.Loose, c.player.Fresh = c.RealTime, c.Loose, c.Fresh
	}
	c.begun = true
	return c.player
}
