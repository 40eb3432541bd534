package event_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

// eye answers for what Identify finds, and counts.
type eye struct {
	generation int
	err        error
	takes      time.Duration
	looks      []string // reader ids
}

func (e *eye) Identify(ctx context.Context, readerID string) (int, error) {
	e.looks = append(e.looks, readerID)
	select {
	case <-time.After(e.takes):
		return e.generation, e.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func fails(code apitype.Code) error { return &terminal.Error{Code: code, Err: errors.New("as it is")} }

func TestIdentify(t *testing.T) {
	tests := []struct {
		name   string
		eye    eye
		happen func(h hall)
		want   []string // behind the first insertion
		looks  int
	}{
		{"a card is looked at once it has settled", eye{generation: 3}, nothing, []string{"6 card.identified Hall Contact 00 00 contact"}, 1},
		{"a card of another kind is told as such", eye{err: fails(apitype.CardUnsupported)}, nothing,
			[]string{"6 card.identified Hall Contact 00 00 contact card.unsupported"}, 1},
		{"a reader in use tells nothing", eye{err: fails(apitype.ReaderBusy)}, nothing, nil, 1},
		{"a look has an end", eye{generation: 3, takes: time.Hour}, nothing, nil, 1},
		{"who reads at once finds out, and nobody looks", eye{generation: 2}, func(h hall) {
			h.Identified(h.pool.Snapshot().Readers[0], 3)
			h.Identified(h.pool.Snapshot().Readers[0], 3)
		}, []string{"6 card.identified Hall Contact 00 00 contact"}, 0},
		{"a card that leaves is not looked at", eye{generation: 3}, func(h hall) { h.eject(contact) },
			[]string{"6 card.removed Hall Contact 00 00 contact"}, 0},
		{"what was found of a card that has left is not said of the next", eye{generation: 3, takes: time.Second}, func(h hall) {
			time.Sleep(time.Second)
			h.insert(contact, &readertest.Card{})
		}, []string{"6 card.removed Hall Contact 00 00 contact", "7 card.inserted Hall Contact 00 00 contact card.mute"}, 1},
		{"a PSAM is left alone", eye{generation: 3, takes: time.Hour}, func(h hall) { h.insert(sam, card(reader.Contact, serial(2)...)) },
			[]string{"6 card.inserted Hall SAM 00 00 contact"}, 1},
		{"the other interface of the card tells what is known", eye{generation: 3}, func(h hall) {
			time.Sleep(time.Minute)
			h.insert(contactless, card(reader.Contactless, serial(1)...))
		}, []string{"6 card.identified Hall Contact 00 00 contact", "7 card.inserted Hall NFC 00 00 contactless"}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inHall(t, func(ctx context.Context, h hall) {
				go h.Identify(ctx, &test.eye)
				s := h.Subscribe(nil)
				defer s.Close()
				h.insert(contact, card(reader.Contact, serial(1)...))
				require.Equal(t, []string{"4 snapshot", "5 card.inserted Hall Contact 00 00 contact"}, told(next(h.t, s, 2)), "at once")
				silent(h.t, s)
				test.happen(h)
				time.Sleep(10 * time.Second)
				synctest.Wait()
				e := next(h.t, s, len(test.want))
				require.Equal(t, test.want, told(e))
				silent(h.t, s)
				require.Len(t, test.eye.looks, test.looks)
				for _, e := range e {
					if e.Type == apitype.EventCardIdentified && e.Code == "" {
						require.Equal(t, 3, e.Generation)
					}
				}
			})
		})
	}
}

func nothing(hall) {}

// Cards that are in when looking begins are looked at too.
func TestIdentifyWhatIsThere(t *testing.T) {
	inHall(t, func(ctx context.Context, h hall) {
		h.insert(contact, card(reader.Contact, serial(1)...))
		e := &eye{generation: 2}
		go h.Identify(ctx, e)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		s := h.Subscribe(nil)
		defer s.Close()
		require.Equal(t, 2, next(h.t, s, 1)[0].Readers[0].Card.Generation)
	})
}
