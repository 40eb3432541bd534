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
	"sscard/terminal/function"
	"sscard/terminal/httpapi"
)

// stopTime is how long the requests under way may take when the daemon is told to stop.
const stopTime = 5 * time.Second

// daemon is a terminal that serves HTTP.
type daemon struct {
	*wiring.Equipment
	url, token, tokenPath string

	doors []door
	ended chan error
}

// door is a port and the server behind it: the first is ours, the second that of old pages, where there is one.
type door struct {
	listener net.Listener
	server   *httpapi.Server
}

func (d door) port() int { return d.listener.Addr().(*net.TCPAddr).Port }

// startDaemon listens first: a port that is taken is the one thing to fail from before anything is touched.
func startDaemon(ctx context.Context, cfg config.Config, d reader.Driver, stateDir string, log *slog.Logger) (s *daemon, err error) {
	s = &daemon{}
	defer func() {
		if err != nil {
			s.closeDoors()
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
		s.doors = append(s.doors, door{listener: listener})
	}
	s.url, s.ended = "http://"+s.doors[0].listener.Addr().String(), make(chan error, len(s.doors))
	if err := s.equip(ctx, cfg, d, stateDir, log); err != nil {
		return s, err
	}
	for _, door := range s.doors {
		go func() { s.ended <- door.server.Serve(door.listener) }()
	}
	return s, nil
}

// equip puts a terminal behind the doors.
func (s *daemon) equip(ctx context.Context, cfg config.Config, d reader.Driver, stateDir string, log *slog.Logger) (err error) {
	if s.token, s.tokenPath, err = wiring.LoadToken(stateDir); err != nil {
		return err
	}
	if s.Equipment, err = wiring.Equip(ctx, d, cfg, log); err != nil {
		return err
	}
	functions, desk := wiring.PINEntry(cfg.PIN.Entry)
	api := httpapi.Config{
		Terminal: s.Terminal, Functions: function.New(s.Terminal, functions), Desk: desk, Origins: origins(cfg.Origins),
		Token: s.token, Version: version(), TestKeys: cfg.TestKeys != "", Log: log,
	}
	for i, serve := range []func(httpapi.Config) (*httpapi.Server, error){httpapi.NewServer, httpapi.NewCompatServer}[:len(s.doors)] {
		api.Port = s.doors[i].port()
		if s.doors[i].server, err = serve(api); err != nil {
			s.Stop()
			return fmt.Errorf("%w: %w", config.ErrInvalid, err)
		}
	}
	return nil
}

func (s *daemon) closeDoors() {
	for _, door := range s.doors {
		door.listener.Close()
	}
}

func origins(list []config.Origin) []httpapi.Origin {
	origins := make([]httpapi.Origin, len(list))
	for i, o := range list {
		origins[i] = httpapi.Origin(o)
	}
	return origins
}

// wait serves until ctx ends or serving fails, lets the requests under way finish, and gives the readers back.
func (s *daemon) wait(ctx context.Context) (err error) {
	defer s.Stop()
	serving := len(s.doors)
	select {
	case err = <-s.ended:
		serving--
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	for _, door := range s.doors {
		if errors.Is(door.server.Shutdown(ctx), context.DeadlineExceeded) {
			err = errors.Join(err, door.server.Close())
		}
	}
	for range serving {
		<-s.ended
	}
	return err
}
