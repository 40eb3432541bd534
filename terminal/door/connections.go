package door

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
)

// connections are those of all ports together. Where there are too many, the one that has been without an admitted request
// for longest gives way: a program that opens many and has no token, or waits with its request, keeps nobody out.
type connections struct {
	mu                  sync.Mutex
	limit               int
	open                map[*connection]struct{}
	clock               uint64 // counts what happens
	gaveWay, turnedAway uint64
}

type connection struct {
	net.Conn
	of       *connections
	requests int    // admitted, under way
	since    uint64 // the last of them ended, by the clock
}

// Listen bounds the connections of a listener, together with those of others. [Door.ConnContext] must be the
// server's.
func (d *Door) Listen(l net.Listener) net.Listener { return listener{l, d.connections} }

type listener struct {
	net.Listener
	connections *connections
}

// Accept implements [net.Listener].
func (l listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.connections.admit(conn); c != nil {
			return c, nil
		}
		conn.Close()
	}
}

// admit makes room and takes the connection in; nil where every other is in use.
func (cs *connections) admit(conn net.Conn) *connection {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if len(cs.open) >= cs.limit && !cs.giveWay() {
		cs.turnedAway++
		return nil
	}
	cs.clock++
	c := &connection{Conn: conn, of: cs, since: cs.clock}
	cs.open[c] = struct{}{}
	return c
}

func (cs *connections) giveWay() bool {
	var oldest *connection
	for c := range cs.open {
		if c.requests == 0 && (oldest == nil || c.since < oldest.since) {
			oldest = c
		}
	}
	if oldest == nil {
		return false
	}
	cs.gaveWay++
	delete(cs.open, oldest)
	_ = oldest.Conn.Close() // the server finds it closed, and closes it again
	return true
}

func (cs *connections) configure(limit int) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.limit = limit
}

func (cs *connections) count() (open int, gaveWay, turnedAway uint64) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return len(cs.open), cs.gaveWay, cs.turnedAway
}

// Close implements [net.Conn].
func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite is what the server does first, so that an answer to a request that was not read to its end arrives.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

type connectionKey struct{}

// ConnContext is for [http.Server.ConnContext]: it lets Enter find the connection of a request.
func (d *Door) ConnContext(ctx context.Context, conn net.Conn) context.Context {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	return context.WithValue(ctx, connectionKey{}, conn)
}

// inUse keeps the connection of a request from giving way until free is called.
func inUse(ctx context.Context) (free func()) {
	c, ok := ctx.Value(connectionKey{}).(*connection)
	if !ok {
		return func() {}
	}
	c.use(1)
	return func() { c.use(-1) }
}

func (c *connection) use(n int) {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.requests += n
	c.of.clock++
	c.since = c.of.clock
}
