// Package event tells what happens at the readers: readers that come and go, cards that are put in and taken out, the
// PC/SC service lost and found again.
//
// A [Hub] follows a reader.Pool and numbers what it sees, without gaps, for the life of the process. Whoever subscribes
// gets all readers first and then each event, or, where he says what he has had, the events since. What the PC/SC
// service reports is told in order; a card that was changed for another between two reports as removed and inserted.
//
// Events hold no personal data: a card is told by a reference that another process would make differently. A Hub is
// safe for concurrent use and waits for no subscriber.
package event

import (
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

const (
	// kept is how many events a subscriber can have missed and still go on without a new snapshot. A busy counter has
	// some thousands a day.
	kept = 1024
	// ahead is how many events a subscriber may leave unread before it is dropped.
	ahead = 256
)

// Hub numbers events and hands them out.
type Hub struct {
	life string // tells these numbers from those of another process
	salt []byte // of the references to cards

	mu          sync.Mutex
	seq         uint64              // of the last event
	ring        [kept]apitype.Event // event n is at n % kept
	lost        apitype.Code        // why there is no service; empty: there is
	places      []*place            // in the order of the pool
	subscribers map[*Subscription]struct{}
	dropped     uint64
	unknown     chan struct{} // holds one element when there is a card to look at
}

// place is a reader as it was last told of.
type place struct {
	reader     reader.Reader
	card       string       // its reference; empty: no card
	generation int          // 0: not known
	code       apitype.Code // why the card cannot be read
	looked     bool         // somebody looks, or has looked, what card it is
}

// NewHub returns a hub that knows of no service and no readers; pool.Follow(hub.Observe) tells it.
func NewHub() *Hub {
	salt := make([]byte, 32)
	_, _ = rand.Read(salt) // never fails
	return &Hub{
		life: rand.Text(), salt: salt, lost: apitype.ServiceUnavailable,
		subscribers: make(map[*Subscription]struct{}), unknown: make(chan struct{}, 1),
	}
}

// Observe tells what is different from the snapshot before. Snapshots come in order.
func (h *Hub) Observe(now reader.Snapshot) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.observeService(now.Err)
	for _, p := range slices.Clone(h.places) {
		if !slices.ContainsFunc(now.Readers, func(r reader.Reader) bool { return r.ID == p.reader.ID }) {
			h.unplug(p)
		}
	}
	places := make([]*place, len(now.Readers))
	for i, r := range now.Readers {
		places[i] = h.observeReader(r)
	}
	h.places = places
}

func (h *Hub) observeService(err error) {
	var lost apitype.Code
	if err != nil {
		lost = terminal.AsError(err).Code
	}
	switch {
	case lost == h.lost:
		return
	case lost == "":
		h.publish(apitype.Event{Type: apitype.EventServiceRestored})
	default:
		h.publish(apitype.Event{Type: apitype.EventServiceLost, Code: lost})
	}
	h.lost = lost
}

func (h *Hub) observeReader(r reader.Reader) *place {
	p := h.find(r.ID)
	if p == nil {
		p = &place{reader: r}
		p.reader.Card = nil
		h.places = append(h.places, p)
		h.tell(apitype.EventReaderAdded, p)
	}
	if !r.Card.Is(p.reader.Card) {
		h.takeOut(p)
		p.reader = r
		h.putIn(p)
	}
	p.reader = r
	return p
}

func (h *Hub) find(readerID string) *place {
	for _, p := range h.places {
		if p.reader.ID == readerID {
			return p
		}
	}
	return nil
}

func (h *Hub) unplug(p *place) {
	h.takeOut(p)
	h.tell(apitype.EventReaderRemoved, p)
	h.places = slices.DeleteFunc(h.places, func(o *place) bool { return o == p })
}

func (h *Hub) takeOut(p *place) {
	if p.card != "" {
		h.tell(apitype.EventCardRemoved, p)
		*p = place{reader: p.reader}
	}
}

// putIn tells of the card that the place's reader holds now. What the same card's other interface has told already is
// known.
func (h *Hub) putIn(p *place) {
	card := p.reader.Card
	if card == nil {
		return
	}
	p.card = h.reference(p.reader, card.ATR)
	switch other := h.twin(p); {
	case card.Mute:
		p.code, p.looked = apitype.CardMute, true
	case p.reader.Role == reader.RoleSAM:
		p.looked = true
	case other != nil && (other.generation > 0 || other.code != ""):
		p.generation, p.code, p.looked = other.generation, other.code, true
	default:
		h.wake()
	}
	h.tell(apitype.EventCardInserted, p)
}

// tell publishes an event about a place as it is now.
func (h *Hub) tell(what apitype.EventType, p *place) {
	e := apitype.Event{
		Type: what, Reader: &apitype.ReaderRef{ID: p.reader.ID, Name: p.reader.Name},
		Role: string(p.reader.Role), Interface: string(p.reader.Interface),
		Card: p.card, Generation: p.generation, Code: p.code,
	}
	if other := h.twin(p); other != nil {
		e.Also = []apitype.Place{{Reader: apitype.ReaderRef{ID: other.reader.ID, Name: other.reader.Name}, Interface: string(other.reader.Interface)}}
	}
	h.publish(e)
}

// publish numbers the event, keeps it, and gives it to all who have room for it. Who has none is dropped.
func (h *Hub) publish(e apitype.Event) {
	h.seq++
	e.Seq, e.Time = h.seq, timestamp(time.Now())
	h.ring[e.Seq%kept] = e
	for s := range h.subscribers {
		select {
		case s.events <- e:
		default:
			h.dropped++
			s.end(ErrSlow)
		}
	}
}

// timestamp is t as documents have it.
func timestamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Stats counts for whoever watches the daemon.
type Stats struct {
	Events      uint64 // told of
	Subscribers int    // now
	Dropped     uint64 // subscribers that were too slow
}

// Stats is what the hub has done until now.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{Events: h.seq, Subscribers: len(h.subscribers), Dropped: h.dropped}
}
