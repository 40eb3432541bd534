package terminal

// Stats are gauges for whoever watches the daemon.
type Stats struct {
	Held int // cards that are held between two steps, now
}

// Stats is how things stand.
func (t *Terminal) Stats() Stats {
	t.steps.mu.Lock()
	defer t.steps.mu.Unlock()
	return Stats{Held: len(t.steps.held)}
}
