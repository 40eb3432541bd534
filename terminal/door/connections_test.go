package door_test

import (
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"sscard/terminal/config"
	"sscard/terminal/door"
)

// piped is a listener in memory, so that a server runs on the test's clock.
type piped struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *piped) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *piped) Close() error   { close(p.closed); return nil }
func (p *piped) Addr() net.Addr { return &net.TCPAddr{} }

func (p *piped) dial() net.Conn {
	here, there := net.Pipe()
	p.conns <- there
	return here
}

// busy is a server of 16 connections. A request for /wait waits until it is released.
type busy struct {
	*piped
	door    *door.Door
	release chan struct{}
}

func served(t *testing.T, test func(t *testing.T, b *busy)) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := opened(t, limits(config.Limits{Connections: 16}))
		b := &busy{&piped{make(chan net.Conn), make(chan struct{})}, d, make(chan struct{})}
		server := &http.Server{ConnContext: d.ConnContext, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, refusal := d.Admit(r, reading)
			if refusal != nil {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			_, leave, _ := d.Enter(r, c)
			defer leave()
			if r.URL.Path == "/wait" {
				<-b.release
			}
		})}
		go func() { _ = server.Serve(d.Listen(b)) }()
		test(t, b)
		close(b.release)
		require.NoError(t, server.Close())
		synctest.Wait()
		require.Zero(t, d.Counts().Connections)
	})
}

func ask(t *testing.T, c net.Conn, path, origin string) {
	t.Helper()
	_, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: "+here+"\r\nOrigin: "+origin+"\r\n\r\n")
	require.NoError(t, err)
}

// answered reports whether the connection is there and gives an answer.
func answered(c net.Conn) bool {
	_, err := io.ReadAtLeast(c, make([]byte, 4096), len("HTTP/1.1 200"))
	return err == nil
}

// A program that opens all connections and says nothing keeps nobody out.
func TestSilentConnectionsGiveWay(t *testing.T) {
	served(t, func(t *testing.T, b *busy) {
		var silent []net.Conn
		for range 16 {
			silent = append(silent, b.dial())
			synctest.Wait()
		}
		c := b.dial()
		ask(t, c, "/", his)
		require.True(t, answered(c))
		require.False(t, answered(silent[0]), "the oldest gave way")
		counts := b.door.Counts()
		require.Equal(t, 16, counts.Connections)
		require.EqualValues(t, 1, counts.GaveWay)
		require.Zero(t, counts.TurnedAway)
	})
}

// Nor does one whose requests are slow, or refused.
func TestRefusedConnectionsGiveWay(t *testing.T) {
	served(t, func(t *testing.T, b *busy) {
		var refused []net.Conn
		for i := range 16 {
			c := b.dial()
			if i%2 == 0 {
				_, err := io.WriteString(c, "GET / HTTP/1.1\r\n")
				require.NoError(t, err)
			} else {
				ask(t, c, "/", evil)
				require.True(t, answered(c))
			}
			refused = append(refused, c)
			synctest.Wait()
		}
		for range 16 {
			c := b.dial()
			ask(t, c, "/", his)
			require.True(t, answered(c))
			synctest.Wait()
		}
		require.EqualValues(t, 16, b.door.Counts().GaveWay)
		require.False(t, answered(refused[15]))
	})
}

// Connections in use stay, and where all are in use the newcomer is turned away.
func TestConnectionsInUseStay(t *testing.T) {
	served(t, func(t *testing.T, b *busy) {
		var using []net.Conn
		for i := range 16 {
			c := b.dial()
			ask(t, c, "/wait", []string{his, hall}[i%2])
			using = append(using, c)
			synctest.Wait()
		}
		require.False(t, answered(b.dial()))
		require.EqualValues(t, 1, b.door.Counts().TurnedAway)
		b.release <- struct{}{}
		synctest.Wait()
		for _, c := range using {
			go func() { answered(c); _ = c.Close() }()
		}
		synctest.Wait()
		c := b.dial()
		ask(t, c, "/", his)
		require.True(t, answered(c), "one of them is free again")
	})
}
