package reader

import "time"

// Phases of an operation that this package knows. Those who use a lease have names for theirs.
const (
	PhaseQueue   = "queue"   // waiting for one's turn
	PhaseConnect = "connect" // with the card
)

// Spent adds to the time that the lease has spent in a phase.
func (l *Lease) Spent(phase string, d time.Duration) { l.spent[phase] += d }

func (l *Lease) tellSpent() {
	for phase, d := range l.spent {
		l.pool.cfg.Took(phase, d)
	}
}
