package main

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/httpapi"
)

// inForce is the configuration that a daemon runs with, and what became of a changed one.
type inForce struct {
	renewed func() (config.Config, error)
	level   *slog.LevelVar

	reloading sync.Mutex // is held while the daemon takes another
	config    config.Config

	mu      sync.Mutex
	refused error // why the file is not in force; nil: it is
	since   time.Time
}

func newInForce(with setup) *inForce {
	c := &inForce{renewed: with.renewed, level: with.level, config: with.config}
	if c.level == nil {
		c.level = &slog.LevelVar{}
	}
	return c
}

// live are the keys that can change while the daemon runs; the others need another start.
var live = [...]string{"origins", "limits", "trust", "pin", "profiles", "log.level"}

func isLive(key string) bool {
	return slices.ContainsFunc(live[:], func(l string) bool { return key == l || strings.HasPrefix(key, l+".") })
}

// reload takes the configuration file anew, with all the files that it names, or leaves everything as it is where
// anything is wrong with it. Nothing that is under way is ended.
func (s *daemon) reload() (apitype.Reloaded, error) {
	if s.inForce.renewed == nil {
		s.log.Warn("nothing to load", "err", httpapi.ErrNoFile)
		return apitype.Reloaded{}, httpapi.ErrNoFile
	}
	s.inForce.reloading.Lock()
	defer s.inForce.reloading.Unlock()
	done, err := s.takeAnew()
	s.inForce.note(err)
	s.metrics.Reloaded(err)
	if err != nil {
		s.log.Error("THE CHANGED CONFIGURATION IS WRONG: the one before is in force", "err", err)
		return done, err
	}
	s.log.Info("configuration loaded", "changed", done.Changed)
	if len(done.Restart) > 0 {
		s.log.Warn("changed keys hold from the next start only", "keys", done.Restart)
	}
	return done, nil
}

func (s *daemon) takeAnew() (apitype.Reloaded, error) {
	done := apitype.Reloaded{Changed: []string{}, Restart: []string{}}
	next, err := s.inForce.renewed()
	if err != nil {
		return done, err
	}
	files, err := wiring.LoadFiles(next)
	if err != nil {
		return done, err
	}
	now := &s.inForce.config
	for _, key := range config.Changed(*now, next) {
		if isLive(key) {
			done.Changed = append(done.Changed, key)
		} else {
			done.Restart = append(done.Restart, key)
		}
	}
	s.Reload(files)
	s.door.Reload(next.Origins, next.Limits)
	s.functions.Reload(wiring.PINEntry(next.PIN.Entry, s.desk))
	s.inForce.level.Set(levelOf(next.Log))
	now.Origins, now.Limits, now.Trust, now.PIN, now.Profiles, now.Log.Level = next.Origins, next.Limits, next.Trust, next.PIN, next.Profiles, next.Log.Level
	return done, nil
}

// now is the configuration in force.
func (c *inForce) now() config.Config {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	return c.config
}

func (c *inForce) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if (c.refused == nil) != (err == nil) {
		c.since = time.Now()
	}
	c.refused = err
}

func (c *inForce) troubles() []apitype.Trouble {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused == nil {
		return nil
	}
	trouble := apitype.ConfigTrouble()
	trouble.Since, trouble.Detail = c.since.UTC(), c.refused.Error()
	return []apitype.Trouble{trouble}
}
