package event_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/event"
)

const (
	kept  = 1024 // events that can be had again
	ahead = 256  // events that may be unread
)

// swap puts a card in and takes it out again: two events.
func (h hall) swap(times int) {
	h.t.Helper()
	for range times {
		h.insert(contact, card(reader.Contact, serial(1)...))
		h.eject(contact)
	}
}

func TestResume(t *testing.T) {
	const present = 4 + 2*600 // three readers and the service, and what happens below
	tests := []struct {
		name  string
		seq   uint64
		life  func(ours string) string
		reset bool
		first uint64 // event
	}{
		{"nothing was missed", present, our, false, 0},
		{"something was missed", present - 3, our, false, present - 2},
		{"without a life it is ours", present - 3, none, false, present - 2},
		{"as much was missed as is kept", present - kept, our, false, present - kept + 1},
		{"more was missed", present - kept - 1, our, true, 0},
		{"the number is of another life", present - 3, another, true, 0},
		{"the number is of the future", present + 1, our, true, 0},
		{"the number is of the future, and of no life", present + 1, none, true, 0},
	}
	inHall(t, func(_ context.Context, h hall) {
		s := h.Subscribe(nil)
		ours := next(h.t, s, 1)[0].Life
		s.Close()
		_, err := s.Next(h.t.Context())
		require.ErrorIs(t, err, event.ErrClosed)
		h.swap(600)
		for _, test := range tests {
			s := h.Subscribe(&event.Resume{Seq: test.seq, Life: test.life(ours)})
			first := next(h.t, s, 1)[0]
			require.Equal(t, ours, first.Life, test.name)
			if test.reset {
				require.Equal(t, apitype.EventSnapshot, first.Type, test.name)
				require.True(t, first.Reset, test.name)
				require.EqualValues(t, present, first.Seq, test.name)
			} else {
				require.Equal(t, apitype.EventResumed, first.Type, test.name)
				require.Equal(t, test.seq, first.Seq, test.name)
				for i, e := range next(h.t, s, int(present-test.seq)) {
					require.Equal(t, test.first+uint64(i), e.Seq, test.name)
					require.Empty(t, e.Life, test.name)
				}
			}
			silent(h.t, s)
			s.Close()
		}
	})
}

func our(ours string) string { return ours }
func none(string) string     { return "" }
func another(string) string  { return "another" }

// Who does not read is dropped, and has had everything without a gap up to then. Others notice nothing.
func TestSlowSubscriberIsDropped(t *testing.T) {
	inHall(t, func(_ context.Context, h hall) {
		slow, quick := h.Subscribe(nil), h.Subscribe(nil)
		defer slow.Close()
		defer quick.Close()
		next(h.t, slow, 1)
		next(h.t, quick, 1)
		for n := range ahead {
			h.swap(1)
			for i, e := range next(h.t, quick, 2) {
				require.EqualValues(t, 4+2*n+i+1, e.Seq)
			}
		}
		require.Equal(t, event.Stats{Events: 4 + 2*ahead, Subscribers: 1, Dropped: 1}, h.Stats())
		var last uint64 = 4
		for {
			e, err := slow.Next(h.t.Context())
			if err != nil {
				require.ErrorIs(t, err, event.ErrSlow)
				break
			}
			require.Equal(t, last+1, e.Seq)
			last = e.Seq
		}
		again := h.Subscribe(&event.Resume{Seq: last})
		defer again.Close()
		require.Equal(t, apitype.EventResumed, next(h.t, again, 1)[0].Type)
		require.Equal(t, last+1, next(h.t, again, 1)[0].Seq)
	})
}

func TestHeartbeat(t *testing.T) {
	inHall(t, func(_ context.Context, h hall) {
		s := h.Subscribe(nil)
		defer s.Close()
		next(h.t, s, 1)
		start := time.Now()
		for n := range 3 {
			e, err := s.Next(h.t.Context())
			require.NoError(t, err)
			require.Equal(t, apitype.EventHeartbeat, e.Type)
			require.EqualValues(t, 4, e.Seq)
			require.Equal(t, time.Duration(n+1)*event.Silence, time.Since(start))
		}
	})
}

// Events between the snapshot and the first of the stream are neither lost nor doubled, whenever one subscribes.
func TestSubscribeAmidEvents(t *testing.T) {
	inHall(t, func(_ context.Context, h hall) {
		var busy sync.WaitGroup
		busy.Go(func() {
			for range 100 {
				_ = h.driver.Insert(contact, card(reader.Contact, serial(1)...))
				_ = h.driver.Eject(contact)
				time.Sleep(time.Nanosecond) // others' turn
			}
		})
		for range 50 {
			busy.Go(func() {
				s := h.Subscribe(nil)
				defer s.Close()
				snapshot := next(h.t, s, 1)[0]
				in := snapshot.Readers[0].Card != nil
				for seq := snapshot.Seq; seq < snapshot.Seq+10; {
					e, err := s.Next(h.t.Context())
					if err != nil || e.Type == apitype.EventHeartbeat {
						return
					}
					seq++
					if e.Seq != seq || in == (e.Type == apitype.EventCardInserted) {
						t.Errorf("%d %s after %d, card in: %v", e.Seq, e.Type, seq-1, in)
						return
					}
					in = e.Type == apitype.EventCardInserted
				}
			})
		}
		busy.Wait()
		synctest.Wait()
	})
}
