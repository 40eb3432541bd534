package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/coder/websocket"

	"sscard/terminal/apitype"
)

const (
	firstBackOff = 100 * time.Millisecond
	lastBackOff  = 5 * time.Second

	// deadLink is when a connection counts as dead that is silent: the daemon sends a heartbeat every 15 seconds.
	deadLink = 40 * time.Second
)

// Events tells what happens at the readers, until ctx ends or the caller stops: a snapshot first, then each event, as
// GET /v1/events has them. When the connection is lost it yields why, connects again and goes on where it was; a
// snapshot in between says whether events were missed (Reset). A daemon that turns the caller away ends the sequence
// with its [*Error].
func (c *Client) Events(ctx context.Context) iter.Seq2[apitype.Event, error] {
	return func(yield func(apitype.Event, error) bool) {
		s := stream{client: c, yield: yield}
		for wait := firstBackOff; ; wait = min(2*wait, lastBackOff) {
			heard, err := s.connect(ctx)
			if heard {
				wait = firstBackOff
			}
			if s.stopped || ctx.Err() != nil || !yield(apitype.Event{}, err) || final(err) {
				return
			}
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
		}
	}
}

// final reports that asking again will not help.
func final(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Status < http.StatusInternalServerError && refused.Status != http.StatusTooManyRequests
}

// stream is where a sequence of events is at.
type stream struct {
	client  *Client
	yield   func(apitype.Event, error) bool
	life    string // of the numbers; empty: nothing was heard yet
	seq     uint64 // the last heard
	stopped bool   // the caller wants no more
}

// connect passes events on until the connection ends, and tells whether there were any messages.
func (s *stream) connect(ctx context.Context) (heard bool, err error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return false, err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxAnswer)
	for {
		message, err := receive(ctx, conn)
		if err == nil {
			heard, err = true, s.take(message)
		}
		if err != nil || s.stopped {
			return heard, err
		}
	}
}

func (s *stream) dial(ctx context.Context) (*websocket.Conn, error) {
	options := websocket.DialOptions{HTTPClient: s.client.http(), HTTPHeader: make(http.Header)}
	s.client.authorize(options.HTTPHeader)
	address := s.client.url() + "/v1/events"
	if s.life != "" {
		address += "?" + url.Values{"since": {strconv.FormatUint(s.seq, 10)}, "life": {s.life}}.Encode()
	}
	ctx, cancel := context.WithTimeout(ctx, deadLink)
	defer cancel()
	conn, answer, err := websocket.Dial(ctx, address, &options)
	if err != nil && answer != nil && answer.StatusCode >= http.StatusBadRequest {
		return nil, problem(answer)
	}
	return conn, err
}

func receive(ctx context.Context, conn *websocket.Conn) (e apitype.Event, err error) {
	ctx, cancel := context.WithTimeout(ctx, deadLink)
	defer cancel()
	_, message, err := conn.Read(ctx)
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(message, &e)
}

// take hands out what the caller wants to know, and keeps count.
func (s *stream) take(e apitype.Event) error {
	switch e.Type {
	case apitype.EventHeartbeat:
		return nil
	case apitype.EventResumed:
		s.life, s.seq = e.Life, e.Seq
		return nil
	case apitype.EventSnapshot:
		s.life = e.Life
	default:
		if e.Seq != s.seq+1 {
			return fmt.Errorf("event %d came after %d", e.Seq, s.seq)
		}
	}
	s.seq = e.Seq
	s.stopped = !s.yield(e, nil)
	return nil
}
