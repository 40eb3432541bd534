package httpapi_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/event"
	"sscard/terminal/httpapi"
)

// The PC/SC service goes and comes back, and a reader too.
func TestServiceEvents(t *testing.T) {
	s := onPort(t)
	l := s.subscribe(t, "", "")
	l.next()
	heard := func(kind apitype.EventType) apitype.Event {
		for {
			if e := l.next(); e.Type == kind {
				return e
			}
		}
	}
	s.driver.Stop(reader.ErrDenied)
	require.Equal(t, apitype.ServiceDenied, heard(apitype.EventServiceLost).Code)
	require.Equal(t, apitype.ServiceDenied, s.subscribe(t, "", "").next().Code)
	s.driver.Start()
	heard(apitype.EventServiceRestored)
	heard(apitype.EventReaderAdded)
	s.driver.RemoveReader(slot)
	heard(apitype.EventReaderRemoved)
}

// In silence there is a heartbeat, and the connection is asked whether it is still there.
func TestHeartbeat(t *testing.T) {
	change := func(c *httpapi.Config) { c.Events = event.NewHub() }
	connectedWith(t, change, func(t *testing.T, _ *daemon, client net.Conn) {
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil }}
		conn, _, err := websocket.Dial(t.Context(), "ws://"+here+"/v1/events", &websocket.DialOptions{
			HTTPClient: &http.Client{Transport: transport}, HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
		})
		require.NoError(t, err)
		defer conn.CloseNow()
		l := &listener{t, conn}
		snapshot := l.next()
		start := time.Now()
		beat := l.next()
		require.Equal(t, apitype.EventHeartbeat, beat.Type)
		require.Equal(t, snapshot.Seq, beat.Seq)
		require.Equal(t, event.Silence, time.Since(start))
	})
}
