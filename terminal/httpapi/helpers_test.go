package httpapi_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/reader"
	"sscard/reader/softcard"
	"sscard/reader/virtual"
	"sscard/sm"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/door"
	"sscard/terminal/event"
	"sscard/terminal/function"
	"sscard/terminal/httpapi"
	"sscard/terminal/metrics"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
	"sscard/testdata"
)

const (
	slot  = "Counter 1 00 00"
	port  = 17420
	here  = "127.0.0.1:17420"
	token = "9f4c2a7be1d05836"

	rotated = "60c1d5f2a3b49e87" // the token after that

	none = "none" // of what a call has by itself

	hall = "https://hall.example"     // may read a card's number and its holder's name
	his  = "https://his.example:8443" // may read all
)

// TestMain looks for leaks: of goroutines, and of secrets into what the whole run has said. It looks too whether the whole run has come by all that is
// documented.
func TestMain(m *testing.M) {
	openapi() // on no test's clock
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if unreached := openapi().unreached(); code == 0 && wholeRun() && len(unreached) > 0 {
			fmt.Fprintf(os.Stderr, "docs/openapi.yaml promises what no test has come by:\n  %s\n", strings.Join(unreached, "\n  "))
			code = 1
		}
		if leaks := logged.leaks(); code == 0 && len(leaks) > 0 {
			fmt.Fprintln(os.Stderr, "told to who must not know:", leaks)
			code = 1
		}
		os.Exit(code)
	}))
}

// logged is what the whole run has said in logs, audit logs, problems and metrics.
var logged journal

type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	secrets []string // made in the tests
}

// keepsFrom adds what the journal must not say.
func (j *journal) keepsFrom(secrets ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.secrets = append(j.secrets, secrets...)
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// scrape takes in the metrics.
func (j *journal) scrape(t *testing.T, counts *metrics.Metrics) {
	w := httptest.NewRecorder()
	counts.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, http.StatusOK, w.Code)
	_, _ = j.Write(w.Body.Bytes())
}

// personal are the values of the test cards that tell a person: names, numbers, card numbers, card ids. Codes and
// versions are shorter, and a name of one character is not told from the rest of the log.
var personal = regexp.MustCompile(`(?:text: "?|hex: )((?:\p{Han}|·){2,}|[0-9A-Z]{9,})`)

// measured are sums of durations, whose last digits are anybody's.
var measured = regexp.MustCompile(`_seconds_sum(\{[^}]*\})? [0-9.e-]+`)

func (j *journal) leaks() (found []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	secrets := append([]string{token, rotated, panicText}, j.secrets...)
	files, _ := fs.Glob(testdata.Cards, "cards/*.yaml")
	for _, file := range files {
		description, _ := testdata.Cards.ReadFile(file)
		for _, m := range personal.FindAllSubmatch(description, -1) {
			if secret := string(m[1]); len(strings.TrimLeft(secret, "0")) > 2 && !slices.Contains(secrets, secret) { // a small number tells nobody, and stands in times and in addresses of a stack
				secrets = append(secrets, secret)
			}
		}
	}
	said := measured.ReplaceAllString(j.text.String(), "")
	for _, secret := range secrets {
		if strings.Contains(said, secret) {
			found = append(found, secret)
		}
	}
	return found
}

// daemon is the API over one virtual reader, on a clock of its own.
type daemon struct {
	driver  *virtual.Driver
	server  *httpapi.Server
	handler http.Handler // of the server

	auditFile string
}

func serve(t *testing.T, cfg reader.Config, test func(t *testing.T, d *daemon)) {
	t.Helper()
	serveWith(t, cfg, func(*httpapi.Config) {}, test)
}

// serveWith is serve with something changed.
func serveWith(t *testing.T, cfg reader.Config, change func(*httpapi.Config), test func(t *testing.T, d *daemon)) {
	t.Helper()
	profiles, err := profile.Load("")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))) // within the certificates' validity
		d := &daemon{driver: virtual.New(slot)}
		log := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		counts := metrics.New(apitype.Version{})
		cfg.Log, cfg.Took = log, counts.Took
		pool := reader.NewPool(d.driver, cfg)
		trail, done := auditTrail(t, log)
		defer done()
		d.auditFile = trail.path
		counter := terminal.New(terminal.Config{
			Pool: pool, Profiles: profiles, Keys: sam.NewPSAM(pool), Trust: testTrust(t), Audit: counts.Audited(trail), Identified: counts.Opened, Log: log,
		})
		defer counter.Close()
		api := httpapi.Config{
			Terminal:  counter,
			Functions: function.New(counter, function.Config{PINInRequest: true}),
			Port:      port,
			Door: door.New(door.Config{Token: token, Keeper: forgetful{}, Log: log, Origins: []config.Origin{
				{Origin: hall, Fields: []string{"issuer.card_number", "holder.name"}},
				{Origin: his},
			}}),
			Version: apitype.Version{Version: "1.2.3", Commit: "abcdef", Go: "go1.26", OS: "linux", Arch: "amd64", API: "v1"},
			Audit:   trail,
			Log:     log,

			Operations: httpapi.Operations{Metrics: counts.Handler(), Answered: counts.Answered},
		}
		change(&api)
		server, err := httpapi.NewServer(api)
		require.NoError(t, err)
		defer logged.scrape(t, counts)
		server.Handler = held(t, server.Handler)
		d.server, d.handler = server, server.Handler
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); synctest.Wait() }()
		go pool.Run(ctx)
		require.NoError(t, pool.Ready(ctx))
		test(t, d)
	})
}

// testTrust is the authority of the test cards.
func testTrust(t *testing.T) *sm.Trust {
	t.Helper()
	load := func(name string) []*sm.Certificate {
		file, err := testdata.Trust.ReadFile("trust/" + name + ".pem")
		require.NoError(t, err)
		certificates, err := sm.ParseCertificates(file)
		require.NoError(t, err)
		return certificates
	}
	return &sm.Trust{Roots: load("root"), Intermediates: load("province")}
}

// forgetful keeps nothing, which here nobody asks for again.
type forgetful struct{}

func (forgetful) NewToken() (string, error)         { return rotated, nil }
func (forgetful) KeepOrigins([]config.Origin) error { return nil }

func (d *daemon) insert(t *testing.T, card virtual.Card) {
	t.Helper()
	require.NoError(t, d.driver.Insert(slot, card))
	synctest.Wait()
}

func card(t testing.TB, name string) *softcard.Card {
	t.Helper()
	f, err := testdata.Cards.Open("cards/" + name + ".yaml")
	require.NoError(t, err)
	defer f.Close()
	card, err := softcard.Load(f)
	require.NoError(t, err)
	return card
}

// call is a request; its zero value is a program's GET /v1/version with the token.
type call struct {
	method, path, host string
	origins            []string
	authorization      string
	body               string
	header             http.Header // besides
	tls                bool        // over HTTPS
}

func (d *daemon) do(c call) *httptest.ResponseRecorder {
	or := func(s, standard string) string {
		switch s {
		case "":
			return standard
		case none:
			return ""
		}
		return s
	}
	r := httptest.NewRequest(or(c.method, "GET"), or(c.path, "/v1/version"), strings.NewReader(c.body))
	r.Host = or(c.host, here)
	for _, origin := range c.origins {
		r.Header.Add("Origin", origin)
	}
	if authorization := or(c.authorization, "Bearer "+token); authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	for name, values := range c.header {
		r.Header[name] = append(r.Header[name], values...)
	}
	if c.tls {
		r.TLS = &tls.ConnectionState{}
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code >= http.StatusBadRequest {
		_, _ = logged.Write(w.Body.Bytes())
	}
	return w
}

// read asks for a read with the body.
func (d *daemon) read(body string) *httptest.ResponseRecorder {
	return d.do(call{method: "POST", path: "/v1/read", body: body})
}

// requireProblem requires an answer that has everything a problem must have.
func requireProblem(t *testing.T, w *httptest.ResponseRecorder, code apitype.Code, status int) apitype.Problem {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body)
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	requireGuarded(t, w)
	p := decode[apitype.Problem](t, w)
	want := apitype.NewProblem(code, p.Detail)
	want.Status, want.SW, want.RequestID = status, p.SW, w.Header().Get("X-Request-Id")
	require.NotEmpty(t, want.RequestID)
	require.NotEmpty(t, p.Hint.ZH)
	require.NotEmpty(t, p.Hint.EN)
	require.Equal(t, want, p)
	return p
}

func requireGuarded(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "Origin", w.Header().Get("Vary"))
}

// requireDocument requires an answer that is a document.
func requireDocument[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	requireGuarded(t, w)
	return decode[T](t, w)
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&v))
	return v
}

// requires requires one line of the log that has all of these.
func (j *journal) requires(t *testing.T, parts ...string) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	require.True(t, slices.ContainsFunc(strings.Split(j.text.String(), "\n"), func(line string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) })
	}), "no line of the log has %q", parts)
}

// listening is a daemon on a real port, with a 3.0 card in its one reader, for what needs a connection.
func listening(t *testing.T) (url string) { return onPort(t).url }

// station is a daemon on a real port.
type station struct {
	url    string
	driver *virtual.Driver
	pool   *reader.Pool
	events *event.Hub
	server *httpapi.Server
}

func onPort(t testing.TB) *station {
	t.Helper()
	return onPortOf(t, httpapi.NewServer, func(path string) string { return path })
}

// onPortOf is onPort for a server whose paths stand in the document as others.
func onPortOf(t testing.TB, newer func(httpapi.Config) (*httpapi.Server, error), documented func(path string) string) *station {
	t.Helper()
	profiles, err := profile.Load("")
	require.NoError(t, err)
	log := slog.New(slog.NewTextHandler(&logged, nil))
	s := &station{driver: virtual.New(slot), events: event.NewHub()}
	require.NoError(t, s.driver.Insert(slot, card(t, "gen3")))
	pool := reader.NewPool(s.driver, reader.Config{})
	s.pool = pool
	pool.Follow(s.events.Observe)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { pool.Run(ctx); close(ended) }()
	require.NoError(t, pool.Ready(ctx))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.url = "http://" + listener.Addr().String()
	trail, done := auditTrail(t, log)
	counter := terminal.New(terminal.Config{Pool: pool, Profiles: profiles, Keys: sam.NewPSAM(pool), Audit: trail, Log: log, Identified: s.events.Identified})
	s.server, err = newer(httpapi.Config{
		Terminal: counter, Functions: function.New(counter, function.Config{PINInRequest: true}), Port: listener.Addr().(*net.TCPAddr).Port,
		Door:   door.New(door.Config{Token: token, Keeper: forgetful{}, Origins: []config.Origin{{Origin: hall, Fields: []string{"holder.name"}}, {Origin: his}}}),
		Events: s.events, Audit: trail, Log: log,
	})
	require.NoError(t, err)
	if _, measured := t.(*testing.B); !measured {
		s.server.Handler = heldAs(t, s.server.Handler, documented)
	}
	served := make(chan struct{})
	go func() { _ = s.server.Serve(listener); close(served) }()
	t.Cleanup(func() {
		_ = s.server.Close()
		<-served
		counter.Close()
		cancel()
		<-ended
		done()
	})
	return s
}

// finishing is the body of a second step whose answer is wrong and has the right form.
func finishing(begun apitype.PendingRead) string {
	const internalOriginal, externalOriginal = 5, 7
	part := strings.Split(begun.Request, "|")
	return fmt.Sprintf(`{"session": %q, "answer": "0011223344556677%s|8899AABBCCDDEEFF%s|"}`, begun.Session, part[internalOriginal], part[externalOriginal])
}
