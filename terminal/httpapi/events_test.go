package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
)

// listener is the other side of GET /v1/events.
type listener struct {
	t testing.TB
	*websocket.Conn
}

// subscribe connects with the token, or from a page.
func (s *station) subscribe(t testing.TB, query, origin string) *listener {
	t.Helper()
	header := http.Header{"Authorization": {"Bearer " + token}}
	if origin != "" {
		header = http.Header{"Origin": {origin}}
	}
	conn, _, err := websocket.Dial(t.Context(), s.url+"/v1/events"+query, &websocket.DialOptions{HTTPHeader: header})
	require.NoError(t, err)
	conn.SetReadLimit(maxMessage)
	t.Cleanup(func() { conn.CloseNow() })
	return &listener{t, conn}
}

const maxMessage = 1 << 20

func (l *listener) next() (e apitype.Event) {
	l.t.Helper()
	kind, message, err := l.Read(l.t.Context())
	require.NoError(l.t, err)
	require.Equal(l.t, websocket.MessageText, kind)
	require.NoError(l.t, json.Unmarshal(message, &e))
	return e
}

// closed reads to the end and gives the reason.
func (l *listener) closed() (read int, why websocket.CloseError) {
	l.t.Helper()
	for ; ; read++ {
		if _, _, err := l.Read(l.t.Context()); err != nil {
			require.ErrorAs(l.t, err, &why)
			return read, why
		}
	}
}

func (s *station) swap(t testing.TB) {
	t.Helper()
	require.NoError(t, s.driver.Eject(slot))
	require.NoError(t, s.driver.Insert(slot, card(t, "gen2")))
}

func TestEvents(t *testing.T) {
	s := onPort(t)
	all := s.subscribe(t, "", "")
	page := s.subscribe(t, "", hall)
	snapshot := all.next()
	require.Equal(t, apitype.EventSnapshot, snapshot.Type)
	require.Len(t, snapshot.Readers, 1)
	require.Equal(t, snapshot.Life, page.next().Life)

	s.swap(t)
	removed, inserted := all.next(), all.next()
	require.Equal(t, apitype.EventCardRemoved, removed.Type)
	require.Equal(t, snapshot.Readers[0].Card.Card, removed.Card)
	require.Equal(t, apitype.EventCardInserted, inserted.Type)
	require.Equal(t, slot, inserted.Reader.Name)
	require.Equal(t, []uint64{snapshot.Seq + 1, snapshot.Seq + 2}, []uint64{removed.Seq, inserted.Seq})
	require.Equal(t, removed, page.next(), "who is limited to fields hears the same")

	answer := post(t, s.url+"/v1/read", "{}")
	require.Equal(t, http.StatusOK, answer)
	identified := all.next()
	require.Equal(t, apitype.EventCardIdentified, identified.Type)
	require.Equal(t, 2, identified.Generation)
	require.Equal(t, inserted.Card, identified.Card)

	again := s.subscribe(t, fmt.Sprintf("?since=%d&life=%s", removed.Seq, snapshot.Life), "")
	require.Equal(t, apitype.Event{Type: apitype.EventResumed, Seq: removed.Seq, Life: snapshot.Life}, withoutTime(again.next()))
	require.Equal(t, []apitype.Event{inserted, identified}, []apitype.Event{again.next(), again.next()})

	fresh := s.subscribe(t, fmt.Sprintf("?since=%d&life=another", removed.Seq), "").next()
	require.Equal(t, apitype.EventSnapshot, fresh.Type)
	require.True(t, fresh.Reset)
	require.Equal(t, 2, fresh.Readers[0].Card.Generation)
}

func withoutTime(e apitype.Event) apitype.Event {
	e.Time = time.Time{}
	return e
}

func post(t *testing.T, url, body string) (status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	return answer.StatusCode
}

// What stands on the wire is what the documentation says, and nothing of the card.
func TestEventsOnTheWire(t *testing.T) {
	s := onPort(t)
	l := s.subscribe(t, "", "")
	_, message, err := l.Read(t.Context())
	require.NoError(t, err)
	var e apitype.Event
	require.NoError(t, json.Unmarshal(message, &e))
	seen := e.Readers[0]
	require.JSONEq(t, fmt.Sprintf(`{"type":"snapshot","seq":3,"time":%q,"life":%q,"readers":[
		{"id":%q,"name":%q,"role":"card","interface":"contact","card":{"card":%q,"since":%q}}]}`,
		e.Time.Format(time.RFC3339Nano), e.Life, seen.ID, slot, seen.Card.Card, seen.Card.Since.Format(time.RFC3339Nano)), string(message))

	require.NoError(t, s.driver.Eject(slot))
	_, message, err = l.Read(t.Context())
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(message, &e))
	require.JSONEq(t, fmt.Sprintf(`{"type":"card.removed","seq":4,"time":%q,"reader":{"id":%q,"name":%q},"role":"card","interface":"contact","card":%q}`,
		e.Time.Format(time.RFC3339Nano), seen.ID, slot, seen.Card.Card), string(message))
}

func TestEventsDoor(t *testing.T) {
	s := onPort(t)
	tests := []struct {
		name   string
		query  string
		header http.Header
		want   int
	}{
		{"no token", "", nil, http.StatusUnauthorized},
		{"an origin that is not listed", "", http.Header{"Origin": {"https://hall.example.evil"}}, http.StatusForbidden},
		{"a number that is none", "?since=-1", http.Header{"Authorization": {"Bearer " + token}}, http.StatusBadRequest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, answer, err := websocket.Dial(t.Context(), s.url+"/v1/events"+test.query, &websocket.DialOptions{HTTPHeader: test.header})
			require.Error(t, err)
			require.Equal(t, test.want, answer.StatusCode)
		})
	}
}

// Who does not keep up is told so, and what he has had is without a gap: he goes on from there.
func TestEventsSlow(t *testing.T) {
	s := onPort(t)
	slow := s.subscribe(t, "", "")
	snapshot := slow.next()
	for s.events.Stats().Dropped == 0 { // faster than a connection can take it
		s.events.Observe(reader.Snapshot{})
		s.events.Observe(s.pool.Snapshot())
	}
	last := snapshot.Seq
	for {
		_, message, err := slow.Read(t.Context())
		if err != nil {
			var why websocket.CloseError
			require.ErrorAs(t, err, &why)
			require.Equal(t, websocket.StatusTryAgainLater, why.Code)
			require.Contains(t, why.Reason, "since")
			break
		}
		var e apitype.Event
		require.NoError(t, json.Unmarshal(message, &e))
		require.Equal(t, last+1, e.Seq)
		last = e.Seq
	}
}

// A message to the events is no way to call.
func TestEventsListenToNothing(t *testing.T) {
	l := onPort(t).subscribe(t, "", "")
	l.next()
	require.NoError(t, l.Write(t.Context(), websocket.MessageText, []byte("{}")))
	_, why := l.closed()
	require.Equal(t, websocket.StatusPolicyViolation, why.Code)
}

// calling is a page of the old kind with a call under way, which the card answers when answer is closed.
func (s *station) calling(t *testing.T, answer chan struct{}) *listener {
	t.Helper()
	page, _, err := websocket.Dial(t.Context(), s.url+"/compat", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {his}}})
	require.NoError(t, err)
	t.Cleanup(func() { page.CloseNow() })
	asked := make(chan struct{})
	require.NoError(t, s.driver.Insert(slot, waiting{card(t, "gen2"), asked, answer}))
	require.NoError(t, page.Write(t.Context(), websocket.MessageText, []byte(`{"function":"iReadCardBas","iType":3}`)))
	<-asked
	return &listener{t, page}
}

func TestShutdownEndsSockets(t *testing.T) {
	s := onPort(t)
	events := s.subscribe(t, "", "")
	answer := make(chan struct{})
	page := s.calling(t, answer)
	stopped := make(chan error)
	go func() { stopped <- s.server.Shutdown(t.Context()) }()
	_, why := events.closed()
	require.Equal(t, websocket.StatusGoingAway, why.Code, "at once")
	close(answer)
	_, message, err := page.Read(t.Context())
	require.NoError(t, err, "the answer under way comes first")
	require.JSONEq(t, `{"functionName":"iReadCardBas","success":"-2201","pOutInfo":"无 PSAM 卡"}`, string(message))
	_, why = page.closed()
	require.Equal(t, websocket.StatusGoingAway, why.Code)
	require.NoError(t, <-stopped)
	require.Zero(t, s.server.Sockets())
}

// A call that takes longer than there is time is cut.
func TestShutdownHasAnEnd(t *testing.T) {
	s := onPort(t)
	s.calling(t, make(chan struct{}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = s.server.Shutdown(ctx)
	require.Zero(t, s.server.Sockets())
}

// waiting is a card that tells when it is asked first, and answers when it may.
type waiting struct {
	virtual.Card
	asked, answer chan struct{}
}

func (w waiting) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	select {
	case w.asked <- struct{}{}:
		return w.wait(ctx, command)
	case <-w.answer:
		return w.Card.Transmit(ctx, command)
	}
}

func (w waiting) wait(ctx context.Context, command []byte) ([]byte, error) {
	select {
	case <-w.answer:
		return w.Card.Transmit(ctx, command)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// BenchmarkEvents is how many events a second reach 50 subscribers, all of them each.
func BenchmarkEvents(b *testing.B) {
	const subscribers = 50
	s := onPort(b)
	gen2 := card(b, "gen2")
	var all [subscribers]*listener
	for i := range all {
		all[i] = s.subscribe(b, "", "")
		all[i].next()
	}
	b.ResetTimer()
	delivered := 0
	for b.Loop() {
		require.NoError(b, s.driver.Eject(slot))
		require.NoError(b, s.driver.Insert(slot, gen2))
		for _, l := range all {
			for inserted := false; !inserted; delivered++ {
				inserted = l.next().Type == apitype.EventCardInserted
			}
		}
	}
	b.ReportMetric(float64(delivered)/b.Elapsed().Seconds(), "events/s")
}
