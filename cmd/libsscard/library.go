//go:build cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"sscard/cmd/internal/wiring"
	"sscard/reader/pcsc"
	"sscard/terminal/config"
	"sscard/terminal/function"
)

// callTime bounds a function, as the daemon does: a person may have to enter a PIN.
const callTime = time.Minute

// way is where functions are called: at the daemon, or in this process.
type way interface {
	call(ctx context.Context, name string, params function.Params) (function.Result, error)
}

// errGone says that the daemon was not there to take the call, which it has not seen.
var errGone = fmt.Errorf("%w: it is gone", errBroken)

// library goes one way: the daemon's while it is there, and from then on its own.
type library struct {
	mu  sync.Mutex
	way way // nil: to be decided
}

func (l *library) call(name string, values []string) function.Result {
	params, err := function.ParseParams(name, values)
	if err != nil {
		return failure(err)
	}
	result, err := l.try(name, params)
	if errors.Is(err, errGone) {
		result, err = l.try(name, params)
	}
	if err != nil {
		return failure(err)
	}
	return result
}

func (l *library) try(name string, params function.Params) (function.Result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	w, err := l.decided(ctx)
	if err != nil {
		return function.Result{}, err
	}
	result, err := w.call(ctx, name, params)
	if errors.Is(err, errGone) {
		l.forget(w)
	}
	return result, err
}

func (l *library) decided(ctx context.Context) (_ way, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.way == nil {
		l.way, err = decide(ctx)
	}
	return l.way, err
}

// forget has the next call decide anew, where no other has done so already.
func (l *library) forget(w way) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.way == w {
		l.way = nil
	}
}

// Where the library looks. The configuration is the daemon's; without a file its defaults hold.
const (
	envConfig = "SSCARD_CONFIG"
	envURL    = "SSCARD_URL"
	envToken  = "SSCARD_TOKEN"
)

// decide takes the daemon's way where one answers.
func decide(ctx context.Context) (way, error) {
	cfg := config.Default()
	if path := os.Getenv(envConfig); path != "" {
		var err error
		if cfg, err = config.Load(path); err != nil {
			return nil, err
		}
	}
	url, err := daemonURL(os.Getenv(envURL), cfg)
	if err != nil {
		return nil, err
	}
	d := newDaemon(url)
	if d.answers(ctx) {
		return d, nil
	}
	e, err := wiring.Equip(ctx, pcsc.New(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return &local{function.New(e.Terminal, wiring.PINEntry(cfg.PIN.Entry, nil))}, nil
}

// local calls the functions in this process, on a terminal that lasts as long as it does.
type local struct{ functions *function.Library }

var _ way = (*local)(nil)

func (l *local) call(ctx context.Context, name string, params function.Params) (function.Result, error) {
	result, err := l.functions.Call(wiring.AsLocalUser(ctx), name, params)
	if err != nil {
		return result, fmt.Errorf("%s: %w", name, err)
	}
	return result, nil
}
