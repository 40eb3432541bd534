//go:build cgo || windows

package pcsc

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ebfe/scard"

	"sscard/reader"
)

const (
	// A wait without end could miss the Cancel that was to end it, and a reader that came and went between
	// two waits is only seen in a new list.
	waitSlice = time.Second
	// How long a stopped watch may take to return before it is left behind.
	stopGrace = waitSlice + waitSlice/2
	// A service that leaves a call of the watch without an answer for so long hangs.
	silence = 5 * waitSlice

	plugAndPlay   = `\\?PnP?\Notification` // reports that the number of readers changed
	maxStates     = 16                     // in one wait
	eventsShift   = 16                     // the event counter lies above the state flags
	stateMask     = 1<<eventsShift - 1
	missingReader = scard.StateUnknown | scard.StateIgnore
)

// Watch implements reader.Driver. A service that hangs keeps it neither from returning when ctx ends nor from saying so.
func (d *Driver) Watch(ctx context.Context, report func([]reader.Slot)) error {
	if err := d.awaitLeft(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed, ended := make(chan error, 1), make(chan struct{})
	reports, answers := make(chan []reader.Slot), make(chan struct{}, 1)
	go func() {
		defer close(ended)
		failed <- watch(ctx, reports, answers)
	}()
	silent := time.NewTimer(silence)
	defer silent.Stop()
	for {
		select {
		case slots := <-reports:
			report(slots)
		case <-answers:
			d.hear()
			silent.Reset(silence)
		case err := <-failed:
			return err
		case <-silent.C:
			d.left = ended
			return &reader.Error{Op: "watch", Err: errSilent}
		case <-ctx.Done():
			select {
			case <-ended:
			case <-time.After(stopGrace):
				d.left = ended
			}
			return ctx.Err()
		}
	}
}

// awaitLeft waits for the watch that was left behind: two at a time corrupt memory, and each would keep a thread.
func (d *Driver) awaitLeft(ctx context.Context) error {
	if d.left == nil {
		return nil
	}
	select {
	case <-d.left:
		d.left = nil
		return nil
	case <-time.After(silence):
		return &reader.Error{Op: "watch", Err: errSilent}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Heard implements reader.Pulse: it is never older than a few seconds while the service answers.
func (d *Driver) Heard() time.Time {
	if heard := d.heard.Load(); heard != nil {
		return *heard
	}
	return time.Time{}
}

func (d *Driver) hear() {
	now := time.Now()
	d.heard.Store(&now)
}

func watch(ctx context.Context, reports chan<- []reader.Slot, answers chan<- struct{}) error {
	sc, err := establish()
	if err != nil {
		return &reader.Error{Op: "watch", Err: err}
	}
	defer func() { _ = guarded(sc.Release) }()
	stop := context.AfterFunc(ctx, func() { _ = guarded(sc.Cancel) })
	defer stop()

	w := watcher{context: sc}
	for ctx.Err() == nil {
		changed, err := w.refresh()
		if err != nil {
			return &reader.Error{Op: "watch", Err: err}
		}
		select {
		case answers <- struct{}{}:
		default: // the one before has not been taken yet
		}
		if changed {
			select {
			case reports <- w.slots():
			case <-ctx.Done():
			}
		}
		if err := w.wait(); err != nil {
			return &reader.Error{Op: "watch", Err: err}
		}
	}
	return ctx.Err()
}

// watcher keeps the state of each reader as the service last told it.
type watcher struct {
	context *scard.Context
	states  []scard.ReaderState
	begun   bool
}

// refresh lists the readers and asks for the state of each, without waiting. It reports whether anything
// that matters has changed.
func (w *watcher) refresh() (bool, error) {
	var names []string
	err := guarded(func() (err error) { names, err = w.context.ListReaders(); return err })
	if err != nil && !errors.Is(err, reader.ErrNoReader) {
		return false, err
	}
	slices.Sort(names) // the service's order is that of a folder on disk
	names = slices.Compact(names)

	before := w.states
	w.states = make([]scard.ReaderState, len(names))
	for i, name := range names {
		w.states[i] = scard.ReaderState{Reader: name, CurrentState: scard.StateUnaware}
	}
	for some := range slices.Chunk(w.states, maxStates) {
		err := w.ask(some, 0)
		if errors.Is(err, reader.ErrUnknownReader) { // one went since the listing: the next one tells
			w.states = before
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	w.states = slices.DeleteFunc(w.states, func(s scard.ReaderState) bool { return s.EventState&missingReader != 0 })
	changed := !w.begun || !slices.EqualFunc(before, w.states, sameState)
	w.begun = true
	return changed, nil
}

// sameState ignores who uses the card: it comes and goes with our own connections.
func sameState(a, b scard.ReaderState) bool {
	const matters = scard.StateEmpty | scard.StatePresent | scard.StateMute | ^scard.StateFlag(stateMask)
	return a.Reader == b.Reader && a.EventState&matters == b.EventState&matters && bytes.Equal(wholeATR(a.Atr), wholeATR(b.Atr))
}

// wait returns when something changed, or after a slice of time. With more readers than one call takes
// it waits for the first of them; the others are seen at the next refresh.
func (w *watcher) wait() error {
	states := make([]scard.ReaderState, 0, maxStates)
	for _, s := range w.states[:min(len(w.states), maxStates)] {
		states = append(states, scard.ReaderState{Reader: s.Reader, CurrentState: s.EventState})
	}
	if len(states) < maxStates {
		states = append(states, scard.ReaderState{Reader: plugAndPlay})
	}
	err := w.ask(states, waitSlice)
	if errors.Is(err, reader.ErrUnknownReader) {
		return nil
	}
	return err
}

// ask is GetStatusChange, where nothing new within the time is not an error.
func (w *watcher) ask(states []scard.ReaderState, timeout time.Duration) error {
	var code scard.Error
	return guarded(func() error {
		err := w.context.GetStatusChange(states, timeout)
		if errors.As(err, &code) && (code == scard.ErrTimeout || code == scard.ErrCancelled) {
			return nil
		}
		return err
	})
}

func (w *watcher) slots() []reader.Slot {
	slots := make([]reader.Slot, len(w.states))
	for i, s := range w.states {
		slots[i] = reader.Slot{
			Name:    s.Reader,
			Present: s.EventState&scard.StatePresent != 0,
			Mute:    s.EventState&scard.StateMute != 0,
			Events:  uint32(s.EventState >> eventsShift),
		}
		if slots[i].Present { // the ATR of a card that has left stays behind
			slots[i].ATR = bytes.Clone(wholeATR(s.Atr))
		}
	}
	return slots
}
