package event_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
	"sscard/terminal/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	contact     = "Hall Contact 00 00"
	contactless = "Hall NFC 00 00"
	sam         = "Hall SAM 00 00"
)

// hall is a hub over readers in memory, on a clock of its own.
type hall struct {
	*event.Hub
	t      *testing.T
	driver *virtual.Driver
	pool   *reader.Pool
}

func inHall(t *testing.T, test func(ctx context.Context, h hall)) {
	synctest.Test(t, func(t *testing.T) {
		d := virtual.New(contact, contactless, sam)
		pool := reader.NewPool(d, reader.Config{Rules: []reader.Rule{{Match: "sam", Role: reader.RoleSAM}}})
		hub := event.NewHub()
		pool.Follow(hub.Observe)
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); synctest.Wait() }()
		go pool.Run(ctx)
		require.NoError(t, pool.Ready(ctx))
		test(ctx, hall{hub, t, d, pool})
	})
}

func (h hall) insert(name string, card virtual.Card) {
	h.t.Helper()
	require.NoError(h.t, h.driver.Insert(name, card))
	synctest.Wait()
}

func (h hall) eject(name string) {
	h.t.Helper()
	require.NoError(h.t, h.driver.Eject(name))
	synctest.Wait()
}

// next gives so many messages, which must be there already.
func next(t *testing.T, s *event.Subscription, n int) (messages []apitype.Event) {
	t.Helper()
	now, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	for range n {
		e, err := s.Next(now)
		require.NoError(t, err, "after %v", told(messages))
		messages = append(messages, e)
	}
	return messages
}

// silent requires that there is nothing to tell.
func silent(t *testing.T, s *event.Subscription) {
	t.Helper()
	now, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	_, err := s.Next(now)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// told is what messages say, short: their number, type, reader and interface.
func told(messages []apitype.Event) (lines []string) {
	for _, e := range messages {
		line := fmt.Sprint(e.Seq, " ", e.Type)
		if e.Reader != nil {
			line += fmt.Sprint(" ", e.Reader.Name, " ", e.Interface)
		}
		if e.Code != "" {
			line += " " + string(e.Code)
		}
		lines = append(lines, line)
	}
	return lines
}

// card answers its reset with these historical bytes, by contact or without.
func card(is reader.Interface, historical ...byte) *readertest.Card {
	c := readertest.NewCard(nil)
	c.Reply = append([]byte{0x3B, 0x60 | byte(len(historical)), 0, 0}, historical...)
	if is == reader.Contactless {
		c.Reply = append([]byte{0x3B, 0x80 | byte(len(historical)), 0x80, 0x01}, historical...)
		var check byte
		for _, b := range c.Reply[1:] {
			check ^= b
		}
		c.Reply = append(c.Reply, check)
	}
	return c
}

func serial(n byte) []byte {
	return []byte{0x00, 0x81, 0x54, 0x4C, 0x96, 0x86, 0x84, 0x51, 0x01, 0, 0, 0, n}
}

func TestWhatIsTold(t *testing.T) {
	mute := &readertest.Card{}
	tests := []struct {
		name   string
		happen func(h hall)
		want   []string
	}{
		{"a card comes and goes", func(h hall) {
			h.insert(contact, card(reader.Contact, serial(1)...))
			h.eject(contact)
		}, []string{"5 card.inserted Hall Contact 00 00 contact", "6 card.removed Hall Contact 00 00 contact"}},
		{"a card is changed for an equal one between two looks", func(h hall) {
			h.insert(contactless, card(reader.Contactless, serial(1)...))
			h.insert(contactless, card(reader.Contactless, serial(1)...))
		}, []string{
			"5 card.inserted Hall NFC 00 00 contactless",
			"6 card.removed Hall NFC 00 00 contactless", "7 card.inserted Hall NFC 00 00 contactless",
		}},
		{"a card that is reset stays", func(h hall) {
			h.insert(contact, card(reader.Contact, serial(1)...))
			require.NoError(h.t, h.driver.ResetCard(contact))
			synctest.Wait()
		}, []string{"5 card.inserted Hall Contact 00 00 contact"}},
		{"a mute card says so", func(h hall) { h.insert(contact, mute) }, []string{"5 card.inserted Hall Contact 00 00 contact card.mute"}},
		{"a reader is unplugged with its card, and plugged in again", func(h hall) {
			h.insert(contact, card(reader.Contact, serial(1)...))
			h.driver.RemoveReader(contact)
			synctest.Wait()
			h.driver.AddReader(contact)
			synctest.Wait()
		}, []string{
			"5 card.inserted Hall Contact 00 00 contact", "6 card.removed Hall Contact 00 00 contact",
			"7 reader.removed Hall Contact 00 00 contact", "8 reader.added Hall Contact 00 00 contact",
		}},
		{"the service stops for one reason, then for another, and comes back", func(h hall) {
			h.insert(contact, card(reader.Contact, serial(1)...))
			h.driver.Stop(reader.ErrNoService)
			synctest.Wait()
			h.driver.Stop(reader.ErrDenied)
			time.Sleep(time.Minute)
			h.driver.Start()
			time.Sleep(time.Minute)
		}, []string{
			"5 card.inserted Hall Contact 00 00 contact",
			"6 service.lost service.unavailable", "7 card.removed Hall Contact 00 00 contact",
			"8 reader.removed Hall Contact 00 00 contact", "9 reader.removed Hall NFC 00 00 contactless", "10 reader.removed Hall SAM 00 00 unknown",
			"11 service.lost service.denied", "12 service.restored",
			"13 reader.added Hall Contact 00 00 contact", "14 card.inserted Hall Contact 00 00 contact",
			"15 reader.added Hall NFC 00 00 contactless", "16 reader.added Hall SAM 00 00 unknown",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inHall(t, func(_ context.Context, h hall) {
				s := h.Subscribe(nil)
				defer s.Close()
				test.happen(h)
				require.Equal(t, append([]string{"4 snapshot"}, test.want...), told(next(h.t, s, 1+len(test.want))))
				silent(h.t, s)
			})
		})
	}
}

func TestSnapshot(t *testing.T) {
	inHall(t, func(_ context.Context, h hall) {
		h.insert(sam, card(reader.Contact, serial(9)...))
		h.insert(contact, card(reader.Contact, serial(1)...))
		h.Identified(h.pool.Snapshot().Readers[0], 3)
		s := h.Subscribe(nil)
		defer s.Close()
		e := next(h.t, s, 1)[0]
		require.Equal(t, apitype.EventSnapshot, e.Type)
		require.False(t, e.Reset)
		require.EqualValues(t, 7, e.Seq)
		require.Len(t, e.Readers, 3)
		require.Equal(t, []string{contact, contactless, sam}, []string{e.Readers[0].Name, e.Readers[1].Name, e.Readers[2].Name})
		require.Equal(t, 3, e.Readers[0].Card.Generation)
		require.Nil(t, e.Readers[1].Card)
		require.Equal(t, "sam", e.Readers[2].Role)
		require.NotContains(t, e.Readers[0].Card.Card, "544C", "a reference, not historical bytes")
	})
}

func TestNoServiceAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := event.NewHub()
		reader.NewPool(virtual.New(), reader.Config{}).Follow(hub.Observe)
		s := hub.Subscribe(nil)
		defer s.Close()
		e := next(t, s, 1)[0]
		require.Equal(t, apitype.ServiceUnavailable, e.Code)
		require.Zero(t, e.Seq)
		require.NotNil(t, e.Readers)
	})
}

// One card in a dual-interface reader is told as one card, whichever interface sees it first.
func TestDualInterfaceCard(t *testing.T) {
	const another = "Window 2 Contact 00 00"
	tests := []struct {
		name          string
		first, second string
		one, two      []byte
		same, also    bool
	}{
		{"contact first", contact, contactless, serial(1), serial(1), true, true},
		{"contactless first", contactless, contact, serial(1), serial(1), true, true},
		{"two cards", contact, contactless, serial(1), serial(2), false, false},
		{"two cards without serial numbers", contact, contactless, serial(0), serial(0), false, false},
		{"two cards with other historical bytes", contact, contactless, []byte("EMV"), []byte("EMV"), false, false},
		{"equal cards on equal interfaces", contact, another, serial(1), serial(1), true, false},
		{"a PSAM is nobody's card", contactless, sam, serial(1), serial(1), true, false},
	}
	is := map[string]reader.Interface{contactless: reader.Contactless}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inHall(t, func(_ context.Context, h hall) {
				h.driver.AddReader(another)
				synctest.Wait()
				s := h.Subscribe(nil)
				defer s.Close()
				h.insert(test.first, card(is[test.first], test.one...))
				h.insert(test.second, card(is[test.second], test.two...))
				h.eject(test.first)
				h.eject(test.second)
				e := next(h.t, s, 5)[1:]
				require.NotEmpty(t, e[0].Card)
				require.Equal(t, test.same, e[0].Card == e[1].Card)
				require.Equal(t, []string{e[0].Card, e[1].Card}, []string{e[2].Card, e[3].Card})
				require.Empty(t, e[0].Also, "there is no other yet")
				require.Empty(t, e[3].Also, "there is no other any more")
				if !test.also {
					require.Empty(t, e[1].Also)
					require.Empty(t, e[2].Also)
					return
				}
				require.Equal(t, []apitype.Place{{Reader: *e[0].Reader, Interface: e[0].Interface}}, e[1].Also)
				require.Equal(t, []apitype.Place{{Reader: *e[1].Reader, Interface: e[1].Interface}}, e[2].Also)
			})
		})
	}
}

// The reference of a card says nothing to another life of the daemon.
func TestReferencesDiffer(t *testing.T) {
	var references []string
	for range 2 {
		inHall(t, func(_ context.Context, h hall) {
			h.insert(contact, card(reader.Contact, serial(1)...))
			s := h.Subscribe(nil)
			defer s.Close()
			references = append(references, next(h.t, s, 1)[0].Readers[0].Card.Card)
		})
	}
	require.NotEqual(t, references[0], references[1])
}
