package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
)

const own = "http://" + here

func (d *daemon) consoleCode(t *testing.T) apitype.ConsoleCode {
	t.Helper()
	made := requireDocument[apitype.ConsoleCode](t, d.do(call{method: "POST", path: "/v1/console"}))
	logged.keepsFrom(made.Code)
	return made
}

// openConsole is what our page does first.
func (d *daemon) openConsole(code string) *httptest.ResponseRecorder {
	return d.do(call{method: "POST", path: "/v1/console/session", origins: origins(own), authorization: none, body: `{"code":"` + code + `"}`})
}

func (d *daemon) session(t *testing.T) string {
	t.Helper()
	opened := requireDocument[apitype.ConsoleSession](t, d.openConsole(d.consoleCode(t).Code))
	logged.keepsFrom(opened.Session)
	require.Equal(t, time.Now().Add(12*time.Hour).UTC(), opened.Expires)
	return opened.Session
}

// session is one of a station's page.
func (s *station) session(t *testing.T) string {
	t.Helper()
	var made apitype.ConsoleCode
	require.Equal(t, http.StatusOK, s.post(t, "/v1/console", "", &made))
	var opened apitype.ConsoleSession
	require.Equal(t, http.StatusOK, s.post(t, "/v1/console/session", `{"code":"`+made.Code+`"}`, &opened))
	logged.keepsFrom(made.Code, opened.Session)
	return opened.Session
}

// post is a request of our page, with the token.
func (s *station) post(t *testing.T, path, body string, answer any) (status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Origin", s.url)
	w, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer http.DefaultClient.CloseIdleConnections()
	defer w.Body.Close()
	if answer != nil {
		require.NoError(t, json.NewDecoder(w.Body).Decode(answer))
	}
	return w.StatusCode
}

// From the code to the end of the session.
func TestConsoleSession(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		made := d.consoleCode(t)
		require.Equal(t, own+"/#code="+made.Code, made.URL)
		require.Equal(t, time.Now().Add(2*time.Minute).UTC(), made.Expires)
		opened := requireDocument[apitype.ConsoleSession](t, d.openConsole(made.Code))
		logged.keepsFrom(opened.Session)
		requireProblem(t, d.openConsole(made.Code), unauthorized, http.StatusUnauthorized)

		page := call{origins: origins(own), authorization: "Bearer " + opened.Session}
		requireDocument[apitype.Version](t, d.do(page))
		page.path = "/v1/origins"
		requireDocument[apitype.Origins](t, d.do(page))
		reads := call{path: "/v1/origins", authorization: page.authorization, header: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
		requireDocument[apitype.Origins](t, d.do(reads))

		page.method, page.path = "POST", "/v1/console"
		requireProblem(t, d.do(page), unauthorized, http.StatusUnauthorized)
		page.path = "/v1/token/rotate"
		requireProblem(t, d.do(page), unauthorized, http.StatusUnauthorized)

		page.method, page.path = "DELETE", "/v1/console/session"
		require.Equal(t, http.StatusNoContent, d.do(page).Code)
		requireProblem(t, d.do(page), unauthorized, http.StatusUnauthorized)
		requireProblem(t, d.do(reads), unauthorized, http.StatusUnauthorized)
		requireProblem(t, d.do(call{method: "DELETE", path: "/v1/console/session"}), unauthorized, http.StatusUnauthorized)
	})
}

func TestConsoleURL(t *testing.T) {
	for _, row := range []struct {
		name string
		call call
		url  string
	}{
		{"the usual", call{body: "{}"}, "http://127.0.0.1:17420/#code="},
		{"by name", call{host: "localhost:17420"}, "http://localhost:17420/#code="},
		{"with HTTPS", call{tls: true}, "https://127.0.0.1:17420/#code="},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				row.call.method, row.call.path = "POST", "/v1/console"
				made := requireDocument[apitype.ConsoleCode](t, d.do(row.call))
				logged.keepsFrom(made.Code)
				require.Equal(t, row.url+made.Code, made.URL)
			})
		})
	}
}

func TestConsoleRefused(t *testing.T) {
	const session = "/v1/console/session"
	for _, row := range []struct {
		name string
		call call
		code apitype.Code
	}{
		{"a code without the token", call{path: "/v1/console", authorization: none}, unauthorized},
		{"a code for our page without the token", call{path: "/v1/console", origins: origins(own), authorization: none}, unauthorized},
		{"a code for an allowed origin", call{path: "/v1/console", origins: origins(his)}, badOrigin},
		{"a code with something besides", call{path: "/v1/console", body: `{"url":"https://evil.example"}`}, apitype.RequestInvalid},
		{"a session for a program", call{path: session, authorization: none, body: `{"code":"CODE"}`}, badOrigin},
		{"a session for a program with the token", call{path: session, body: `{"code":"CODE"}`}, badOrigin},
		{"a session for an allowed origin", call{path: session, origins: origins(his), body: `{"code":"CODE"}`}, badOrigin},
		{"a session for an evil origin", call{path: session, origins: origins(evil), body: `{"code":"CODE"}`}, badOrigin},
		{"a session for a rebound page", call{path: session, host: "evil.example:17420", origins: origins("http://evil.example:17420"), body: `{"code":"CODE"}`}, badHost},
		{"a wrong code", call{path: session, origins: origins(own), body: `{"code":"wrong"}`}, unauthorized},
		{"no code", call{path: session, origins: origins(own)}, apitype.RequestInvalid},
		{"an empty code", call{path: session, origins: origins(own), body: `{"code":""}`}, unauthorized},
		{"a code that is no text", call{path: session, origins: origins(own), body: `{"code":1}`}, apitype.RequestInvalid},
		{"a code with something besides", call{path: session, origins: origins(own), body: `{"code":"CODE","CODE":"CODE"}`}, apitype.RequestInvalid},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				code := d.consoleCode(t).Code
				row.call.method, row.call.body = "POST", strings.ReplaceAll(row.call.body, "CODE", code)
				w := d.do(row.call)
				requireProblem(t, w, row.code, row.code.Entry().HTTP)
				require.Empty(t, accessControl(w))
				requireDocument[apitype.ConsoleSession](t, d.openConsole(code))
			})
		})
	}
}

// What the page does is in the audit log as the page's.
func TestConsoleInTheAuditLog(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen2"))
		w := d.do(call{method: "POST", path: "/v1/read", origins: origins(own), authorization: "Bearer " + d.session(t)})
		require.Equal(t, http.StatusOK, w.Code)
		tail := requireDocument[apitype.AuditTail](t, d.do(call{path: "/v1/audit?n=1"}))
		require.Equal(t, "console", tail.Lines[0].Caller.User)
	})
}

// A WebSocket of a page shows what it has among its subprotocols, and ends when that does.
func TestSocketsOfTheConsole(t *testing.T) {
	s := onPort(t)
	session := s.session(t)
	dial := func(path, origin string, offer ...string) (*websocket.Conn, *http.Response, error) {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		return websocket.Dial(t.Context(), s.url+path, &websocket.DialOptions{HTTPHeader: header, Subprotocols: offer})
	}
	for _, row := range []struct {
		name, path, origin, secret string
		status                     int
	}{
		{"events of our page", "/v1/events", s.url, session, 101},
		{"events of our page with the token", "/v1/events", s.url, token, 101},
		{"events of a program", "/v1/events", "", token, 101},
		{"events of a program with a session", "/v1/events", "", session, 401},
		{"events of our page with a wrong session", "/v1/events", s.url, "wrong", 401},
		{"events of an allowed origin", "/v1/events", his, "", 101},
		{"events of an allowed origin, which has come by a session", "/v1/events", his, session, 101}, // as itself
		{"events of an evil origin with the token", "/v1/events", evil, token, 403},
		{"calls of our page", "/compat", s.url, session, 101},
		{"calls of a program with a session", "/compat", "", session, 401},
	} {
		t.Run(row.name, func(t *testing.T) {
			offer := []string{"sscard"}
			if row.secret != "" {
				offer = append(offer, "sscard.bearer."+row.secret)
			}
			conn, answer, err := dial(row.path, row.origin, offer...)
			require.Equal(t, row.status, answer.StatusCode)
			if row.status != http.StatusSwitchingProtocols {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			defer conn.CloseNow()
			require.Equal(t, "sscard", conn.Subprotocol())
			require.NotContains(t, answer.Header.Get("Sec-WebSocket-Protocol"), "bearer")
		})
	}

	old, _, err := dial("/v1/events", his)
	require.NoError(t, err)
	defer old.CloseNow()
	require.Empty(t, old.Subprotocol(), "who offers none gets none")

	events, _, err := dial("/v1/events", s.url, "sscard", "sscard.bearer."+session)
	require.NoError(t, err)
	defer events.CloseNow()
	calls, _, err := dial("/compat", s.url, "sscard", "sscard.bearer."+session)
	require.NoError(t, err)
	defer calls.CloseNow()
	require.Equal(t, http.StatusNoContent, s.post(t, "/v1/token/rotate", "", nil))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, conn := range []*websocket.Conn{events, calls} {
		for err = nil; err == nil; {
			_, _, err = conn.Read(ctx)
		}
		require.NoError(t, ctx.Err(), "they end with the token")
	}
	_, answer, err := dial("/v1/events", s.url, "sscard", "sscard.bearer."+session)
	require.Error(t, err)
	require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
}
