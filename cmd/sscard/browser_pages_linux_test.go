package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
)

// pages are servers as halls have them: the files of this repository, over HTTPS and over HTTP. Every name that ends in
// .example is theirs. The browser takes their addresses for some of the public network, so that it asks the person before
// it lets a page of theirs call this machine; near is the same at an address of this machine.
type pages struct{ secure, plain, near *httptest.Server }

const hallPage = "/cmd/sscard/testdata/browser/hall.html"

func servePages() *pages {
	files := http.FileServer(http.Dir("../.."))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if policy := r.URL.Query().Get("policy"); policy != "" {
			w.Header().Set("Permissions-Policy", policy)
		}
		if daemon := r.URL.Query().Get("daemon"); daemon != "" {
			serveFor(w, r, daemon)
			return
		}
		files.ServeHTTP(w, r)
	})
	return &pages{httptest.NewTLSServer(handler), httptest.NewServer(handler), httptest.NewServer(handler)}
}

// serveFor gives a page as if it had been written for a daemon that listens elsewhere than usual.
func serveFor(w http.ResponseWriter, r *http.Request, daemon string) {
	page, err := fs.ReadFile(os.DirFS("../.."), strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(bytes.ReplaceAll(page, []byte("127.0.0.1:17420"), []byte(daemon)))
}

func (p *pages) close() {
	for _, s := range []*httptest.Server{p.secure, p.plain, p.near} {
		s.CloseClientConnections()
		s.Close()
	}
}

// addressSpaces tells the browser what to take the servers for.
func (p *pages) addressSpaces() string {
	return fmt.Sprintf("%s=public,%s=public", p.secure.Listener.Addr(), p.plain.Listener.Addr())
}

// origin is that of the host at a server.
func origin(host string, s *httptest.Server) string {
	at, err := url.Parse(s.URL)
	if err != nil {
		panic(err)
	}
	return at.Scheme + "://" + host + ":" + at.Port()
}
