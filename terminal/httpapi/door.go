package httpapi

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/door"
)

// gate stands before the routes of one port and asks the door who may pass.
type gate struct {
	door   *door.Door
	port   int
	routes []route
	next   http.Handler
}

// caller is who was let in.
type caller struct{ door.Caller }

type callerKey struct{}

func callerOf(r *http.Request) caller {
	c, _ := r.Context().Value(callerKey{}).(caller)
	return c
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin") // nor in a page's <img> or <script>: there no Origin is sent
	h.Add("Vary", "Origin")
	admitted, refusal := g.door.Admit(r, g.ask(r))
	if refusal != nil {
		refuse(w, r, refusal)
		return
	}
	share(h, admitted.Origin)
	ctx, leave, refusal := g.door.Enter(r, admitted)
	if refusal != nil {
		writeRefusal(w, r, refusal)
		return
	}
	defer leave()
	if admitted.Origin != "" && r.Method == http.MethodOptions {
		preflight(w, r)
		return
	}
	if !isPlain(r.URL) {
		writeNoSuchPath(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	c := caller{admitted}
	ctx = terminal.WithCaller(context.WithValue(ctx, callerKey{}, c), c.named(h.Get(requestIDHeader)))
	g.next.ServeHTTP(w, r.WithContext(ctx))
}

// share lets a page of the origin read the answer.
func share(h http.Header, origin string) {
	if origin == "" {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
}

// refuse answers for who does not come in. A page that may read why is let ask: the call itself tells.
func refuse(w http.ResponseWriter, r *http.Request, refusal *door.Refusal) {
	share(w.Header(), refusal.Origin)
	if refusal.Origin != "" && r.Method == http.MethodOptions {
		preflight(w, r)
		return
	}
	writeRefusal(w, r, refusal)
}

// isPlain takes paths that the mux takes as they stand: it would redirect from // and .., and take what hides a slash for
// another route than [route.matches] does.
func isPlain(u *url.URL) bool {
	clean := path.Clean(u.Path)
	if clean != "/" && strings.HasSuffix(u.Path, "/") {
		clean += "/"
	}
	return u.Path == clean && !strings.Contains(strings.ToLower(u.EscapedPath()), "%2f")
}

// ask is what the request is for, in words of ours: its own may be anybody's. A browser that asks before it lets a page call is
// told what the call would be told.
func (g *gate) ask(r *http.Request) door.Ask {
	wanted := r.Method
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		wanted = r.Header.Get("Access-Control-Request-Method")
	}
	ask := door.Ask{Port: g.port, What: loggedMethod(wanted) + " " + pathOf(g.routes, r), Access: callers}
	for _, route := range g.routes {
		if route.matches(r.URL.Path) && (wanted == route.method || wanted == http.MethodHead && route.method == http.MethodGet) {
			ask.Access = route.access
			return ask
		}
	}
	return ask
}

// loggedMethod is the method where it is one of HTTP's. Others say what they like.
func loggedMethod(method string) string {
	known := []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
	if slices.Contains(known, method) {
		return method
	}
	return "other"
}

// pathOf is that of the route that the request is for.
func pathOf(routes []route, r *http.Request) string {
	for _, route := range routes {
		if route.matches(r.URL.Path) {
			return strings.TrimSuffix(route.path, "{$}")
		}
	}
	return "other"
}

// preflight answers a browser that asks before it lets a page call, and where it asks for leave to come from
// the network to this machine (private network access), gives that too. Its successor, local network access, asks nothing of us.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Content-Type, Authorization")
	h.Set("Access-Control-Max-Age", "600")
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	w.WriteHeader(http.StatusNoContent)
}

// writeRefusal answers for who does not come in.
func writeRefusal(w http.ResponseWriter, r *http.Request, refusal *door.Refusal) {
	if refusal.Code == apitype.RequestRateLimited {
		seconds := max(1, math.Ceil(refusal.After.Seconds()))
		w.Header().Set("Retry-After", strconv.FormatFloat(seconds, 'f', 0, 64))
	}
	writeCode(w, r, refusal.Code, refusal.Detail)
}

// spendPIN lets the caller try a PIN now, or answers that it is too soon.
func (a *api) spendPIN(w http.ResponseWriter, r *http.Request) bool {
	refusal := a.door.PIN(callerOf(r).Caller)
	if refusal != nil {
		writeRefusal(w, r, refusal)
	}
	return refusal == nil
}
