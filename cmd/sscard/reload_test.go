package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/reader/virtual"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
)

const window = "Window 1 Contact 00 00"

// reloadable is a daemon whose configuration file can be changed.
type reloadable struct {
	*daemon
	*client.Client
	t     *testing.T
	file  string
	level *slog.LevelVar
}

// write changes the file; the address stays.
func (r *reloadable) write(yaml string) {
	require.NoError(r.t, os.WriteFile(r.file, []byte("listen: 127.0.0.1:0\n"+yaml), 0o600))
}

func startReloadable(t *testing.T, d *virtual.Driver) *reloadable {
	t.Helper()
	dir := t.TempDir()
	r := &reloadable{t: t, file: filepath.Join(dir, "sscard.yaml"), level: &slog.LevelVar{}}
	r.write("")
	p := &program{configFile: r.file, stateDir: dir}
	cfg, err := p.served("")
	require.NoError(t, err)
	r.daemon, err = setup{
		config: cfg, renewed: func() (config.Config, error) { return p.served("") },
		driver: d, log: slog.New(slog.DiscardHandler), level: r.level,
	}.start(context.Background())
	require.NoError(t, err)
	r.Client = &client.Client{BaseURL: r.url, Token: r.token}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.wait(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-ended) })
	return r
}

// asked is the status of a page's request.
func (r *reloadable) asked(origin string) int {
	return statusOf(r.t, http.DefaultClient, r.url, http.Header{"Origin": {origin}})
}

func TestReload(t *testing.T) {
	const page = "https://hall.example"
	r := startReloadable(t, virtual.New(window))
	require.Equal(t, http.StatusForbidden, r.asked(page))

	r.write("origins: [{origin: " + page + "}]\nlog: {level: debug, format: json}\npin: {entry: request}\ntls: {mode: local}\n")
	done, err := r.Client.Reload(t.Context())
	require.NoError(t, err)
	require.Equal(t, apitype.Reloaded{Changed: []string{"origins", "pin.entry", "log.level"}, Restart: []string{"tls.mode", "log.format"}}, done)
	require.Equal(t, http.StatusOK, r.asked(page))
	require.Equal(t, slog.LevelDebug, r.level.Level())
	result, err := r.Function(t.Context(), "iVerifyPIN", map[string]any{"iType": 1, "pPIN": "123456"})
	require.NoError(t, err, "the PIN may be passed now")
	require.NotZero(t, result.Return, "there is no card")

	done, err = r.Client.Reload(t.Context())
	require.NoError(t, err)
	require.Equal(t, apitype.Reloaded{Changed: []string{}, Restart: []string{"tls.mode", "log.format"}}, done, "they still wait")
}

// A file that is wrong changes nothing, whatever is wrong with it, and health says so until it is mended.
func TestReloadRefused(t *testing.T) {
	const page = "https://hall.example"
	for _, row := range []struct{ name, yaml, says string }{
		{"an unknown key", "origin: []", "2: origin: is no key"},
		{"a value out of range", "origins: []\nlimits: {rate: 0}", "3: limits.rate"},
		{"an unknown field", "origins: [{origin: https://b.example, fields: [holder.nmae]}]", "holder.nmae"},
		{"no layouts", "origins: []\nprofiles: {dir: /nowhere/at/all}", "profiles.dir"},
		{"no YAML", "origins: [", "not a YAML object"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := startReloadable(t, virtual.New(window))
			r.write("origins: [{origin: " + page + "}]")
			_, err := r.Client.Reload(t.Context())
			require.NoError(t, err)

			r.write(row.yaml)
			_, err = r.Client.Reload(t.Context())
			var problem *client.Error
			require.ErrorAs(t, err, &problem)
			require.Equal(t, apitype.RequestInvalid, problem.Code)
			require.Contains(t, problem.Detail, row.says)
			require.Equal(t, http.StatusOK, r.asked(page), "the one before is in force")
			health, err := r.Health(t.Context())
			require.NoError(t, err)
			require.Equal(t, apitype.HealthDegraded, health.Status)
			require.Equal(t, apitype.OfConfig, health.Problems[0].Subject)
			require.Contains(t, health.Problems[0].Detail, row.says)

			r.write("")
			_, err = r.Client.Reload(t.Context())
			require.NoError(t, err)
			health, err = r.Health(t.Context())
			require.NoError(t, err)
			require.Equal(t, apitype.HealthOK, health.Status)
			require.Equal(t, http.StatusForbidden, r.asked(page))
		})
	}
}

// Without a file there is nothing to load.
func TestReloadWithoutFile(t *testing.T) {
	s, _ := running(t, virtual.New(window))
	_, err := (&client.Client{BaseURL: s.url, Token: s.token}).Reload(t.Context())
	var problem *client.Error
	require.ErrorAs(t, err, &problem)
	require.Equal(t, apitype.RequestInvalid, problem.Code)
}

// While the configuration changes back and forth every request is answered rightly, a session between its two steps stays,
// and so does a WebSocket.
func TestReloadUnderLoad(t *testing.T) {
	const hsm, callers, each = "Window 2 Contact 00 00", 8, 20
	d := virtual.New(window, hsm)
	require.NoError(t, d.Insert(window, builtIn(t, "gen2")))
	require.NoError(t, d.Insert(hsm, builtIn(t, "gen3")))
	r := startReloadable(t, d)
	page, _, err := websocket.Dial(t.Context(), r.url+"/v1/events", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + r.token}}})
	require.NoError(t, err)
	defer page.CloseNow()
	pending := beginRead(t, r.Client, hsm)

	var all, changing sync.WaitGroup
	stop := make(chan struct{})
	changing.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			r.write(fmt.Sprintf("origins: [{origin: https://%d.example}]\nlimits: {rate: %d}\nlog: {level: %s}", i, 100_000+i, []string{"debug", "info"}[i%2]))
			if _, err := r.Client.Reload(context.Background()); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range callers {
		all.Go(func() {
			for range each {
				document, err := r.Read(context.Background(), apitype.ReadRequest{Reader: window})
				if err != nil || document.Holder.Get("name") != "王小明" {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	close(stop)
	changing.Wait()

	require.Equal(t, apitype.RequestInvalid, finishRead(t, r.Client, pending), "the session is there, its answer is wrong")
	require.NoError(t, d.Eject(window))
	for seen := false; !seen; {
		_, message, err := page.Read(t.Context())
		require.NoError(t, err)
		seen = strings.Contains(string(message), string(apitype.EventCardRemoved))
	}
}
