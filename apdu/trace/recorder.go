package trace

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"sscard/apdu"
)

// Recorder passes commands on to a card and writes down what was said, but for PINs ([Masked]). It is the one
// Transmitter that keeps commands.
type Recorder struct {
	// Word names an error of the card for the trace: removed, mute, reset. Where it is nil or gives no
	// kebab-case word, a [Fault] keeps its own and any other error is "failed".
	Word func(error) string

	card    apdu.Transmitter
	mu      sync.Mutex
	session Session
}

var _ apdu.Transmitter = (*Recorder)(nil)

// NewRecorder returns a recorder of card whose session begins with meta.
func NewRecorder(card apdu.Transmitter, meta ...Meta) *Recorder {
	return &Recorder{card: card, session: Session{Meta: slices.Clone(meta)}}
}

// Transmit has the card answer and records the exchange and how long it took.
func (r *Recorder) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	x := Exchange{Command: Masked(command)}
	start := time.Now()
	response, err := r.card.Transmit(ctx, command)
	x.Elapsed = time.Since(start)
	if err != nil {
		x.Fault = r.word(err)
	} else {
		x.Response = append([]byte{}, response...)
	}
	r.Add(x)
	return response, err
}

// Add records an exchange that did not go through Transmit.
func (r *Recorder) Add(x Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session.Exchanges = append(r.session.Exchanges, x)
}

func (r *Recorder) word(err error) string {
	if r.Word != nil {
		if word := r.Word(err); kebab.MatchString(word) {
			return word
		}
	}
	if fault, ok := errors.AsType[*Fault](err); ok {
		return fault.Word
	}
	return "failed"
}

// Session is what was recorded up to now.
func (r *Recorder) Session() *Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &Session{Meta: slices.Clone(r.session.Meta), Exchanges: slices.Clone(r.session.Exchanges)}
}
