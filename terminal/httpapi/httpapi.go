// Package httpapi serves the terminal's use cases to counter software on the same machine: HTTP with JSON
// on loopback, and a console page. It has no business logic: a handler decodes, calls the terminal and
// encodes. Errors are RFC 9457 problems with the codes of apitype.
//
// Every request passes one door first (door.go): a loopback Host with our port, an Origin on the allow-list
// or the bearer token. Nothing that a request or a card says is logged but codes and names.
package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/function"
)

// Limits of a request.
const (
	maxBody        = 64 << 10
	maxHeader      = 16 << 10
	headerTime     = 5 * time.Second
	requestTime    = 10 * time.Second
	idleTime       = time.Minute
	defaultTimeout = 5 * time.Second
	maxTimeout     = time.Minute
)

// Config is what the API needs.
type Config struct {
	Terminal  *terminal.Terminal
	Functions *function.Library
	Port      int      // that callers must name in Host
	Origins   []Origin // that may call
	Token     string   // for callers without an Origin
	Version   apitype.Version
	TestKeys  bool              // told by health
	Desk      *terminal.PINDesk // where PINs are entered at our page; nil: they are not
	Log       *slog.Logger
}

// Origin is a web origin that may call. Fields limits what it may read; nil is no limit.
type Origin struct {
	Origin string
	Fields []string
}

// api is the handlers' receiver.
type api struct {
	terminal  *terminal.Terminal
	functions *function.Library
	version   apitype.Version
	testKeys  bool
	desk      *terminal.PINDesk
	log       *slog.Logger
}

// route is one path and method, and for whom it is.
type route struct {
	method, path string
	access       access
	serve        http.HandlerFunc
}

// access says for whom a route is.
type access int

const (
	callers   access = iota // allowed origins and programs with the token
	tokenOnly               // programs with the token, and our own page with it: no page of another origin
	anyone                  // who reaches the door: it tells nothing about cards
)

func (a *api) routes() []route {
	return []route{
		{"GET", "/{$}", anyone, serveConsole},
		{"GET", "/console/{file}", anyone, serveConsole},
		{"GET", "/v1/health", anyone, a.health},
		{"GET", "/v1/version", callers, a.getVersion},
		{"GET", "/v1/readers", callers, a.readers},
		{"POST", "/v1/read", callers, a.read},
		{"POST", "/v1/read/begin", callers, a.beginRead},
		{"POST", "/v1/read/finish", callers, a.finishRead},
		{"POST", "/v1/functions/{name}", callers, a.function},
		{"GET", "/v1/pin", tokenOnly, a.prompts},
		{"POST", "/v1/pin/{id}", tokenOnly, a.answerPrompt},
		{"GET", "/compat", callers, a.compat},
	}
}

// compatRoutes are those of the second port, where old pages expect nothing but their WebSocket.
func (a *api) compatRoutes() []route {
	return []route{{"GET", "/{$}", callers, a.compat}, {"GET", "/compat", callers, a.compat}}
}

// NewServer returns a server with its limits set; the caller gives it a listener. It fails where an origin's fields
// are not known.
func NewServer(cfg Config) (*http.Server, error) { return newServer(cfg, (*api).routes) }

// NewCompatServer returns a server for the second port, with the same door.
func NewCompatServer(cfg Config) (*http.Server, error) { return newServer(cfg, (*api).compatRoutes) }

func newServer(cfg Config, routesOf func(*api) []route) (*http.Server, error) {
	for _, o := range cfg.Origins {
		for _, field := range o.Fields {
			if !cfg.Terminal.KnownField(field) {
				return nil, fmt.Errorf("origin %s: no such field: %q", o.Origin, field)
			}
		}
	}
	a := &api{terminal: cfg.Terminal, functions: cfg.Functions, version: cfg.Version, testKeys: cfg.TestKeys, desk: cfg.Desk, log: cfg.Log}
	routes := routesOf(a)
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.method+" "+r.path, r.serve)
	}
	mux.HandleFunc("/", notFound(routes))
	door := &door{port: cfg.Port, origins: cfg.Origins, token: cfg.Token, routes: routes, next: mux}
	return &http.Server{
		Handler:           a.observed(a.recovered(door)),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      requestTime + maxTimeout,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}, nil
}

// notFound answers for what no route matches: a wrong method on a known path, or an unknown path.
func notFound(routes []route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var methods []string
		for _, route := range routes {
			if route.matches(r.URL.Path) {
				methods = append(methods, route.method)
			}
		}
		if len(methods) == 0 {
			writeNoSuchPath(w, r)
			return
		}
		w.Header().Set("Allow", strings.Join(methods, ", "))
		problem := apitype.NewProblem(apitype.RequestInvalid, "method not allowed: "+r.Method)
		problem.Status = http.StatusMethodNotAllowed
		writeProblem(w, r, problem)
	}
}

func writeNoSuchPath(w http.ResponseWriter, r *http.Request) {
	problem := apitype.NewProblem(apitype.RequestInvalid, "no such path: "+r.URL.Path)
	problem.Status = http.StatusNotFound
	writeProblem(w, r, problem)
}

// matches reports whether the path is the route's, as the mux would have it.
func (r route) matches(path string) bool {
	folder, wildcard, _ := strings.Cut(r.path, "{")
	rest, under := strings.CutPrefix(path, folder)
	if wildcard == "" || wildcard == "$}" {
		return under && rest == ""
	}
	return under && rest != "" && !strings.Contains(rest, "/")
}

// accessOf is that of the route that the request is for; what is no route is for callers to be told so.
func accessOf(routes []route, r *http.Request) access {
	for _, route := range routes {
		if route.matches(r.URL.Path) && (r.Method == route.method || r.Method == http.MethodHead && route.method == http.MethodGet) {
			return route.access
		}
	}
	return callers
}
