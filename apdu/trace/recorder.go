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
	return r.record(Exchange{Command: Masked(command)}, func() ([]byte, error) { return r.card.Transmit(ctx, command) })
}

// Control has the reader use a feature of its own, and records that it did, and its status word.
func (r *Recorder) Control(feature byte, do func() ([]byte, error)) ([]byte, error) {
	return r.record(Exchange{Control: feature}, do)
}

func (r *Recorder) record(x Exchange, do func() ([]byte, error)) ([]byte, error) {
	start := time.Now()
	response, err := do()
	x.Elapsed = time.Since(start)
	switch {
	case err != nil:
		x.Fault = r.word(err)
	case x.Control != 0:
		x.Response = append([]byte{}, response[max(0, len(response)-statusBytes):]...)
	default:
		x.Response = append([]byte{}, response...)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.session.Exchanges = append(r.session.Exchanges, x)
	return response, err
}

const statusBytes = 2

// SetMeta sets the value of a key, which may have become known late.
func (r *Recorder) SetMeta(key, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.session.Meta, func(m Meta) bool { return m.Key == key })
	if i < 0 {
		r.session.Meta = append(r.session.Meta, Meta{key, value})
		return
	}
	r.session.Meta[i].Value = value
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
