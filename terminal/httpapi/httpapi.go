// Package httpapi serves the terminal's use cases to counter software on the same machine: HTTP with JSON
// on loopback, and a console page. It has no business logic: a handler decodes, calls the terminal and
// encodes. Errors are RFC 9457 problems with the codes of apitype.
//
// Every request of every port passes one door first (package door). Nothing that a request or a card says is logged but codes and names.
package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/door"
	"sscard/terminal/event"
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
	Door      *door.Door // who may call: one for all servers
	Port      int        // that callers must name in Host
	Version   apitype.Version
	TestKeys  bool              // told by health
	Desk      *terminal.PINDesk // where PINs are entered at our page; nil: they are not
	Events    *event.Hub        // what GET /v1/events tells
	Audit     AuditTrail        // what GET /v1/audit shows; nil: nothing
	Log       *slog.Logger

	Operations Operations // what else there is to watch and to steer
}

// api is the handlers' receiver.
type api struct {
	terminal  *terminal.Terminal
	functions *function.Library
	door      *door.Door
	version   apitype.Version
	testKeys  bool
	desk      *terminal.PINDesk
	log       *slog.Logger
	events    *event.Hub
	sockets   *sockets
	audit     AuditTrail

	operations Operations
	ending     context.Context // ends when the server does
}

// route is one path and method, and for whom it is. What is served quietly is for who watches, or the page itself.
type route struct {
	method, path string
	access       door.Access
	serve        http.HandlerFunc
}

const (
	callers     = door.Callers
	tokenOnly   = door.TokenOnly
	tokenItself = door.TokenItself
	ownPage     = door.OwnPage
	anyone      = door.Anyone
	anyOrigin   = door.AnyOrigin
)

func (a *api) routes() []route {
	return []route{
		{"GET", "/{$}", anyone, quietly(serveConsole)},
		{"GET", "/console/{file}", anyone, quietly(serveConsole)},
		{"GET", "/v1/health", anyone, quietly(a.health)},
		{"GET", "/v1/probe", anyOrigin, quietly(a.probe)},
		{"GET", "/v1/openapi.yaml", anyone, serveOpenAPI},
		{"GET", "/v1/version", callers, a.getVersion},
		{"GET", "/v1/words", callers, a.words},
		{"GET", "/v1/readers", callers, a.readers},
		{"POST", "/v1/read", callers, a.read},
		{"POST", "/v1/read/begin", callers, a.beginRead},
		{"POST", "/v1/read/finish", callers, a.finishRead},
		{"POST", "/v1/verify", callers, a.verify},
		{"POST", "/v1/functions/{name}", callers, a.function},
		{"GET", "/v1/pin", tokenOnly, quietly(a.prompts)},
		{"POST", "/v1/pin/{id}", tokenOnly, a.answerPrompt},
		{"GET", "/v1/events", callers, a.serveEvents},
		{"GET", "/compat", callers, a.compat},
		{"GET", "/metrics", tokenOnly, quietly(a.operations.Metrics.ServeHTTP)},
		{"POST", "/v1/reload", tokenOnly, a.reload},
		{"GET", "/v1/audit", tokenOnly, quietly(a.auditTail)},
		{"GET", "/v1/log", tokenOnly, quietly(a.logTail)},
		{"GET", "/v1/trace", tokenOnly, quietly(a.traceState)},
		{"POST", "/v1/trace", tokenOnly, a.startTrace},
		{"DELETE", "/v1/trace", tokenOnly, a.discardTrace},
		{"POST", "/v1/trace/stop", tokenOnly, a.stopTrace},
		{"GET", "/v1/doctor", tokenOnly, quietly(a.doctorProgress)},
		{"POST", "/v1/doctor", tokenOnly, a.doctor},
		{"GET", "/v1/origins", tokenOnly, quietly(a.origins)},
		{"POST", "/v1/origins", tokenOnly, a.allowOrigin},
		{"DELETE", "/v1/origins", tokenOnly, a.denyOrigin},
		{"POST", "/v1/token/rotate", tokenItself, a.rotateToken},
		{"POST", "/v1/console", tokenItself, a.newConsoleCode},
		{"POST", "/v1/console/session", ownPage, a.openConsole},
		{"DELETE", "/v1/console/session", tokenOnly, a.closeConsole},
	}
}

// compatRoutes are those of the second port, where old pages expect nothing but their WebSocket.
func (a *api) compatRoutes() []route {
	return []route{{"GET", "/{$}", callers, a.compat}, {"GET", "/compat", callers, a.compat}}
}

// NewServer returns a server with its limits set; the caller gives it a listener. It fails where an origin's fields
// are not known.
func NewServer(cfg Config) (*Server, error) { return newServer(cfg, (*api).routes) }

// NewCompatServer returns a server for the second port, with the same door.
func NewCompatServer(cfg Config) (*Server, error) { return newServer(cfg, (*api).compatRoutes) }

func newServer(cfg Config, routesOf func(*api) []route) (*Server, error) {
	a := &api{terminal: cfg.Terminal, functions: cfg.Functions, door: cfg.Door, version: cfg.Version, testKeys: cfg.TestKeys, desk: cmp.Or(cfg.Desk, &terminal.PINDesk{}), log: cfg.Log,
		events: cfg.Events, audit: cfg.Audit, operations: cfg.Operations.orNothing(), sockets: &sockets{open: make(map[*socket]struct{})}}
	for _, o := range cfg.Door.Origins().Allowed {
		if err := a.checkFields(o.Fields); err != nil {
			return nil, fmt.Errorf("origin %s: %w", o.Origin, err)
		}
	}
	routes := routesOf(a)
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.method+" "+r.path, r.serve)
	}
	mux.HandleFunc("/", notFound(routes))
	gate := &gate{door: cfg.Door, port: cfg.Port, routes: routes, next: mux}
	server := &http.Server{
		Handler:           a.observed(a.recovered(gate)),
		Protocols:         http1(), // one request at a time on a connection, so that connections are counted rightly
		ConnContext:       cfg.Door.ConnContext,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      requestTime + maxTimeout,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,

		DisableGeneralOptionsHandler: true, // or "OPTIONS *" would be answered without the door
		ErrorLog:                     slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	var end context.CancelFunc
	a.ending, end = context.WithCancel(context.Background())
	server.RegisterOnShutdown(end)
	return &Server{Server: server, api: a, sockets: a.sockets, door: cfg.Door}, nil
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
	problem := apitype.NewProblem(apitype.RequestInvalid, "no such path")
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

func http1() *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	return &p
}
