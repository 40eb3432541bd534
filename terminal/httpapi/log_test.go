package httpapi_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/httpapi"
)

func TestLog(t *testing.T) {
	lines := []apitype.LogRecord{
		{Time: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), Level: "info", Message: "reader added", Attributes: apitype.Fields{{Name: "reader", Value: "r1"}}},
		{Time: time.Date(2026, 1, 1, 12, 0, 1, 0, time.UTC), Level: "warn", Message: "reader lost", Attributes: apitype.Fields{}},
	}
	var asked []int
	change := func(c *httpapi.Config) {
		c.Operations.Log = func(n int) []apitype.LogRecord { asked = append(asked, n); return lines }
	}
	serveWith(t, reader.Config{}, change, func(t *testing.T, d *daemon) {
		log := call{path: "/v1/log"}
		w := d.do(log)
		require.Contains(t, w.Body.String(), `{"time":"2026-01-01T12:00:00Z","level":"info","message":"reader added","attributes":{"reader":"r1"}}`)
		require.Equal(t, apitype.LogTail{Lines: lines}, requireDocument[apitype.LogTail](t, w))
		for _, n := range []string{"1", "1000"} {
			log.path = "/v1/log?n=" + n
			requireDocument[apitype.LogTail](t, d.do(log))
		}
		require.Equal(t, []int{100, 1, 1000}, asked)
		for _, n := range []string{"0", "1001", "-1", "x", "1.5"} {
			log.path = "/v1/log?n=" + n
			requireProblem(t, d.do(log), apitype.RequestInvalid, http.StatusBadRequest)
		}
		log.path, log.authorization = "/v1/log", none
		requireProblem(t, d.do(log), apitype.RequestUnauthorized, http.StatusUnauthorized)
		log.origins = []string{his}
		requireProblem(t, d.do(log), apitype.RequestOriginDenied, http.StatusForbidden)
	})
}

func TestLogWithoutOne(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		require.JSONEq(t, `{"lines": []}`, d.do(call{path: "/v1/log"}).Body.String())
	})
}

// A page that is open asks again and again, and is not to fill the log with itself. What went wrong is told all the same.
func TestWhoWatchesIsNotLogged(t *testing.T) {
	var said bytes.Buffer
	change := func(c *httpapi.Config) { c.Log = slog.New(slog.NewTextHandler(&said, nil)) }
	serveWith(t, reader.Config{}, change, func(t *testing.T, d *daemon) {
		for _, row := range []struct {
			name   string
			call   call
			logged bool
		}{
			{"health", call{path: "/v1/health"}, false},
			{"health without a token", call{path: "/v1/health", authorization: none}, false},
			{"prompts", call{path: "/v1/pin"}, false},
			{"audit", call{path: "/v1/audit"}, false},
			{"log", call{path: "/v1/log"}, false},
			{"origins", call{path: "/v1/origins"}, false},
			{"metrics", call{path: "/metrics"}, false},
			{"the page", call{path: "/", authorization: none}, false},
			{"a file of the page", call{path: "/console/sscard.js", authorization: none}, false},
			{"no file of the page", call{path: "/console/passwd", authorization: none}, true},
			{"a session of the page", call{method: "POST", path: "/v1/console/session", authorization: none, body: `{"code": "none"}`}, true},
			{"the end of one", call{method: "DELETE", path: "/v1/console/session"}, true},
			{"a wrong number of lines", call{path: "/v1/log?n=0"}, true},
			{"refused", call{path: "/v1/log", authorization: none}, true},
			{"a change", call{method: "DELETE", path: "/v1/origins", body: `{"origin": "` + his + `"}`}, true},
			{"readers", call{path: "/v1/readers"}, true},
			{"a reading", call{method: "POST", path: "/v1/read"}, true},
		} {
			said.Reset()
			d.do(row.call)
			require.Equal(t, row.logged, strings.Contains(said.String(), "msg=request"), row.name)
		}
	})
}
