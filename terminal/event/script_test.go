package event_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
)

// view is what somebody knows who had a snapshot and heard each event since: the readers, and the card in each.
type view map[string]string

func seen(snapshot apitype.Event) view {
	v := make(view)
	for _, r := range snapshot.Readers {
		v[r.Name] = ""
		if r.Card != nil {
			v[r.Name] = r.Card.Card
		}
	}
	return v
}

// hear takes one event. One that cannot be, after those before, is an error.
func (v view) hear(e apitype.Event) error {
	if e.Reader == nil || e.Type == apitype.EventCardIdentified {
		return nil
	}
	name := e.Reader.Name
	card, known := v[name]
	possible := known && card == ""
	v[name] = ""
	switch e.Type {
	case apitype.EventReaderAdded:
		possible = !known
	case apitype.EventReaderRemoved:
		delete(v, name)
	case apitype.EventCardInserted:
		v[name] = e.Card
	case apitype.EventCardRemoved:
		possible = known && card == e.Card
	}
	if !possible {
		return fmt.Errorf("event %d %s of %s cannot be", e.Seq, e.Type, name)
	}
	return nil
}

// Whatever happens at the readers, in whichever order and however fast: who heard every event knows what a new
// snapshot says, and no event contradicts those before.
func TestEventsFollowTheScript(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inHall(t, func(_ context.Context, h hall) {
				random := rand.New(rand.NewPCG(seed, 0))
				s := h.Subscribe(nil)
				defer s.Close()
				first := next(h.t, s, 1)[0]
				known, seq := seen(first), first.Seq
				for range 100 {
					for range 1 + random.IntN(4) { // at once, for the service to make one report of
						h.happens(random)
					}
					time.Sleep(time.Duration(random.IntN(2)) * 10 * time.Second)
					synctest.Wait()
					now := h.Stats().Events
					for _, e := range next(h.t, s, int(now-seq)) {
						seq++
						require.Equal(h.t, seq, e.Seq)
						require.NoError(h.t, known.hear(e))
					}
					require.Equal(h.t, h.seenNow(), known)
				}
			})
		})
	}
}

func (h hall) seenNow() view {
	s := h.Subscribe(nil)
	defer s.Close()
	return seen(next(h.t, s, 1)[0])
}

// happens does something to the readers. Much of it cannot be done just then, and is not.
func (h hall) happens(random *rand.Rand) {
	name := []string{contact, contactless, sam}[random.IntN(3)]
	switch random.IntN(10) {
	case 0, 1, 2:
		_ = h.driver.Insert(name, card(reader.Contact, serial(byte(random.IntN(3)))...))
	case 3, 4:
		_ = h.driver.Eject(name)
	case 5:
		h.driver.RemoveReader(name)
	case 6:
		h.driver.RemoveReader(name)
		h.driver.AddReader(name)
	case 7:
		h.driver.Stop(reader.ErrNoService)
	case 8, 9:
		h.driver.Start()
	}
}
