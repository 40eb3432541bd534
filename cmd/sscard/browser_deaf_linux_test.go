package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/door"
)

// A page that hears no events shows no holder, though its requests are answered: nobody would tell it that the card has left.
func TestConsoleHearsNothing(t *testing.T) {
	needBrowser(t)
	slot := stack.Readers()[0]
	s := serving(t, withSAM())
	w := between(t, s.url)
	code, err := s.ConsoleCode(t.Context())
	require.NoError(t, err)
	d := &desk{blank(t, w.URL), s}
	d.visits(door.ConsoleURL(w.URL, code.Code))
	d.sees("body[data-state=ready]", "#readers [data-reader]")
	d.putsSAM()
	d.puts(slot, builtIn(t, "gen2"), "identified")
	d.clicks(d.at(slot) + " [data-act=read]")
	d.sees("#card[data-state=read]")

	w.breakSockets()
	d.sees("body[data-state=lost]", "#card[data-state=empty]")
	d.misses(`[data-field="holder.name"]`)

	w.mend()
	d.sees("body[data-state=ready]", d.at(slot)+"[data-card=identified]")
}

// wire is a way to the daemon that can lose WebSockets and nothing else.
type wire struct {
	*httptest.Server
	mu    sync.Mutex
	whole context.Context // ends when its WebSockets break; nil: none gets through
	cut   context.CancelFunc
}

func between(t *testing.T, daemon string) *wire {
	target, err := url.Parse(daemon)
	require.NoError(t, err)
	w := &wire{}
	w.mend()
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		if r.In.Header.Get("Origin") == w.URL {
			r.Out.Header.Set("Origin", daemon)
		}
	}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			proxy.ServeHTTP(rw, r)
			return
		}
		whole := w.sockets()
		if whole == nil {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		ctx, end := context.WithCancel(r.Context())
		defer end()
		defer context.AfterFunc(whole, end)()
		proxy.ServeHTTP(rw, r.WithContext(ctx))
	}))
	t.Cleanup(func() { w.breakSockets(); w.Close() })
	return w
}

func (w *wire) sockets() context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.whole
}

func (w *wire) breakSockets() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut()
	w.whole = nil
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.whole, w.cut = context.WithCancel(context.Background())
}
