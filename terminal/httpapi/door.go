package httpapi

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"
	"strconv"
	"strings"

	"sscard/terminal"
	"sscard/terminal/apitype"
)

// door decides who comes in, before any routing.
//
//   - Host must be a loopback name with our port: a page that had its own name resolve to this machine
//     is turned away.
//   - A request with an Origin comes from a web page. The origin must be on the allow-list, exactly. Our own
//     console is no page on the list: it needs the token, as programs do.
//   - A request without an Origin comes from a program. It needs the token, but for what is open.
type door struct {
	port    int
	origins []Origin
	token   string
	routes  []route
	next    http.Handler
}

// caller is who came in. Fields is what it may read; nil is all.
type caller struct {
	Origin string // empty: a program with the token
	Fields []string
}

type callerKey struct{}

func callerOf(r *http.Request) caller {
	c, _ := r.Context().Value(callerKey{}).(caller)
	return c
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Origin")
	if !d.ourHost(r.Host) {
		writeCode(w, r, apitype.RequestHostDenied, "")
		return
	}
	c, code := d.admit(r, accessOf(d.routes, r))
	if code != "" {
		writeCode(w, r, code, "")
		return
	}
	if c.Origin != "" {
		h.Set("Access-Control-Allow-Origin", c.Origin)
		h.Set("Access-Control-Expose-Headers", "X-Request-Id")
		if r.Method == http.MethodOptions {
			preflight(w)
			return
		}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	ctx := terminal.WithCaller(context.WithValue(r.Context(), callerKey{}, c), c.named(h.Get(requestIDHeader)))
	d.next.ServeHTTP(w, r.WithContext(ctx))
}

// preflight answers a browser that asks before it lets a page call, with what local-network access wants too.
func preflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Content-Type, Authorization")
	h.Set("Access-Control-Allow-Private-Network", "true")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// admit tells who the caller is, or with which code it stays outside.
func (d *door) admit(r *http.Request, wanted access) (caller, apitype.Code) {
	origins := r.Header.Values("Origin")
	if len(origins) > 1 {
		return caller{}, apitype.RequestOriginDenied
	}
	for _, o := range d.origins {
		if len(origins) == 1 && o.Origin == origins[0] {
			if wanted == tokenOnly {
				return caller{}, apitype.RequestOriginDenied
			}
			return caller(o), ""
		}
	}
	if len(origins) == 1 && origins[0] != "http://"+r.Host {
		return caller{}, apitype.RequestOriginDenied
	}
	if wanted != anyone && !d.hasToken(r) {
		return caller{}, apitype.RequestUnauthorized
	}
	return caller{}, ""
}

func (d *door) hasToken(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && d.token != "" &&
		subtle.ConstantTimeCompare([]byte(token), []byte(d.token)) == 1
}

// ourHost takes localhost and loopback addresses, with our port; the port may only be left out where it is HTTP's own.
func (d *door) ourHost(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), "80"
	}
	if port != strconv.Itoa(d.port) {
		return false
	}
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || (ip != nil && ip.IsLoopback())
}
