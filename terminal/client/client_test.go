package client_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/reader"
	"sscard/reader/softcard"
	"sscard/reader/virtual"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/door"
	"sscard/terminal/event"
	"sscard/terminal/function"
	"sscard/terminal/httpapi"
	"sscard/terminal/profile"
	"sscard/testdata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	slot  = "Counter 1 00 00"
	token = "9f4c2a7be1d05836"
)

// daemon is one life of the daemon.
type daemon struct {
	driver *virtual.Driver
	server *httpapi.Server
	stop   func()
}

// start begins a daemon at the address, with a card in its reader.
func start(t *testing.T, address string) (d *daemon, url string) {
	t.Helper()
	profiles, err := profile.Load("")
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	d = &daemon{driver: virtual.New(slot)}
	require.NoError(t, d.driver.Insert(slot, card(t, "gen2")))
	pool, events := reader.NewPool(d.driver, reader.Config{}), event.NewHub()
	pool.Follow(events.Observe)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() { pool.Run(ctx); ended <- struct{}{} }()
	require.NoError(t, pool.Ready(ctx))

	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	counter := terminal.New(terminal.Config{Pool: pool, Profiles: profiles, Log: log, Identified: events.Identified})
	d.server, err = httpapi.NewServer(httpapi.Config{
		Terminal: counter, Functions: function.New(counter, function.Config{}), Port: listener.Addr().(*net.TCPAddr).Port,
		Door: door.New(door.Config{Token: token, Log: log}), Version: apitype.Version{Version: "1.2.3"}, Events: events, Log: log,
	})
	require.NoError(t, err)
	go func() { _ = d.server.Serve(listener); ended <- struct{}{} }()
	d.stop = func() {
		_ = d.server.Close()
		counter.Close()
		cancel()
		<-ended
		<-ended
	}
	return d, "http://" + listener.Addr().String()
}

func card(t *testing.T, name string) *softcard.Card {
	t.Helper()
	f, err := testdata.Cards.Open("cards/" + name + ".yaml")
	require.NoError(t, err)
	defer f.Close()
	card, err := softcard.Load(f)
	require.NoError(t, err)
	return card
}

// calls is a client with connections of its own, which end with the test.
func calls(t *testing.T, url string) *client.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &client.Client{BaseURL: url, Token: token, HTTP: &http.Client{Transport: transport}}
}

func TestCalls(t *testing.T) {
	d, url := start(t, "127.0.0.1:0")
	defer d.stop()
	c := calls(t, url)
	health, err := c.Health(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, health.Cards)
	version, err := c.Version(t.Context())
	require.NoError(t, err)
	require.Equal(t, "1.2.3", version.Version)
	readers, err := c.Readers(t.Context())
	require.NoError(t, err)
	require.Equal(t, slot, readers[0].Name)
	document, err := c.Read(t.Context(), apitype.ReadRequest{Fields: []string{"holder.name"}})
	require.NoError(t, err)
	require.Equal(t, "王小明", document.Holder.Get("name"))
	result, err := c.Function(t.Context(), "iReadCardBas", map[string]any{"iType": 9})
	require.NoError(t, err)
	require.Equal(t, -14, result.Return)
}

func TestRefusals(t *testing.T) {
	d, url := start(t, "127.0.0.1:0")
	defer d.stop()
	require.NoError(t, d.driver.Eject(slot))
	another := httptest.NewServer(http.NotFoundHandler())
	defer another.Close()
	tests := []struct {
		name   string
		change func(c *client.Client)
		call   func(c *client.Client) error
		code   apitype.Code // empty: it is not the daemon's word
	}{
		{"no card", keep, read, apitype.CardAbsent},
		{"no token", func(c *client.Client) { c.Token = "" }, read, apitype.RequestUnauthorized},
		{"no such function", keep, func(c *client.Client) error {
			_, err := c.Function(t.Context(), "iReadCardBas/../../health", nil)
			return err
		}, apitype.RequestInvalid},
		{"events without a token", func(c *client.Client) { c.Token = "wrong" }, firstError, apitype.RequestUnauthorized},
		{"another program on the port", func(c *client.Client) { c.BaseURL = another.URL }, read, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := calls(t, url)
			test.change(c)
			err := test.call(c)
			require.Error(t, err)
			var refused *client.Error
			if test.code == "" {
				require.NotErrorAs(t, err, &refused)
				require.ErrorContains(t, err, "not an answer of sscard")
				return
			}
			require.ErrorAs(t, err, &refused)
			require.Equal(t, test.code, refused.Code)
			require.NotEmpty(t, refused.Hint.ZH)
		})
	}
}

func keep(*client.Client) {}

func read(c *client.Client) error {
	_, err := c.Read(context.Background(), apitype.ReadRequest{})
	return err
}

// firstError takes events to the end, which an error must be.
func firstError(c *client.Client) (last error) {
	for _, err := range c.Events(context.Background()) {
		last = err
	}
	return last
}

// The zero value asks at the usual address.
func TestZeroClient(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var c client.Client
	_, err := c.Health(ctx)
	require.ErrorContains(t, err, client.DefaultURL+"/v1/health")
	require.ErrorIs(t, err, context.Canceled)
}
