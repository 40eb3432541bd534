package terminal

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"sscard/reader"
)

const (
	stepLife   = time.Minute     // how long a back end may take to answer
	stepTouch  = 4 * time.Second // Windows resets a card that is idle in a transaction for five
	maxExpired = 256             // expired sessions that are told from unknown ones
)

var (
	errSessionUnknown = errors.New("no such session")
	errSessionExpired = errors.New("the session has expired")
)

// steps holds cards between the steps of a use case whose keys are at a back end. A held card keeps its reader,
// and what it has been told: a step that is not followed by the next within a minute ends it.
type steps struct {
	mu      sync.Mutex
	held    map[string]*held
	expired []string
}

// held is a card between two steps, with what the next one needs.
type held struct {
	lease *reader.Lease
	entry *entry // of the step before; nil: none is kept
	owner owner  // who begins anew ends what he had begun
	next  any
	taken chan struct{} // closed by who takes the card
	idle  chan struct{} // closed when nobody touches it any more
}

// owner is who began, where, and by which door: what functions have begun a function ends, and nobody else's.
type owner struct {
	caller, reader string
	function       bool
}

func ownerOf(ctx context.Context, readerID string) owner {
	c := CallerOf(ctx)
	return owner{c.Name(), readerID, c.Function != ""}
}

// hold keeps the lease for the next step and returns the session's name.
func (s *steps) hold(ctx context.Context, lease *reader.Lease, next any) string {
	h := &held{
		lease: lease, entry: entryOf(ctx), owner: ownerOf(ctx, lease.Reader().ID), next: next,
		taken: make(chan struct{}), idle: make(chan struct{}),
	}
	h.entry.hold()
	id := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held = make(map[string]*held)
	}
	s.held[id] = h
	go s.keep(id, h)
	return id
}

// keep touches the card until it is taken, and lets it go when its time is over or it has left.
func (s *steps) keep(id string, h *held) {
	defer close(h.idle)
	ctx, cancel := context.WithTimeout(context.Background(), stepLife)
	defer cancel()
	touch := time.NewTicker(stepTouch)
	defer touch.Stop()
	for {
		select {
		case <-h.taken:
			return
		case <-ctx.Done():
			s.expire(id, h)
			return
		case <-touch.C:
			if h.lease.Touch(ctx) != nil {
				s.expire(id, h)
				return
			}
		}
	}
}

// expire releases the card, where nobody has taken it meanwhile.
func (s *steps) expire(id string, h *held) {
	s.mu.Lock()
	mine := s.held[id] == h
	if mine {
		delete(s.held, id)
		s.expired = append(s.expired, id)
		s.expired = s.expired[max(0, len(s.expired)-maxExpired):]
	}
	s.mu.Unlock()
	if mine {
		h.letGo()
	}
}

// takeFor is take for the caller that began: what a page may read is its own, and so are its sessions.
func (s *steps) takeFor(caller, id string) (*held, error) {
	s.mu.Lock()
	h := s.held[id]
	s.mu.Unlock()
	if h != nil && h.owner.caller != caller {
		return nil, errSessionUnknown
	}
	return s.take(id)
}

// take gives the card of the session to its next step, which must release or hold it.
func (s *steps) take(id string) (*held, error) {
	s.mu.Lock()
	h := s.held[id]
	delete(s.held, id)
	wasThere := slices.Contains(s.expired, id)
	s.mu.Unlock()
	switch {
	case h != nil:
		close(h.taken)
		<-h.idle
		return h, nil
	case wasThere:
		return nil, errSessionExpired
	}
	return nil, errSessionUnknown
}

// end lets go of what the owner had begun.
func (s *steps) end(o owner) {
	s.release(func(h *held) bool { return h.owner == o })
}

// close lets go of every card.
func (s *steps) close() { s.release(func(*held) bool { return true }) }

func (s *steps) release(which func(*held) bool) {
	s.mu.Lock()
	var ids []string
	for id, h := range s.held {
		if which(h) {
			ids = append(ids, id)
		}
	}
	s.mu.Unlock()
	for _, id := range ids {
		if h, err := s.take(id); err == nil {
			h.letGo()
		}
	}
}

// letGo ends what no step has followed.
func (h *held) letGo() {
	h.lease.Release()
	h.entry.abandon()
}
