package httpapi

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"sscard/terminal/door"
)

// farewell is how long the other side may take to answer that we close.
const farewell = time.Second

// Server is an HTTP server whose connections the door counts, and whose WebSockets end with it: net/http forgets about
// them.
type Server struct {
	*http.Server
	api     *api
	sockets *sockets
	door    *door.Door
}

// Serve serves until Shutdown or Close.
func (s *Server) Serve(l net.Listener) error { return s.Server.Serve(s.door.Listen(l)) }

// ServeTLS is Serve for HTTPS, with the certificates of TLSConfig.
func (s *Server) ServeTLS(l net.Listener) error { return s.Server.ServeTLS(s.door.Listen(l), "", "") }

// Shutdown lets what is under way finish. WebSockets are told that the server goes away (1001), between two
// messages and never within an answer. Those that are still there when ctx ends are cut.
func (s *Server) Shutdown(ctx context.Context) error {
	var gone sync.WaitGroup
	gone.Go(func() { s.sockets.dismiss(ctx) })
	defer gone.Wait()
	return s.Server.Shutdown(ctx)
}

// Close cuts all connections.
func (s *Server) Close() error {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	s.sockets.dismiss(now)
	return s.Server.Close()
}

// Sockets is how many WebSockets are open.
func (s *Server) Sockets() int {
	s.sockets.mu.Lock()
	defer s.sockets.mu.Unlock()
	return len(s.sockets.open)
}

// sockets are the WebSockets of a server. The door bounds how many there are.
type sockets struct {
	mu     sync.Mutex
	open   map[*socket]struct{}
	ending bool
	served sync.WaitGroup
}

// socket is a WebSocket, on the server's side.
type socket struct {
	*websocket.Conn
	ctx       context.Context // ends when the connection is cut
	cut       context.CancelFunc
	answering sync.Mutex // held from a message that came in to the answer
}

// What a WebSocket is closed with.
var (
	errEnding  = websocket.CloseError{Code: websocket.StatusGoingAway, Reason: "the daemon stops"}
	errUnasked = websocket.CloseError{Code: websocket.StatusPolicyViolation, Reason: "nothing is listened to here"}
	errTooSlow = websocket.CloseError{Code: websocket.StatusTryAgainLater, Reason: "too slow: connect again with since and life"}
)

// serve makes the request a WebSocket, which ends when talk does.
func (s *sockets) serve(w http.ResponseWriter, r *http.Request, talk func(*socket)) {
	if r.Method != http.MethodGet { // HEAD, which becomes no WebSocket whatever it offers
		r.Header.Del("Upgrade")
	}
	// The door has let the origin in already.
	hand := &handshake{ResponseWriter: w}
	conn, err := websocket.Accept(hand, r, &websocket.AcceptOptions{InsecureSkipVerify: true, Subprotocols: []string{door.Subprotocol}})
	if err != nil {
		hand.refuse(r, err)
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxBody)
	ctx, cut := context.WithCancel(r.Context())
	defer cut()
	one := &socket{Conn: conn, ctx: ctx, cut: cut}
	if !s.enter(one) {
		one.end(errEnding)
		return
	}
	defer s.leave(one)
	talk(one)
}

// enter fails where the server ends.
func (s *sockets) enter(one *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return false
	}
	s.open[one] = struct{}{}
	s.served.Add(1)
	return true
}

func (s *sockets) leave(one *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, one)
	s.served.Done()
}

// dismiss ends all WebSockets, and lets no more in. It returns when they have ended, which is soon after ctx has.
func (s *sockets) dismiss(ctx context.Context) {
	s.mu.Lock()
	s.ending = true
	for one := range s.open {
		go func() {
			one.answering.Lock()
			defer one.answering.Unlock()
			one.end(errEnding)
		}()
		defer context.AfterFunc(ctx, one.cut)()
	}
	s.mu.Unlock()
	s.served.Wait()
}

// end closes the connection in the way that the other side can tell why.
func (s *socket) end(why websocket.CloseError) {
	impatience := time.AfterFunc(farewell, s.cut)
	defer impatience.Stop()
	_ = s.Close(why.Code, why.Reason)
}
