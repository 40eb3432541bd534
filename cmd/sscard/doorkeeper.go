package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
	"sscard/terminal/door"
	"sscard/terminal/profile"
)

// doorkeeper is who the verbs about the door turn to: the daemon, or where none runs the files that it will read.
type doorkeeper interface {
	Origins(context.Context) (apitype.Origins, error)
	AllowOrigin(context.Context, apitype.AllowOrigin) error
	DenyOrigin(ctx context.Context, origin string) error
	RotateToken(context.Context) error
}

var (
	_ doorkeeper = (*client.Client)(nil)
	_ doorkeeper = closedDoor{}
)

// doorkeeper finds the daemon by the configuration and its token. Without a token no daemon has ever run in the
// directory.
func (p *program) doorkeeper(ctx context.Context) (doorkeeper, error) {
	cfg, err := p.settings()
	if err != nil {
		return nil, err
	}
	state := wiring.State{Dir: p.stateDir}
	token, err := wiring.ReadToken(state.Dir)
	c := &client.Client{BaseURL: cfg.URL(), Token: token}
	if err == nil {
		_, err = c.Origins(ctx)
	}
	if errors.Is(err, fs.ErrNotExist) || isAway(err) {
		p.note(p.say(sayNoDaemon), cfg.Listen, state.Dir)
		return openClosed(cfg, state)
	}
	return c, err
}

// isAway reports that nobody listens.
func isAway(err error) bool {
	var way *net.OpError
	return errors.As(err, &way) && way.Op == "dial"
}

// closedDoor is the door of a daemon that does not run: what is changed there holds from its next start.
type closedDoor struct {
	door  *door.Door
	knows func(field string) bool
}

func openClosed(cfg config.Config, state wiring.State) (doorkeeper, error) {
	kept, err := state.Origins()
	if err != nil {
		return nil, err
	}
	profiles, err := profile.Load(cfg.Profiles.Dir)
	if err != nil {
		return nil, errors.Join(config.ErrInvalid, err)
	}
	nobody := terminal.New(terminal.Config{
		Pool: reader.NewPool(nil, reader.Config{}), Profiles: profiles, Log: slog.New(slog.DiscardHandler),
	})
	return closedDoor{
		door:  door.New(door.Config{Origins: cfg.Origins, Kept: kept, Keeper: state}),
		knows: nobody.KnownField,
	}, nil
}

func (c closedDoor) Origins(context.Context) (apitype.Origins, error) { return c.door.Origins(), nil }

func (c closedDoor) AllowOrigin(_ context.Context, o apitype.AllowOrigin) error {
	for _, field := range o.Fields {
		if !c.knows(field) {
			return usage(sayNoSuchField, field)
		}
	}
	return c.door.Allow(config.Origin{Origin: o.Origin, Fields: o.Fields})
}

func (c closedDoor) DenyOrigin(_ context.Context, origin string) error { return c.door.Deny(origin) }

func (c closedDoor) RotateToken(context.Context) error { return c.door.Rotate() }
