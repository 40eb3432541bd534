//go:build cgo

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/function"
)

const (
	probeTime = 2 * time.Second
	maxAnswer = 1 << 20
)

// daemon calls the functions over HTTP.
type daemon struct {
	url    string
	client http.Client
}

var _ way = (*daemon)(nil)

// newDaemon has each call on a connection of its own: one that cannot be made is a call that was not made, and may be
// made elsewhere.
func newDaemon(url string) *daemon {
	return &daemon{url: url, client: http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
}

// daemonURL is the address given, or the one of the configuration. It must be of this machine: what goes over it is not
// encrypted.
func daemonURL(given string, cfg config.Config) (string, error) {
	if given == "" {
		return cfg.URL(), nil
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
		return "", fmt.Errorf("%w: %s: not http://HOST:PORT", config.ErrInvalid, envURL)
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("%w: %s: %s is not a loopback address", config.ErrInvalid, envURL, u.Hostname())
	}
	return "http://" + u.Host, nil
}

// answers reports whether a daemon of ours is there.
func (d *daemon) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+"/v1/health", nil)
	if err != nil {
		return false
	}
	answer, err := d.client.Do(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	var health apitype.Health
	err = json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&health)
	return err == nil && health.Status != "" && health.Version != ""
}

func (d *daemon) call(ctx context.Context, name string, params function.Params) (result function.Result, err error) {
	bearer, err := token()
	if err != nil {
		return result, err
	}
	body, err := json.Marshal(params)
	if err != nil {
		return result, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/v1/functions/"+name, bytes.NewReader(body))
	if err != nil {
		return result, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+bearer)
	answer, err := d.client.Do(request)
	if err != nil {
		return result, lost(err)
	}
	defer answer.Body.Close()
	return understand(answer.StatusCode, io.LimitReader(answer.Body, maxAnswer))
}

// lost tells a call that the daemon never saw from one whose answer did not come.
func lost(err error) error {
	var network *net.OpError
	switch {
	case errors.As(err, &network) && network.Op == "dial":
		return fmt.Errorf("%w: %w", errGone, err)
	case errors.Is(err, context.DeadlineExceeded):
		return &problem{apitype.Timeout}
	}
	return fmt.Errorf("%w: %w", errBroken, err)
}

// understand takes a result, or the problem that kept the function from being called.
func understand(status int, body io.Reader) (result function.Result, err error) {
	decoder := json.NewDecoder(body)
	if status == http.StatusOK {
		if err := decoder.Decode(&result); err != nil {
			return result, fmt.Errorf("%w: %w", errBroken, err)
		}
		return result, nil
	}
	if status == http.StatusNotFound {
		return result, function.ErrUnknown
	}
	var p apitype.Problem
	if err := decoder.Decode(&p); err != nil {
		return result, fmt.Errorf("%w: %w", errBroken, err)
	}
	return result, &problem{p.Code}
}

// token is read for each call: the daemon may have been given a new one.
func token() (string, error) {
	if token := os.Getenv(envToken); token != "" {
		return token, nil
	}
	return wiring.ReadToken(wiring.DefaultStateDir())
}
