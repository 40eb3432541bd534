// Package terminal is what a card terminal does: it reads a social security card, of any generation, on
// any reader. The use cases know the card by its layout (terminal/profile) and the reader by a lease
// (reader); they know no HTTP, no command line and no PC/SC.
//
// A [Terminal] is safe for concurrent use. Every error of its methods is an [*Error] with a stable code.
package terminal

import (
	"log/slog"
	"sync/atomic"

	"sscard/reader"
	"sscard/sm"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

// Terminal has the use cases.
type Terminal struct {
	pool     *reader.Pool
	profiles atomic.Pointer[profile.Set]
	keys     sam.Answerer             // nil: none
	trust    atomic.Pointer[sm.Trust] // nil: nobody
	models   models
	steps    steps
	shares   shares
	debits   debits
	audit    Auditor // nil: none
	log      *slog.Logger

	identified func(reader.Reader, int)
}

// Config is what a terminal needs.
type Config struct {
	Pool     *reader.Pool
	Profiles *profile.Set // the card layouts
	Keys     sam.Answerer // answers for what cards want proved; nil: there are no keys
	Trust    *sm.Trust    // whom to believe what asymmetric keys are whose; nil: nobody
	Audit    Auditor      // has a line of what is done with cards; nil: there is none
	Log      *slog.Logger

	// Identified is told the generation of the card in a reader whenever a use case has opened it. Nil: nobody is.
	Identified func(in reader.Reader, generation int)
}

// New returns a terminal.
func New(cfg Config) *Terminal {
	t := &Terminal{pool: cfg.Pool, keys: cfg.Keys, audit: cfg.Audit, log: cfg.Log, identified: cfg.Identified}
	t.Reload(cfg.Profiles, cfg.Trust)
	return t
}

// Close lets go of the cards that are held between two steps, and waits for the readings under way.
func (t *Terminal) Close() {
	t.steps.close()
	t.shares.running.Wait()
}

// Readers is what is known of the readers now.
func (t *Terminal) Readers() ([]reader.Reader, error) {
	s := t.pool.Snapshot()
	return s.Readers, wrap("readers", s.Err)
}

// Reload takes other card layouts, and others to believe. Cards that are being read are read by those before.
func (t *Terminal) Reload(profiles *profile.Set, trust *sm.Trust) {
	t.profiles.Store(profiles)
	t.trust.Store(trust)
}

// Profiles are the card layouts in use.
func (t *Terminal) Profiles() *profile.Set { return t.profiles.Load() }
