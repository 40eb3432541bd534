package softcard

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"sscard/apdu"
)

// ErrRemoved is what a card that was taken out answers with.
var ErrRemoved = errors.New("softcard: card removed")

// Faulty is a card with a fault. It counts commands from power-on, and a reset begins the count anew. A
// fault that does not last strikes once in the life of a Faulty, so that a second attempt succeeds.
//
// A card that was [Removed] or [Torn] has lost power and stays out: it gives [ErrRemoved], and no ATR any
// more. One that is put in again is the same [Card], bare or in a new Faulty, with the memory it had.
type Faulty struct {
	card  Answerer
	fault Fault

	mu     sync.Mutex
	count  int
	struck bool
}

var _ Answerer = (*Faulty)(nil)

// WithFault gives card a fault.
func WithFault(card Answerer, fault Fault) *Faulty { return &Faulty{card: card, fault: fault} }

// muteATRLength is over what an ATR can have, which a reader takes for a mute card.
const muteATRLength = 40

// ATR is that of the card, unless the fault has it otherwise.
func (f *Faulty) ATR() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.fault.Kind == MuteATR:
		return bytes.Repeat([]byte{directATR}, muteATRLength)
	case f.out():
		return nil
	}
	return f.card.ATR()
}

// out reports, under the lock, that the card was taken out.
func (f *Faulty) out() bool { return f.struck && kinds[f.fault.Kind].out }

// Reset resets the card and begins to count anew.
func (f *Faulty) Reset() {
	f.mu.Lock()
	f.count = 0
	f.mu.Unlock()
	f.card.Reset()
}

// Transmit answers a command, or does to it what the fault says.
func (f *Faulty) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	act, out := f.next()
	switch {
	case out:
		return nil, ErrRemoved
	case act != nil:
		return act(ctx, f.card, f.fault, command)
	}
	return f.card.Transmit(ctx, command)
}

// next counts a command and gives what the fault makes of it, nil for nothing. out: the card was taken
// out before.
func (f *Faulty) next() (act action, out bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	traits := kinds[f.fault.Kind]
	if f.out() {
		return nil, true
	}
	f.count++
	if traits.act == nil || f.count < f.fault.At || (f.struck && !f.fault.Always && !traits.lasts) {
		return nil, false
	}
	f.struck = true
	return traits.act, false
}

// action answers a command that a fault strikes.
type action func(ctx context.Context, card Answerer, fault Fault, command []byte) ([]byte, error)

func answerRemoved(_ context.Context, card Answerer, _ Fault, _ []byte) ([]byte, error) {
	card.Reset()
	return nil, ErrRemoved
}

// answerTorn lets the command take effect; nobody sees the answer.
func answerTorn(ctx context.Context, card Answerer, _ Fault, command []byte) ([]byte, error) {
	if _, err := card.Transmit(ctx, command); err != nil {
		return nil, err
	}
	card.Reset()
	return nil, ErrRemoved
}

func answerNever(ctx context.Context, _ Answerer, _ Fault, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func answerLate(ctx context.Context, card Answerer, fault Fault, command []byte) ([]byte, error) {
	timer := time.NewTimer(fault.Delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return card.Transmit(ctx, command)
	}
}

func answerWith(response ...byte) action {
	return func(context.Context, Answerer, Fault, []byte) ([]byte, error) {
		return append([]byte{}, response...), nil
	}
}

// answerChanged lets the card answer and changes the data, if there is any.
func answerChanged(change func(data []byte) []byte) action {
	return func(ctx context.Context, card Answerer, _ Fault, command []byte) ([]byte, error) {
		answer, err := card.Transmit(ctx, command)
		if err != nil {
			return nil, err
		}
		resp, err := apdu.ParseResponse(answer)
		if err != nil || len(resp.Data) == 0 {
			return answer, nil
		}
		resp.Data = change(resp.Data)
		return resp.Bytes(), nil
	}
}

func otherTag(data []byte) []byte {
	data[0] ^= 0x40
	return data
}

func firstHalf(data []byte) []byte { return data[:len(data)/2] }
