package event

import (
	"context"
	"errors"
	"time"

	"sscard/terminal/apitype"
)

// Silence is how long a subscriber hears nothing before it hears a heartbeat.
const Silence = 15 * time.Second

// Why a subscription ended.
var (
	ErrSlow   = errors.New("the subscriber left too many events unread")
	ErrClosed = errors.New("the subscription is closed")
)

// Resume is what a subscriber has had: the events up to Seq, of the daemon's life that a snapshot named. Without
// Life, it is taken to be the present one.
type Resume struct {
	Seq  uint64
	Life string
}

// Subscription hands out one subscriber's events.
type Subscription struct {
	hub    *Hub
	events chan apitype.Event
	last   uint64 // the number last handed out
	err    error  // set before events is closed
}

// Subscribe begins with a snapshot; or, where from says what the subscriber has had and the hub still has all
// that came after, with "resumed" and those events. A snapshot that comes in their place says Reset. The caller must
// Close.
func (h *Hub) Subscribe(from *Resume) *Subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	opening := h.opening(from)
	s := &Subscription{hub: h, events: make(chan apitype.Event, len(opening)+ahead)}
	for _, e := range opening {
		s.events <- e
	}
	h.subscribers[s] = struct{}{}
	return s
}

func (h *Hub) opening(from *Resume) []apitype.Event {
	if from == nil || !h.has(*from) {
		s := h.snapshot()
		s.Reset = from != nil
		return []apitype.Event{s}
	}
	opening := []apitype.Event{{Type: apitype.EventResumed, Seq: from.Seq, Time: timestamp(time.Now()), Life: h.life}}
	for n := from.Seq + 1; n <= h.seq; n++ {
		opening = append(opening, h.ring[n%kept])
	}
	return opening
}

// has reports whether all events after those are still kept.
func (h *Hub) has(from Resume) bool {
	ours := from.Life == "" || from.Life == h.life
	return ours && from.Seq <= h.seq && h.seq-from.Seq <= kept
}

func (h *Hub) snapshot() apitype.Event {
	e := apitype.Event{
		Type: apitype.EventSnapshot, Seq: h.seq, Time: timestamp(time.Now()),
		Life: h.life, Code: h.lost, Readers: make([]apitype.SeenReader, len(h.places)),
	}
	for i, p := range h.places {
		r := p.reader
		e.Readers[i] = apitype.SeenReader{ID: r.ID, Name: r.Name, Role: string(r.Role), Interface: string(r.Interface)}
		if r.Card != nil {
			e.Readers[i].Card = &apitype.SeenCard{Card: p.card, Since: timestamp(r.Card.Since), Generation: p.generation, Code: p.code}
		}
	}
	return e
}

// Next waits for the next message: what there is to tell, or a heartbeat where that is nothing. One goroutine calls it.
// What a slow subscriber had not read yet still comes before [ErrSlow], without a gap.
func (s *Subscription) Next(ctx context.Context) (apitype.Event, error) {
	silence := time.NewTimer(Silence)
	defer silence.Stop()
	select {
	case e, open := <-s.events:
		if !open {
			return apitype.Event{}, s.err
		}
		s.last = e.Seq
		return e, nil
	case <-silence.C:
		return apitype.Event{Type: apitype.EventHeartbeat, Seq: s.last, Time: timestamp(time.Now())}, nil
	case <-ctx.Done():
		return apitype.Event{}, ctx.Err()
	}
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.end(ErrClosed)
}

// end is called with the hub locked.
func (s *Subscription) end(why error) {
	if _, there := s.hub.subscribers[s]; !there {
		return
	}
	delete(s.hub.subscribers, s)
	s.err = why
	close(s.events)
}
