package event

import (
	"context"
	"slices"
	"sync"
	"time"

	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

const (
	// settling is left to whoever reads a card as soon as it is there: he finds the reader free, and his reading tells
	// the generation too.
	settling = 300 * time.Millisecond
	// looking bounds a look at a card.
	looking = 2 * time.Second
)

// Identifier looks what card is in a reader, where nobody uses the reader.
type Identifier interface {
	Identify(ctx context.Context, readerID string) (generation int, err error)
}

var _ Identifier = (*terminal.Terminal)(nil)

// Identify has a look at each card that is put in and that nobody reads, so that its generation is known; until ctx
// ends. Cards in SAM slots are left alone.
func (h *Hub) Identify(ctx context.Context, by Identifier) {
	var looks sync.WaitGroup
	defer looks.Wait()
	for {
		select {
		case <-h.unknown:
		case <-ctx.Done():
			return
		}
		for _, r := range h.toLookAt() {
			looks.Go(func() { h.look(ctx, by, r) })
		}
	}
}

func (h *Hub) wake() {
	select {
	case h.unknown <- struct{}{}:
	default: // it is awake
	}
}

// toLookAt takes the cards that nobody has looked at.
func (h *Hub) toLookAt() (readers []reader.Reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.places {
		if p.card != "" && !p.looked {
			p.looked = true
			readers = append(readers, p.reader)
		}
	}
	return readers
}

// look is done once a card. Where the reader is in use, whoever uses it finds out.
func (h *Hub) look(ctx context.Context, by Identifier, r reader.Reader) {
	select {
	case <-time.After(settling):
	case <-ctx.Done():
		return
	}
	if !h.wonders(r) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	generation, err := by.Identify(ctx, r.ID)
	if err != nil {
		h.unidentified(r, terminal.AsError(err).Code)
		return
	}
	h.Identified(r, generation)
}

// wonders reports whether the card is still there and still not known.
func (h *Hub) wonders(r reader.Reader) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.holding(r)
	return p != nil && p.generation == 0
}

// holding is the place where the card that r held still is.
func (h *Hub) holding(r reader.Reader) *place {
	if p := h.find(r.ID); p != nil && p.card != "" && p.reader.Card.Is(r.Card) {
		return p
	}
	return nil
}

// Identified tells the generation of the card in a reader, from whoever has opened it.
func (h *Hub) Identified(r reader.Reader, generation int) { h.learn(r, generation, "") }

// lasting are the codes that tell of the card and not of the moment.
var lasting = [...]apitype.Code{apitype.CardUnsupported, apitype.CardLocked, apitype.CardMute, apitype.DataMalformed}

func (h *Hub) unidentified(r reader.Reader, code apitype.Code) {
	if slices.Contains(lasting[:], code) {
		h.learn(r, 0, code)
	}
}

func (h *Hub) learn(r reader.Reader, generation int, code apitype.Code) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.holding(r)
	if p == nil || (p.generation == generation && p.code == code) {
		return
	}
	p.generation, p.code, p.looked = generation, code, true
	h.tell(apitype.EventCardIdentified, p)
}
