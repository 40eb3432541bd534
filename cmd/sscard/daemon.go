package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal/config"
	"sscard/terminal/door"
	"sscard/terminal/function"
	"sscard/terminal/httpapi"
)

// stopTime is how long the requests under way may take when the daemon is told to stop.
const stopTime = 5 * time.Second

// daemon is a terminal that serves HTTP.
type daemon struct {
	*wiring.Equipment
	url, token, tokenPath string

	ports []port
	ended chan error
}

// port is a listener and the server behind it: the first is ours, the second that of old pages, where there is one.
type port struct {
	listener net.Listener
	server   *httpapi.Server
}

func (p port) number() int { return p.listener.Addr().(*net.TCPAddr).Port }

// startDaemon listens first: a port that is taken is the one thing to fail from before anything is touched.
func startDaemon(ctx context.Context, cfg config.Config, d reader.Driver, stateDir string, log *slog.Logger) (s *daemon, err error) {
	s = &daemon{}
	defer func() {
		if err != nil {
			s.closePorts()
		}
	}()
	for _, address := range []string{cfg.Listen, cfg.Compat.Listen} {
		if address == "" {
			continue
		}
		var lc net.ListenConfig
		listener, err := lc.Listen(ctx, "tcp", address)
		if err != nil {
			return s, err
		}
		s.ports = append(s.ports, port{listener: listener})
	}
	s.url, s.ended = "http://"+s.ports[0].listener.Addr().String(), make(chan error, len(s.ports))
	if err := s.equip(ctx, cfg, d, stateDir, log); err != nil {
		return s, err
	}
	for _, p := range s.ports {
		go func() { s.ended <- p.server.Serve(p.listener) }()
	}
	return s, nil
}

// equip puts a terminal behind the ports.
func (s *daemon) equip(ctx context.Context, cfg config.Config, d reader.Driver, stateDir string, log *slog.Logger) (err error) {
	who, err := s.openDoor(cfg, wiring.State{Dir: stateDir}, log)
	if err != nil {
		return err
	}
	if s.Equipment, err = wiring.Equip(ctx, d, cfg, log); err != nil {
		return err
	}
	functions, desk := wiring.PINEntry(cfg.PIN.Entry)
	api := httpapi.Config{
		Terminal: s.Terminal, Functions: function.New(s.Terminal, functions), Desk: desk, Door: who,
		Version: version(), TestKeys: cfg.TestKeys != "", Events: s.Events, Log: log,
	}
	for i, serve := range []func(httpapi.Config) (*httpapi.Server, error){httpapi.NewServer, httpapi.NewCompatServer}[:len(s.ports)] {
		api.Port = s.ports[i].number()
		if s.ports[i].server, err = serve(api); err != nil {
			s.Stop()
			return fmt.Errorf("%w: %w", config.ErrInvalid, err)
		}
	}
	if cfg.Events.Identify {
		s.Identify()
	}
	return nil
}

func (s *daemon) closePorts() {
	for _, p := range s.ports {
		p.listener.Close()
	}
}

// openDoor makes the door of all ports from the configuration and what was kept.
func (s *daemon) openDoor(cfg config.Config, state wiring.State, log *slog.Logger) (*door.Door, error) {
	var err error
	if s.token, err = state.Token(); err != nil {
		return nil, err
	}
	kept, err := state.Origins()
	if err != nil {
		return nil, err
	}
	s.tokenPath = state.TokenPath()
	return door.New(door.Config{Token: s.token, Origins: cfg.Origins, Kept: kept, Keeper: state, Limits: cfg.Limits, Log: log}), nil
}

// wait serves until ctx ends or serving fails, lets the requests under way finish, and gives the readers back.
func (s *daemon) wait(ctx context.Context) (err error) {
	defer s.Stop()
	serving := len(s.ports)
	select {
	case err = <-s.ended:
		serving--
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	for _, p := range s.ports {
		if errors.Is(p.server.Shutdown(ctx), context.DeadlineExceeded) {
			err = errors.Join(err, p.server.Close())
		}
	}
	for range serving {
		<-s.ended
	}
	return err
}
