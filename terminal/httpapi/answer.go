package httpapi

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/door"
)

const requestIDHeader = "X-Request-Id"

// outcome collects what the log says of a request.
type outcome struct {
	http.ResponseWriter
	status int
	code   apitype.Code
	quiet  bool // who calls only watches
}

func (o *outcome) WriteHeader(status int) {
	o.status = status
	o.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (o *outcome) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// observed gives each request an id and the log one line of it.
func (a *api) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, id := time.Now(), rand.Text()
		w.Header().Set(requestIDHeader, id)
		o := &outcome{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(o, r)
		path, took := pathOf(a.routes(), r), time.Since(start)
		if o.status != http.StatusSwitchingProtocols { // which lasts as long as somebody listens
			a.operations.Answered(path, o.code, took)
		}
		a.log.Log(r.Context(), o.level(), "request", "id", id, "method", loggedMethod(r.Method), "path", path, "origin", door.Shorten(r.Header.Get("Origin")),
			"status", o.status, "code", string(o.code), "elapsed", took.Round(time.Microsecond))
	})
}

// quietly serves who only watches: a page that is open asks again and again.
func quietly(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if o, ok := w.(*outcome); ok {
			o.quiet = true
		}
		serve(w, r)
	}
}

// level keeps who watches, and who calls without end, from filling the log: of the latter the door tells now and then.
func (o *outcome) level() slog.Level {
	if o.code == apitype.RequestRateLimited || o.quiet && o.code == "" {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// recovered turns a bug into a problem for one caller. The log gets where it was, not what it said: that may hold
// what a card said.
func (a *api) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				a.log.Error("panic", "id", w.Header().Get(requestIDHeader), "stack", string(debug.Stack()))
				writeCode(w, r, apitype.Internal, "")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func writeJSON(w http.ResponseWriter, status int, kind string, v any) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the caller has gone: there is nobody to tell
}

func writeDocument(w http.ResponseWriter, v any) {
	writeJSON(w, http.StatusOK, "application/json", v)
}

func writeProblem(w http.ResponseWriter, _ *http.Request, p apitype.Problem) {
	p.RequestID = w.Header().Get(requestIDHeader)
	if o, ok := w.(*outcome); ok {
		o.code = p.Code
	}
	writeJSON(w, p.Status, "application/problem+json", p)
}

func writeCode(w http.ResponseWriter, r *http.Request, code apitype.Code, detail string) {
	writeProblem(w, r, apitype.NewProblem(code, detail))
}

func writeError(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, r, terminal.AsError(err).Problem())
}

// writeBodyError answers for a body that readBody refused.
func writeBodyError(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		writeCode(w, r, apitype.RequestTooLarge, "")
		return
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		problem := apitype.NewProblem(apitype.Timeout, "the body did not come in time")
		problem.Status = http.StatusRequestTimeout
		writeProblem(w, r, problem)
		return
	}
	writeCode(w, r, apitype.RequestInvalid, err.Error())
}
