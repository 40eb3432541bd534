// Package terminal is what a card terminal does: it reads a social security card, of any generation, on
// any reader. The use cases know the card by its layout (terminal/profile) and the reader by a lease
// (reader); they know no HTTP, no command line and no PC/SC.
//
// A [Terminal] is safe for concurrent use. Every error of its methods is an [*Error] with a stable code.
package terminal

import (
	"log/slog"

	"sscard/reader"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

// Terminal has the use cases.
type Terminal struct {
	pool     *reader.Pool
	profiles *profile.Set
	keys     sam.Answerer // nil: none
	models   models
	steps    steps
	debits   debits
	log      *slog.Logger
}

// New returns a terminal over the pool, with the card layouts of profiles. The keys answer for what cards want
// proved; nil is none.
func New(pool *reader.Pool, profiles *profile.Set, keys sam.Answerer, log *slog.Logger) *Terminal {
	return &Terminal{pool: pool, profiles: profiles, keys: keys, log: log}
}

// Close lets go of the cards that are held between two steps.
func (t *Terminal) Close() { t.steps.close() }

// Readers is what is known of the readers now.
func (t *Terminal) Readers() ([]reader.Reader, error) {
	s := t.pool.Snapshot()
	return s.Readers, wrap("readers", s.Err)
}

// Profiles are the card layouts in use.
func (t *Terminal) Profiles() *profile.Set { return t.profiles }
