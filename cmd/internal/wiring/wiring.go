// Package wiring is what the programs set up alike: the layers of a terminal over the readers of a driver, and the
// daemon's token by which programs of this machine are let in.
package wiring

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/audit"
	"sscard/terminal/config"
	"sscard/terminal/event"
	"sscard/terminal/function"
	"sscard/terminal/sam"
)

// firstReport bounds the wait for the first word from the readers: a service that has nothing to say by then is told
// of as it is.
const firstReport = 3 * time.Second

// Equipment is a terminal with its readers, watched until Stop.
type Equipment struct {
	Terminal *terminal.Terminal
	Pool     *reader.Pool
	Events   *event.Hub
	Audit    *audit.Log
	Stop     func()

	until   context.Context // when it stops
	running sync.WaitGroup
}

// Equip wires readers and layouts to a terminal and waits for the first word from the readers; that there is no
// service is not an error here.
func Equip(ctx context.Context, d reader.Driver, cfg config.Config, log *slog.Logger) (*Equipment, error) {
	return EquipMetered(ctx, d, cfg, nobody{}, log)
}

// EquipMetered is Equip with a meter.
func EquipMetered(ctx context.Context, d reader.Driver, cfg config.Config, meter Meter, log *slog.Logger) (*Equipment, error) {
	files, err := LoadFiles(cfg)
	if err != nil {
		return nil, err
	}
	pool := reader.NewPool(d, reader.Config{Rules: rules(cfg.Readers), Took: meter.Took, Log: log})
	keys, err := answerer(cfg.TestKeys, pool, log)
	if err != nil {
		return nil, err
	}
	watched, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e := &Equipment{Pool: pool, Events: event.NewHub(), Audit: newAudit(cfg, log), until: watched}
	pool.Follow(e.Events.Observe)
	e.running.Go(func() { pool.Run(watched) })
	first, done := context.WithTimeout(ctx, firstReport)
	defer done()
	_ = pool.Ready(first)
	e.Terminal = terminal.New(terminal.Config{
		Pool: pool, Profiles: files.Profiles, Keys: keys, Trust: files.Trust, Audit: meter.Audited(e.Audit), Log: log,
		Identified: func(in reader.Reader, generation int) {
			meter.Opened(in, generation)
			e.Events.Identified(in, generation)
		},
	})
	e.Stop = func() { e.Terminal.Close(); cancel(); e.running.Wait(); e.Audit.Close() }
	return e, nil
}

// Reload has the terminal take what the files say now.
func (e *Equipment) Reload(files Files) { e.Terminal.Reload(files.Profiles, files.Trust) }

// Identify has each card that is put in looked at for its generation, which events then tell.
func (e *Equipment) Identify() {
	e.running.Go(func() { e.Events.Identify(e.until, e.Terminal) })
}

// answerer is the PSAM, or else test keys, which are told of in the log.
func answerer(testKeys string, pool *reader.Pool, log *slog.Logger) (sam.Answerer, error) {
	if testKeys == "" {
		return sam.NewPSAM(pool), nil
	}
	file, err := os.Open(testKeys)
	if err != nil {
		return nil, errors.Join(config.ErrInvalid, err)
	}
	defer file.Close()
	keys, err := sam.LoadTestKeys(file)
	if err != nil {
		return nil, errors.Join(config.ErrInvalid, err)
	}
	log.Warn("TEST KEYS answer in the place of a PSAM: this is no terminal for real cards", "file", testKeys)
	return keys, nil
}

// PINEntry is how holders enter their PIN, as pin.entry has it. The desk is that of the daemon's page; nil: there is none,
// and so no entry where it should be there.
func PINEntry(entry string, desk *terminal.PINDesk) function.Config {
	switch {
	case entry == "console" && desk != nil:
		return function.Config{PIN: desk}
	case entry == "console":
		return function.Config{}
	case entry == "request":
		return function.Config{PINInRequest: true}
	}
	return function.Config{PIN: terminal.PINPad{}}
}

func rules(readers []config.Reader) []reader.Rule {
	rules := make([]reader.Rule, len(readers))
	for i, r := range readers {
		rules[i] = reader.Rule{Match: r.Match, Role: reader.Role(r.Role), Interface: reader.Interface(r.Interface)}
	}
	return rules
}
