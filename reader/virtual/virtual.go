// Package virtual is a PC/SC service in memory: readers that come and go, cards that are put in and
// pulled out, other programs that hold or reset them. It serves tests, the demonstration and hosts without
// a reader. It imports no card: whatever answers commands can be inserted.
//
// A Driver is safe for concurrent use.
package virtual

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"

	"sscard/reader"
)

// Card answers command APDUs. ATR is its answer to reset; one that is not 2 to 33 bytes makes the card mute.
// Reset powers it on. An error of Transmit, other than of ctx, means that the card has left the reader.
type Card interface {
	ATR() []byte
	Reset()
	Transmit(ctx context.Context, command []byte) ([]byte, error)
}

const (
	minATR     = 2
	maxATR     = 33
	minCommand = 4
)

// Driver is the service. Its methods that name a reader which does not exist give reader.ErrUnknownReader.
type Driver struct {
	mu      sync.Mutex
	slots   []*slot
	down    error
	changed chan struct{}
}

var _ reader.Driver = (*Driver)(nil)

type slot struct {
	name      string
	card      Card
	events    uint32
	resets    int
	exclusive bool
	hung      chan struct{} // closed when it hangs no more; nil: it does not
	lock      chan struct{} // holds one element while a transaction lasts
}

// New returns a running service with these readers, all empty.
func New(readers ...string) *Driver {
	d := &Driver{changed: make(chan struct{})}
	for _, name := range readers {
		d.AddReader(name)
	}
	return d
}

// AddReader plugs a reader in.
func (d *Driver) AddReader(name string) {
	d.change(func() { d.slots = append(d.slots, &slot{name: name, lock: make(chan struct{}, 1)}) })
}

// RemoveReader unplugs a reader, with the card in it.
func (d *Driver) RemoveReader(name string) {
	d.change(func() {
		d.slots = slices.DeleteFunc(d.slots, func(s *slot) bool {
			if s.name == name {
				s.letGo()
			}
			return s.name == name
		})
	})
}

// Insert puts a card into the reader, in the place of the one that was there, and powers it.
func (d *Driver) Insert(name string, card Card) error {
	return d.changeSlot(name, func(s *slot) {
		card.Reset()
		s.card = card
		s.events++
	})
}

// Eject takes the card out.
func (d *Driver) Eject(name string) error {
	return d.changeSlot(name, func(s *slot) {
		s.card = nil
		s.events++
	})
}

// ResetCard resets the card as another program would: connections that are open learn of it.
func (d *Driver) ResetCard(name string) error {
	return d.changeSlot(name, func(s *slot) {
		if s.card != nil {
			s.card.Reset()
		}
		s.resets++
	})
}

// SetExclusive lets another program take the reader for itself, or give it back.
func (d *Driver) SetExclusive(name string, held bool) error {
	return d.changeSlot(name, func(s *slot) { s.exclusive = held })
}

// SetHung has the reader swallow commands without an answer, or go on with them.
func (d *Driver) SetHung(name string, hung bool) error {
	return d.changeSlot(name, func(s *slot) {
		s.letGo()
		if hung {
			s.hung = make(chan struct{})
		}
	})
}

// letGo ends what hangs in the slot.
func (s *slot) letGo() {
	if s.hung != nil {
		close(s.hung)
		s.hung = nil
	}
}

// Stop ends the service with the given cause, such as reader.ErrNoService; Start begins it again.
func (d *Driver) Stop(cause error) { d.change(func() { d.down = cause }) }

// Start begins the service again.
func (d *Driver) Start() { d.change(func() { d.down = nil }) }

func (d *Driver) change(do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *Driver) changeSlot(name string, do func(*slot)) (err error) {
	d.change(func() {
		var s *slot
		if s, err = d.find(name); s != nil {
			do(s)
		}
	})
	return err
}

func (d *Driver) find(name string) (*slot, error) {
	if d.down != nil {
		return nil, d.down
	}
	for _, s := range d.slots {
		if s.name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%w: %q", reader.ErrUnknownReader, name)
}

// Watch implements reader.Driver.
func (d *Driver) Watch(ctx context.Context, report func([]reader.Slot)) error {
	for {
		slots, changed, err := d.look()
		if err != nil {
			return &reader.Error{Op: "watch", Err: err}
		}
		report(slots)
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *Driver) look() ([]reader.Slot, <-chan struct{}, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	slots := make([]reader.Slot, len(d.slots))
	for i, s := range d.slots {
		slots[i] = reader.Slot{Name: s.name, Events: s.events}
		if s.card != nil {
			atr := s.card.ATR()
			slots[i].Present, slots[i].Mute = true, !validATR(atr)
			slots[i].ATR = bytes.Clone(atr)
		}
	}
	return slots, d.changed, d.down
}

func validATR(atr []byte) bool { return len(atr) >= minATR && len(atr) <= maxATR }
