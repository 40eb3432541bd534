package httpapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/httpapi"
)

// reel is a recording that never was.
type reel struct {
	state apitype.TraceState
	fail  error
	calls []string
}

func (r *reel) State() apitype.TraceState { return r.state }

func (r *reel) Start(readerID string) error {
	r.calls = append(r.calls, "start "+readerID)
	return r.fail
}

func (r *reel) Stop() (apitype.Trace, error) {
	r.calls = append(r.calls, "stop")
	return apitype.Trace{Sessions: 1, Trace: "# sscard trace 1\n"}, r.fail
}

func (r *reel) Discard() { r.calls = append(r.calls, "discard") }

var traceCalls = []call{
	{path: "/v1/trace"}, {method: "POST", path: "/v1/trace"}, {method: "POST", path: "/v1/trace/stop"}, {method: "DELETE", path: "/v1/trace"},
}

func TestTrace(t *testing.T) {
	r := &reel{state: apitype.TraceState{Recording: true, Since: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), Sessions: 2, Dropped: 1}}
	serveWith(t, reader.Config{}, func(c *httpapi.Config) { c.Operations.Tape = r }, func(t *testing.T, d *daemon) {
		require.JSONEq(t, `{"recording": true, "since": "2026-01-01T12:00:00Z", "sessions": 2, "dropped": 1}`, d.do(traceCalls[0]).Body.String())
		require.Equal(t, r.state, requireDocument[apitype.TraceState](t, d.do(traceCalls[1])))
		named := traceCalls[1]
		named.body = `{"reader": "` + slot + `"}`
		requireDocument[apitype.TraceState](t, d.do(named))
		require.Equal(t, apitype.Trace{Sessions: 1, Trace: "# sscard trace 1\n"}, requireDocument[apitype.Trace](t, d.do(traceCalls[2])))
		require.Equal(t, http.StatusNoContent, d.do(traceCalls[3]).Code)
		require.Equal(t, []string{"start ", "start " + reader.IDOf(slot), "stop", "discard"}, r.calls)

		r.state = apitype.TraceState{}
		require.JSONEq(t, `{"recording": false, "sessions": 0, "dropped": 0}`, d.do(traceCalls[0]).Body.String())
	})
}

// What is said to cards is for who has the token.
func TestTraceRefused(t *testing.T) {
	r := &reel{}
	serveWith(t, reader.Config{}, func(c *httpapi.Config) { c.Operations.Tape = r }, func(t *testing.T, d *daemon) {
		for _, c := range traceCalls {
			c.authorization = none
			requireProblem(t, d.do(c), apitype.RequestUnauthorized, http.StatusUnauthorized)
			c.origins = []string{his}
			requireProblem(t, d.do(c), apitype.RequestOriginDenied, http.StatusForbidden)
		}
		require.Empty(t, r.calls)

		r.fail = fmt.Errorf("%w: something is on", httpapi.ErrTape)
		requireProblem(t, d.do(traceCalls[1]), apitype.RequestInvalid, http.StatusConflict)
		requireProblem(t, d.do(traceCalls[2]), apitype.RequestInvalid, http.StatusConflict)
		r.fail = errors.New("session 0, exchange 1: unknown")
		p := requireProblem(t, d.do(traceCalls[2]), apitype.Internal, http.StatusInternalServerError)
		require.NotContains(t, p.Detail, "exchange 1")
		r.fail = nil
		named := traceCalls[1]
		for body, status := range map[string]int{`{"reader": "elsewhere"}`: 404, `{"reader": 1}`: 400, `[]`: 400} {
			named.body = body
			require.Equal(t, status, d.do(named).Code, body)
		}
	})
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		for _, c := range traceCalls {
			requireProblem(t, d.do(c), apitype.RequestInvalid, http.StatusNotFound)
		}
	})
}
