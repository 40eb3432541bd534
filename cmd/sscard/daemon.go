package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"sscard/reader"
	"sscard/terminal/config"
	"sscard/terminal/httpapi"
)

// stopTime is how long the requests under way may take when the daemon is told to stop.
const stopTime = 5 * time.Second

// daemon is a terminal that serves HTTP.
type daemon struct {
	*equipment
	url, token, tokenPath string

	server *http.Server
	ended  chan error
}

// startDaemon listens first: a port that is taken is the one thing to fail from before anything is touched.
func startDaemon(ctx context.Context, cfg config.Config, d reader.Driver, stateDir string, log *slog.Logger) (*daemon, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, err
	}
	s, err := newDaemon(ctx, cfg, d, stateDir, listener, log)
	if err != nil {
		listener.Close()
		return nil, err
	}
	go func() { s.ended <- s.server.Serve(listener) }()
	return s, nil
}

func newDaemon(ctx context.Context, cfg config.Config, d reader.Driver, stateDir string, listener net.Listener, log *slog.Logger) (*daemon, error) {
	token, path, err := loadToken(stateDir)
	if err != nil {
		return nil, err
	}
	e, err := equip(ctx, d, cfg, log)
	if err != nil {
		return nil, err
	}
	server, err := httpapi.NewServer(httpapi.Config{
		Terminal: e.terminal, Port: listener.Addr().(*net.TCPAddr).Port, Origins: origins(cfg.Origins),
		Token: token, Version: version(), Log: log,
	})
	if err != nil {
		e.stop()
		return nil, fmt.Errorf("%w: %w", config.ErrInvalid, err)
	}
	return &daemon{
		equipment: e, url: "http://" + listener.Addr().String(), token: token, tokenPath: path,
		server: server, ended: make(chan error, 1),
	}, nil
}

func origins(list []config.Origin) []httpapi.Origin {
	origins := make([]httpapi.Origin, len(list))
	for i, o := range list {
		origins[i] = httpapi.Origin(o)
	}
	return origins
}

// wait serves until ctx ends or serving fails, lets the requests under way finish, and gives the readers back.
func (s *daemon) wait(ctx context.Context) error {
	defer s.stop()
	select {
	case err := <-s.ended:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	<-s.ended
	return err
}
