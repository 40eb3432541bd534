package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"

	"sscard/terminal/apitype"
	"sscard/terminal/event"
)

// takingTime is how long a subscriber may take to take one message, or to answer a ping.
const takingTime = 10 * time.Second

// serveEvents is GET /v1/events: a WebSocket on which readers and cards are told of, and nothing is listened to.
func (a *api) serveEvents(w http.ResponseWriter, r *http.Request) {
	from, err := resumeOf(r)
	if err != nil {
		writeCode(w, r, apitype.RequestInvalid, err.Error())
		return
	}
	a.sockets.serve(w, r, func(s *socket) {
		subscription := a.events.Subscribe(from)
		defer subscription.Close()
		a.tell(s, subscription)
	})
}

// resumeOf reads ?since=N&life=ID; nil where the caller has had nothing yet.
func resumeOf(r *http.Request) (*event.Resume, error) {
	query := r.URL.Query()
	if !query.Has("since") {
		return nil, nil
	}
	seq, err := strconv.ParseUint(query.Get("since"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("since %q is not a number", query.Get("since"))
	}
	return &event.Resume{Seq: seq, Life: query.Get("life")}, nil
}

// tell passes on messages until either side ends.
func (a *api) tell(s *socket, subscription *event.Subscription) {
	go s.hearOut()
	for {
		message, err := subscription.Next(s.ctx)
		if errors.Is(err, event.ErrSlow) {
			a.log.Warn("slow subscriber dropped")
			s.end(errTooSlow)
		}
		if err != nil || s.tell(message) != nil {
			return
		}
	}
}

// hearOut reads until the other side closes, so that its answers to pings and closing are heard. It has nothing else
// to say. (Conn.CloseRead does the same, but then waits for itself for 15 seconds.)
func (s *socket) hearOut() {
	defer s.cut()
	if _, _, err := s.Reader(s.ctx); err == nil {
		s.end(errUnasked)
	}
}

// tell sends one message. In silence it asks whether the other side is still there.
func (s *socket) tell(message apitype.Event) error {
	ctx, cancel := context.WithTimeout(s.ctx, takingTime)
	defer cancel()
	err := s.Write(ctx, websocket.MessageText, encode(message))
	if err == nil && message.Type == apitype.EventHeartbeat {
		err = s.Ping(ctx)
	}
	return err
}
