package client_test

import (
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/client"
)

// pulled is a sequence of events, one at a time.
type pulled struct {
	t    *testing.T
	next func() (apitype.Event, error, bool)
}

func pull(t *testing.T, c *client.Client) pulled {
	next, stop := iter.Pull2(c.Events(t.Context()))
	t.Cleanup(stop)
	return pulled{t, next}
}

// event is the next one, and passes over errors.
func (p pulled) event() apitype.Event {
	p.t.Helper()
	for {
		e, err, more := p.next()
		require.True(p.t, more)
		if err == nil {
			return e
		}
	}
}

// A client goes on where it was when the connection breaks, and hears it from a snapshot when the daemon has begun a
// new life.
func TestEventsOutliveTheDaemon(t *testing.T) {
	d, url := start(t, "127.0.0.1:0")
	events := pull(t, calls(t, url))
	first := events.event()
	require.Equal(t, apitype.EventSnapshot, first.Type)
	require.False(t, first.Reset)
	require.NoError(t, d.driver.Eject(slot))
	require.Equal(t, apitype.EventCardRemoved, events.event().Type)

	d.stop()
	_, err, _ := events.next()
	require.Error(t, err, "the link is lost")
	again, _ := start(t, strings.TrimPrefix(url, "http://"))
	defer again.stop()
	fresh := events.event()
	require.Equal(t, apitype.EventSnapshot, fresh.Type)
	require.True(t, fresh.Reset)
	require.NotEqual(t, first.Life, fresh.Life)
	require.NoError(t, again.driver.Eject(slot))
	removed := events.event()
	require.Equal(t, apitype.EventCardRemoved, removed.Type)
	require.Equal(t, fresh.Seq+1, removed.Seq)
}

// script is a daemon that says on each connection what it is told to, and closes.
func script(t *testing.T, connections ...[]string) (url string, asked *[]string) {
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := len(*asked)
		*asked = append(*asked, r.URL.RawQuery)
		if n >= len(connections) {
			http.Error(w, `{"code":"request.unauthorized","status":401}`, http.StatusUnauthorized)
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		for _, message := range connections[n] {
			_ = conn.Write(r.Context(), websocket.MessageText, []byte(message))
		}
		conn.Close(websocket.StatusGoingAway, "")
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func message(seq uint64, kind apitype.EventType) string {
	return fmt.Sprintf(`{"type":%q,"seq":%d,"life":"L"}`, kind, seq)
}

func TestEventsResume(t *testing.T) {
	tests := []struct {
		name        string
		connections [][]string
		heard       []uint64
		asked       []string
	}{
		{
			"the connection breaks",
			[][]string{
				{message(7, apitype.EventSnapshot), message(8, apitype.EventCardInserted), message(8, apitype.EventHeartbeat)},
				{message(8, apitype.EventResumed), message(9, apitype.EventCardRemoved)},
			},
			[]uint64{7, 8, 9}, []string{"", "life=L&since=8", "life=L&since=9"},
		},
		{
			"an event is missing",
			[][]string{
				{message(7, apitype.EventSnapshot), message(9, apitype.EventCardInserted)},
				{message(7, apitype.EventResumed), message(8, apitype.EventCardInserted), message(9, apitype.EventCardRemoved)},
			},
			[]uint64{7, 8, 9}, []string{"", "life=L&since=7", "life=L&since=9"},
		},
		{
			"something else is said",
			[][]string{{message(0, apitype.EventSnapshot), "hello"}, {message(0, apitype.EventResumed)}},
			[]uint64{0}, []string{"", "life=L&since=0", "life=L&since=0"},
		},
		{
			"nothing was heard yet",
			[][]string{{}, {message(3, apitype.EventSnapshot)}},
			[]uint64{3}, []string{"", "", "life=L&since=3"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			url, asked := script(t, test.connections...)
			var heard []uint64
			var last error
			for e, err := range calls(t, url).Events(t.Context()) {
				if last = err; err == nil {
					heard = append(heard, e.Seq)
				}
			}
			require.Equal(t, test.heard, heard)
			require.Equal(t, test.asked, *asked)
			var refused *client.Error
			require.ErrorAs(t, last, &refused, "and that is the end")
		})
	}
}

// Whoever has heard enough stops, and the connection ends with him.
func TestEventsStop(t *testing.T) {
	d, url := start(t, "127.0.0.1:0")
	defer d.stop()
	for e := range calls(t, url).Events(t.Context()) {
		require.Equal(t, apitype.EventSnapshot, e.Type)
		break
	}
}
