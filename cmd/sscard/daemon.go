package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal"
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

	door  *door.Door // of all ports
	ports []*port
	ended chan error
}

// startDaemon listens first: a port that is taken is the one thing to fail from before anything is touched.
func startDaemon(ctx context.Context, cfg config.Config, d reader.Driver, stateDir string, log *slog.Logger) (s *daemon, err error) {
	s = &daemon{}
	defer func() {
		if err != nil {
			s.closePorts()
		}
	}()
	for _, p := range portsOf(cfg) {
		if err := p.listen(ctx); err != nil {
			return s, err
		}
		s.ports = append(s.ports, p)
	}
	s.url, s.ended = s.ports[0].url(), make(chan error, len(s.ports))
	if err := s.equip(ctx, cfg, d, stateDir, log); err != nil {
		return s, err
	}
	for _, p := range s.ports {
		go func() { s.ended <- p.serve() }()
	}
	return s, nil
}

// equip puts a terminal behind the ports.
func (s *daemon) equip(ctx context.Context, cfg config.Config, d reader.Driver, stateDir string, log *slog.Logger) (err error) {
	state := wiring.State{Dir: stateDir}
	if err := s.openDoor(cfg, state, log); err != nil {
		return err
	}
	secure, err := localTLS(cfg.TLS, state, log)
	if err != nil {
		return err
	}
	cfg.StateDir = stateDir
	if s.Equipment, err = wiring.Equip(ctx, d, cfg, log); err != nil {
		return err
	}
	desk := &terminal.PINDesk{}
	api := httpapi.Config{
		Terminal: s.Terminal, Functions: function.New(s.Terminal, wiring.PINEntry(cfg.PIN.Entry, desk)), Desk: desk, Door: s.door,
		Version: version(), TestKeys: cfg.TestKeys != "", Events: s.Events, Audit: s.Audit, Log: log,
	}
	for _, p := range s.ports {
		if err := p.equip(api, secure); err != nil {
			s.Stop()
			return fmt.Errorf("%w: %w", config.ErrInvalid, err)
		}
	}
	s.Audit.Start()
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
func (s *daemon) openDoor(cfg config.Config, state wiring.State, log *slog.Logger) (err error) {
	if s.token, err = state.Token(); err != nil {
		return err
	}
	kept, err := state.Origins()
	if err != nil {
		return err
	}
	s.tokenPath = state.TokenPath()
	s.door = door.New(door.Config{Token: s.token, Origins: cfg.Origins, Kept: kept, Keeper: state, Limits: cfg.Limits, Log: log})
	return nil
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
