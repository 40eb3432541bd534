package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
)

func TestBoard(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.Local)
	desk, other := &apitype.ReaderRef{ID: "r1", Name: "Desk Contact"}, &apitype.ReaderRef{ID: "r2", Name: "Desk NFC"}
	of := func(kind apitype.EventType, r *apitype.ReaderRef, is string) apitype.Event {
		return apitype.Event{Type: kind, Time: noon, Reader: r, Interface: is, Role: "card"}
	}
	identified := of(apitype.EventCardIdentified, desk, "contact")
	identified.Generation = 3
	var out bytes.Buffer
	b := &board{program: &program{stdout: &out, lang: "en"}}
	for _, step := range []struct {
		name  string
		event apitype.Event
		shows []string // the lines above what happened
	}{
		{"one reader", apitype.Event{Type: apitype.EventSnapshot, Time: noon, Readers: []apitype.SeenReader{{ID: "r1", Name: "Desk Contact", Role: "card", Interface: "contact"}}},
			[]string{"Desk Contact  contact  card  empty"}},
		{"a card comes", of(apitype.EventCardInserted, desk, "contact"), []string{"Desk Contact  contact  card  card  12:00:00"}},
		{"it is looked at", identified, []string{"Desk Contact  contact  card  card  3.0  12:00:00"}},
		{"a second reader", of(apitype.EventReaderAdded, other, "contactless"), []string{
			"Desk Contact  contact      card  card  3.0  12:00:00", "Desk NFC      contactless  card  empty"}},
		{"the card goes", of(apitype.EventCardRemoved, desk, "contact"), []string{
			"Desk Contact  contact      card  empty", "Desk NFC      contactless  card  empty"}},
		{"the first reader goes", of(apitype.EventReaderRemoved, desk, "contact"), []string{"Desk NFC  contactless  card  empty"}},
		{"the service goes", apitype.Event{Type: apitype.EventServiceLost, Time: noon, Code: apitype.ServiceUnavailable},
			[]string{"the smart card service is not running"}},
		{"it is back, without readers", apitype.Event{Type: apitype.EventServiceRestored, Time: noon}, []string{"no card reader"}},
	} {
		t.Run(step.name, func(t *testing.T) {
			out.Reset()
			require.NoError(t, b.show(step.event))
			screen, cleared := strings.CutPrefix(out.String(), clearScreen)
			require.True(t, cleared)
			above, below, _ := strings.Cut(screen, "\n\n")
			require.Equal(t, step.shows, strings.Split(above, "\n"))
			require.Equal(t, len(b.last), strings.Count(below, "\n"))
		})
	}
	for range 2 * boardLines {
		require.NoError(t, b.show(of(apitype.EventReaderAdded, desk, "contact")))
	}
	require.Len(t, b.last, boardLines)
}
