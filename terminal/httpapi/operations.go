package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

// Operations is what whoever runs the daemon watches it by, and the API has not itself. All of it may be absent.
type Operations struct {
	// Metrics answers GET /metrics.
	Metrics http.Handler
	// Answered is told of each request, but for WebSockets: the path as the routes have it, the code of the problem that
	// it was answered with, or none, and how long it took.
	Answered func(path string, code apitype.Code, took time.Duration)
	// Troubles are those of health that the API cannot see.
	Troubles func() []apitype.Trouble
	// Reload takes the configuration anew. Its error wraps [config.ErrInvalid] where that is wrong, and then all is as
	// before.
	Reload func() (apitype.Reloaded, error)
	// Log gives the last n lines of the log, the oldest first.
	Log func(n int) []apitype.LogRecord
	// Tape records sessions with cards; nil: that cannot be had.
	Tape Tape
	// Doctor looks what is wrong with the machine, within what an answer may take; nil: that cannot be had.
	Doctor func(context.Context) (apitype.DoctorReport, error)
	// Examined is how far the doctor is; nil: there is none.
	Examined func() apitype.DoctorProgress
}

// orNothing has something in each place.
func (o Operations) orNothing() Operations {
	if o.Metrics == nil {
		o.Metrics = http.HandlerFunc(writeNoSuchPath)
	}
	if o.Answered == nil {
		o.Answered = func(string, apitype.Code, time.Duration) {}
	}
	if o.Troubles == nil {
		o.Troubles = func() []apitype.Trouble { return nil }
	}
	if o.Reload == nil {
		o.Reload = func() (apitype.Reloaded, error) { return apitype.Reloaded{}, ErrNoFile }
	}
	if o.Log == nil {
		o.Log = func(int) []apitype.LogRecord { return nil }
	}
	return o
}

// ErrNoFile says that a daemon was started without a configuration file.
var ErrNoFile = errors.New("there is no configuration file")

// reload takes the configuration anew, for who has the token.
func (a *api) reload(w http.ResponseWriter, r *http.Request) {
	changed, err := a.operations.Reload()
	switch {
	case err == nil:
		writeDocument(w, changed)
	case errors.Is(err, config.ErrInvalid), errors.Is(err, ErrNoFile):
		writeCode(w, r, apitype.RequestInvalid, err.Error())
	default:
		writeError(w, r, err)
	}
}
