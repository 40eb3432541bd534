package httpapi_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
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
	serveWith(t, reader.Config{}, change, func(t *testing.T, d *daemon) {
		port, closed := make(piped, 1), make(chan struct{})
		go func() { defer close(closed); _ = d.server.Serve(port) }()
		client, server := net.Pipe()
		port <- server
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil }}
		conn, _, err := websocket.Dial(t.Context(), "ws://"+here+"/v1/events", &websocket.DialOptions{
			HTTPClient: &http.Client{Transport: transport}, HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
		})
		require.NoError(t, err)
		l := &listener{t, conn}
		snapshot := l.next()
		start := time.Now()
		beat := l.next()
		require.Equal(t, apitype.EventHeartbeat, beat.Type)
		require.Equal(t, snapshot.Seq, beat.Seq)
		require.Equal(t, event.Silence, time.Since(start))
		require.NoError(t, conn.CloseNow())
		close(port)
		require.NoError(t, d.server.Close())
		<-closed
		synctest.Wait()
	})
}
