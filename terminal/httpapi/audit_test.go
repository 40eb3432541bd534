package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/audit"
)

// trail is an audit log in a directory of the test's own.
type trail struct {
	*audit.Log
	path string
}

// auditTrail makes an audit log. In the end it must be intact, and is searched for secrets as the log is.
func auditTrail(t testing.TB, log *slog.Logger) (l trail, done func()) {
	t.Helper()
	l.path = filepath.Join(t.TempDir(), "audit.log")
	l.Log = audit.New(audit.Config{Path: l.path, MaxSize: 1 << 20, Keep: 9, Version: "1.2.3", User: "counter", Log: log})
	return l, func() {
		l.Close()
		lines, err := os.ReadFile(l.path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		require.NoError(t, err)
		_, _ = logged.Write(lines)
		report, err := audit.VerifyFiles(audit.Check{Whole: true}, l.path)
		require.NoError(t, err)
		require.Empty(t, report.Problems)
	}
}

// line is what is compared of a line.
type line struct {
	caller     apitype.AuditCaller
	function   string
	outcome    string
	cardNumber string
	given      []string
}

func linesOf(records []apitype.AuditRecord) (lines []line) {
	for _, r := range records {
		if r.Event != apitype.AuditStart {
			lines = append(lines, line{*r.Caller, r.Function, r.Outcome, r.CardNumber, r.Given})
		}
	}
	return lines
}

// Whoever calls, and in whichever way, has his line.
func TestAudit(t *testing.T) {
	serve(t, samRule, func(t *testing.T, d *daemon) {
		d.read("")
		d.insert(t, card(t, "gen3"))
		d.insertPSAM(t, "psam")
		read := d.do(call{method: "POST", path: "/v1/read", origins: []string{hall}, authorization: none})
		d.do(call{method: "POST", path: "/v1/read", origins: []string{hall}, authorization: none, body: `{"fields": ["holder.sex"]}`})
		d.function("iReadCardBas", `{"iType": 3}`, his)
		d.function("iVerifyPIN", `{"iType": 3, "pPIN": "000000"}`)
		d.function("iVerifyPIN", `{"iType": 9, "pPIN": "000000"}`) // comes to no card
		d.do(call{method: "POST", path: "/v1/read", origins: []string{"https://elsewhere.example"}})

		records := requireDocument[apitype.AuditTail](t, d.do(call{path: "/v1/audit"})).Lines
		token, hall, his := apitype.AuditCaller{User: "token"}, apitype.AuditCaller{Origin: hall}, apitype.AuditCaller{Origin: his}
		require.Equal(t, []line{
			{token, "read", "card.absent", "", nil},
			{hall, "read", "ok", "A*******3", []string{"issuer.card_number", "holder.name"}},
			{hall, "read", "request.field_denied", "", nil},
			{his, "iReadCardBas", "ok", "A*******3", records[4].Given},
			{token, "iVerifyPIN", "pin.wrong", "A*******3", nil},
		}, linesOf(records))
		require.Contains(t, records[4].Given, "holder.social_security_number")
		require.Equal(t, read.Header().Get("X-Request-Id"), records[2].RequestID)
		require.Equal(t, []string{"holder.sex"}, records[3].Asked)
	})
}

func TestAuditTail(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		require.Empty(t, requireDocument[apitype.AuditTail](t, d.do(call{path: "/v1/audit"})).Lines)
		for range 5 {
			d.read("")
		}
		for query, want := range map[string]int{"": 6, "?n=1": 1, "?n=1000": 6} {
			require.Len(t, requireDocument[apitype.AuditTail](t, d.do(call{path: "/v1/audit" + query})).Lines, want, query)
		}
		for _, query := range []string{"?n=0", "?n=-1", "?n=1001", "?n=all"} {
			requireProblem(t, d.do(call{path: "/v1/audit" + query}), apitype.RequestInvalid, http.StatusBadRequest)
		}
		requireProblem(t, d.do(call{path: "/v1/audit", origins: []string{his}}), apitype.RequestOriginDenied, http.StatusForbidden)
		requireProblem(t, d.do(call{path: "/v1/audit", authorization: none}), apitype.RequestUnauthorized, http.StatusUnauthorized)
	})
}

func TestAuditOfOldPages(t *testing.T) {
	s := onPort(t)
	page, _, err := websocket.Dial(t.Context(), s.url+"/compat", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {his}}})
	require.NoError(t, err)
	defer page.CloseNow()
	require.NoError(t, page.Write(t.Context(), websocket.MessageText, []byte(`{"func":"iReadCardBas","in":["3"]}`)))
	_, _, err = page.Read(t.Context())
	require.NoError(t, err)

	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.url+"/v1/audit?n=1", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer http.DefaultClient.CloseIdleConnections()
	defer answer.Body.Close()
	var tail apitype.AuditTail
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&tail))
	require.Equal(t, apitype.AuditCaller{Origin: his}, *tail.Lines[0].Caller)
	require.Equal(t, "iReadCardBas", tail.Lines[0].Function)
}
