package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"sscard/cmd/internal/doctor"
	"sscard/cmd/internal/recording"
	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/door"
	"sscard/terminal/function"
	"sscard/terminal/httpapi"
	"sscard/terminal/metrics"
)

// setup is what a daemon starts with.
type setup struct {
	config    config.Config
	renewed   func() (config.Config, error) // the configuration anew; nil: there is no file
	driver    reader.Driver
	inherited sockets
	log       *slog.Logger
	level     *slog.LevelVar // of the log; nil: it stays
	ring      *logRing       // the last of the log

	configFile, driverName string // for the doctor; empty: there is none
}

// remembering has the last lines of the log kept, whatever its level.
func (with setup) remembering() setup {
	with.ring = newLogRing()
	with.log = slog.New(slog.NewMultiHandler(with.log.Handler(), with.ring))
	return with
}

// daemon is a terminal that serves HTTP.
type daemon struct {
	*wiring.Equipment
	url, token, tokenPath string

	log       *slog.Logger
	door      *door.Door // of all ports
	functions *function.Library
	desk      *terminal.PINDesk
	tape      tape
	clinic    *clinic
	metrics   *metrics.Metrics
	inForce   *inForce
	ports     []*port
	ended     chan error
}

// startDaemon starts one whose configuration stays.
func startDaemon(ctx context.Context, cfg config.Config, d reader.Driver, stateDir string, log *slog.Logger) (*daemon, error) {
	cfg.StateDir = stateDir
	return setup{config: cfg, driver: d, log: log}.start(ctx)
}

// start listens first: a port that is taken is the one thing to fail from before anything is touched.
func (with setup) start(ctx context.Context) (s *daemon, err error) {
	with = with.remembering()
	taped := recording.NewTape(with.driver)
	with.driver = taped
	s = &daemon{log: with.log, tape: tape{taped, with.log}, desk: &terminal.PINDesk{}, metrics: metrics.New(version()), inForce: newInForce(with)}
	defer func() {
		if err != nil {
			s.closePorts()
		}
	}()
	if s.ports, err = portsOf(with.config, with.inherited); err != nil {
		return s, err
	}
	for _, p := range s.ports {
		if err := p.listen(ctx); err != nil {
			return s, err
		}
	}
	s.url, s.ended = s.ports[0].url(), make(chan error, len(s.ports))
	if err := s.equip(ctx, with); err != nil {
		return s, err
	}
	for _, p := range s.ports {
		go func() { s.ended <- p.serve() }()
	}
	return s, nil
}

// equip puts a terminal behind the ports.
func (s *daemon) equip(ctx context.Context, with setup) (err error) {
	cfg, state := with.config, wiring.State{Dir: with.config.StateDir}
	if err := s.openDoor(cfg, state); err != nil {
		return err
	}
	secure, err := localTLS(cfg.TLS, state, s.log)
	if err != nil {
		return err
	}
	if s.Equipment, err = wiring.EquipMetered(ctx, with.driver, cfg, s.metrics, s.log); err != nil {
		return err
	}
	s.metrics.Watch(metrics.Sources{Pool: s.Pool, Terminal: s.Terminal, Events: s.Events, Door: s.door, Audit: s.Audit})
	s.clinic = newClinic(func() doctor.Environment { return s.environment(with) })
	s.functions = function.New(s.Terminal, wiring.PINEntry(cfg.PIN.Entry, s.desk))
	api := httpapi.Config{
		Terminal: s.Terminal, Functions: s.functions, Desk: s.desk, Door: s.door,
		Version: version(), TestKeys: cfg.TestKeys != "", Events: s.Events, Audit: s.Audit, Log: s.log,
		Operations: httpapi.Operations{Metrics: s.metrics.Handler(), Answered: s.metrics.Answered, Troubles: s.troubles, Reload: s.reload, Log: with.ring.Last, Tape: s.tape, Doctor: s.clinic.Examine, Examined: s.clinic.Progress},
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

// environment is the daemon's machine as it is now, from within: with its own readers, and the configuration in force.
func (s *daemon) environment(with setup) doctor.Environment {
	e, cfg := environmentOf(with.driverName), s.inForce.now()
	e.Driver, e.Pool, e.Config, e.ConfigFile = with.driver, s.Pool, &cfg, with.configFile
	e.StateDir, e.TestKeys, e.Listen = cfg.StateDir, cfg.TestKeys, strings.TrimPrefix(s.url, "http://")
	e.Patience = clinicCheck
	return e
}

func (s *daemon) closePorts() {
	for _, p := range s.ports {
		p.close()
	}
}

// openDoor makes the door of all ports from the configuration and what was kept.
func (s *daemon) openDoor(cfg config.Config, state wiring.State) (err error) {
	if s.token, err = state.Token(); err != nil {
		return err
	}
	kept, err := state.Origins()
	if err != nil {
		return err
	}
	s.tokenPath = state.TokenPath()
	s.door = door.New(door.Config{Token: s.token, Origins: cfg.Origins, Kept: kept, Keeper: state, Limits: cfg.Limits, Log: s.log})
	return nil
}

// troubles are those that health tells besides what the API sees itself.
func (s *daemon) troubles() []apitype.Trouble { return s.inForce.troubles() }
