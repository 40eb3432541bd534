package terminal

import (
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"
)

// pinTime is how long a holder may take.
const pinTime = time.Minute

// PINDesk has PINs entered at the daemon's own page: it keeps the prompts until they are answered there. The page that
// called the function never sees the PIN.
type PINDesk struct {
	mu      sync.Mutex
	waiting []*deskPrompt
	changed chan struct{} // closed when a prompt comes or goes; nil: nobody waits for that
}

var _ PINEntry = (*PINDesk)(nil)

// DeskPrompt is a PIN that is waited for.
type DeskPrompt struct {
	ID string
	PINPrompt
	Caller string // the web origin for which it is asked; empty: a program
}

type deskPrompt struct {
	DeskPrompt
	answer chan PIN // nil: cancelled
}

// Enter shows the prompt and waits for the answer, a minute at most and no longer than ctx.
func (d *PINDesk) Enter(ctx context.Context, prompt PINPrompt) (PIN, error) {
	ctx, cancel := context.WithTimeout(ctx, pinTime)
	defer cancel()
	p := &deskPrompt{DeskPrompt{rand.Text(), prompt, CallerOf(ctx).Origin}, make(chan PIN, 1)}
	d.mu.Lock()
	d.waiting = append(d.waiting, p)
	d.tell()
	d.mu.Unlock()
	select {
	case pin := <-p.answer:
		if pin == nil {
			return nil, ErrPINCancelled
		}
		return pin, nil
	case <-ctx.Done():
		if d.take(p.ID) == nil { // it has been answered meanwhile
			if pin := <-p.answer; pin != nil {
				pin.Clear()
			}
		}
		return nil, ErrPINTimeout
	}
}

// Prompts are the PINs that are waited for, the oldest first.
func (d *PINDesk) Prompts() []DeskPrompt {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.prompts()
}

func (d *PINDesk) prompts() []DeskPrompt {
	prompts := make([]DeskPrompt, len(d.waiting))
	for i, p := range d.waiting {
		prompts[i] = p.DeskPrompt
	}
	return prompts
}

// Await is Prompts once they are others than those with the ids that were seen, or once ctx ends.
func (d *PINDesk) Await(ctx context.Context, seen []string) []DeskPrompt {
	for {
		d.mu.Lock()
		prompts := d.prompts()
		if d.changed == nil {
			d.changed = make(chan struct{})
		}
		changed := d.changed
		d.mu.Unlock()
		if !slices.EqualFunc(prompts, seen, func(p DeskPrompt, id string) bool { return p.ID == id }) {
			return prompts
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return prompts
		}
	}
}

// tell wakes who waits for a change.
func (d *PINDesk) tell() {
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}

// Answer gives the PIN to the prompt, or cancels it where the PIN is nil. It reports whether the prompt was still
// there; if not, the PIN is cleared.
func (d *PINDesk) Answer(id string, pin PIN) bool {
	p := d.take(id)
	if p == nil {
		pin.Clear()
		return false
	}
	p.answer <- pin
	return true
}

func (d *PINDesk) take(id string) *deskPrompt {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.waiting, func(p *deskPrompt) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	p := d.waiting[i]
	d.waiting = slices.Delete(d.waiting, i, i+1)
	d.tell()
	return p
}
