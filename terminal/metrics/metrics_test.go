package metrics_test

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/virtual"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/audit"
	"sscard/terminal/door"
	"sscard/terminal/event"
	"sscard/terminal/metrics"
	"sscard/terminal/profile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scrape gives the lines that are no comments.
func scrape(t *testing.T, m *metrics.Metrics) (text string, lines []string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, w.Code, w.Body)
	text = w.Body.String()
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return text, lines
}

func requireLine(t *testing.T, lines []string, want string) {
	t.Helper()
	name, _, _ := strings.Cut(strings.ReplaceAll(want, "{", " "), " ")
	alike := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.HasPrefix(line, name) })
	require.Contains(t, alike, want)
}

// hall is everything that is counted, over readers in memory.
type hall struct {
	*metrics.Metrics
	driver   *virtual.Driver
	pool     *reader.Pool
	terminal *terminal.Terminal
	door     *door.Door
}

func inHall(t *testing.T) hall {
	t.Helper()
	profiles, err := profile.Load("")
	require.NoError(t, err)
	h := hall{Metrics: metrics.New(apitype.Version{Version: "1.2.3", Commit: "abcdef"}), driver: virtual.New("Hall Contact 00 00", "Hall SAM 00 00")}
	h.pool = reader.NewPool(h.driver, reader.Config{Rules: []reader.Rule{{Match: "SAM", Role: reader.RoleSAM}}, Took: h.Took})
	log := audit.New(audit.Config{Path: filepath.Join(t.TempDir(), "audit.log"), MaxSize: 1 << 20, Keep: 1, Log: slog.New(slog.DiscardHandler)})
	h.terminal = terminal.New(terminal.Config{
		Pool: h.pool, Profiles: profiles, Audit: h.Audited(log), Identified: h.Opened, Log: slog.New(slog.DiscardHandler),
	})
	hub := event.NewHub()
	h.pool.Follow(hub.Observe)
	h.door = door.New(door.Config{Token: "token"})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { h.pool.Run(ctx); close(ended) }()
	t.Cleanup(func() { h.terminal.Close(); cancel(); <-ended; log.Close() })
	require.NoError(t, h.pool.Ready(ctx))
	h.Watch(metrics.Sources{Pool: h.pool, Terminal: h.terminal, Events: hub, Door: h.door, Audit: log})
	return h
}

// exercise has something happen of everything that is counted.
func exercise(t *testing.T, h hall) {
	t.Helper()
	require.NoError(t, h.driver.Insert("Hall Contact 00 00", readertest.NewCard(nil)))
	_, err := h.pool.Await(t.Context(), func(s reader.Snapshot) bool { return s.Readers[0].Card != nil })
	require.NoError(t, err)
	_, err = h.terminal.Read(t.Context(), terminal.ReadRequest{})
	require.Error(t, err, "it answers nonsense")
	h.Opened(reader.Reader{Interface: reader.Contactless}, 3)
	h.Answered("/v1/read", apitype.CardUnsupported, time.Millisecond)
	h.Answered("/v1/read", "", time.Millisecond)
	_, refusal := h.door.Admit(httptest.NewRequest("GET", "http://evil.example/", nil), door.Ask{Port: 1})
	require.NotNil(t, refusal)
}

func TestMetrics(t *testing.T) {
	h := inHall(t)
	exercise(t, h)
	text, lines := scrape(t, h.Metrics)
	for _, want := range []string{
		`sscard_build_info{arch="",commit="abcdef",go="",os="",version="1.2.3"} 1`,
		`sscard_service_up 1`,
		`sscard_readers{interface="contact",role="card",state="ok"} 1`,
		`sscard_readers{interface="unknown",role="sam",state="ok"} 1`,
		`sscard_cards{interface="contact"} 1`,
		`sscard_cards_opened_total{generation="3",interface="contactless"} 1`,
		`sscard_operations_total{function="read",operation="read",outcome="data.malformed"} 1`,
		`sscard_phase_duration_seconds_count{phase="queue"} 1`,
		`sscard_phase_duration_seconds_count{phase="connect"} 1`,
		`sscard_phase_duration_seconds_count{phase="select"} 1`,
		`sscard_http_requests_total{code="card.unsupported",path="/v1/read"} 1`,
		`sscard_http_requests_total{code="ok",path="/v1/read"} 1`,
		`sscard_http_request_duration_seconds_count{path="/v1/read"} 2`,
		`sscard_door_refused_total{code="request.host_denied"} 1`,
		`sscard_leases_total 1`,
		`sscard_service_lost_total 0`,
		`sscard_audit_up 1`,
		`sscard_audit_lines_total 2`,
		`sscard_events_total 4`,
		`sscard_config_last_reload_successful 1`,
	} {
		requireLine(t, lines, want)
	}
	require.Contains(t, text, "process_open_fds")
	require.Contains(t, text, "go_goroutines")
	require.NotContains(t, text, "Hall", "readers by their ids")

	problems, err := promlint.New(strings.NewReader(text)).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestServiceLost(t *testing.T) {
	h := inHall(t)
	h.driver.Stop(reader.ErrNoService)
	_, err := h.pool.Await(t.Context(), func(s reader.Snapshot) bool { return s.Err != nil })
	require.NoError(t, err)
	_, lines := scrape(t, h.Metrics)
	requireLine(t, lines, "sscard_service_up 0")
	requireLine(t, lines, "sscard_service_lost_total 1")
}

func TestReloaded(t *testing.T) {
	m := metrics.New(apitype.Version{})
	m.Reloaded(io.ErrUnexpectedEOF)
	_, lines := scrape(t, m)
	requireLine(t, lines, `sscard_config_reloads_total{result="refused"} 1`)
	requireLine(t, lines, `sscard_config_last_reload_successful 0`)
	m.Reloaded(nil)
	_, lines = scrape(t, m)
	requireLine(t, lines, `sscard_config_reloads_total{result="ok"} 1`)
	requireLine(t, lines, `sscard_config_last_reload_successful 1`)
}
