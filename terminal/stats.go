package terminal

// Stats are for whoever watches the daemon.
type Stats struct {
	Held   int    // cards that are held between two steps, now
	Shared uint64 // requests to read, up to now, that joined a reading which another was waiting for
}

// Stats is how things stand.
func (t *Terminal) Stats() Stats {
	t.steps.mu.Lock()
	defer t.steps.mu.Unlock()
	return Stats{Held: len(t.steps.held), Shared: t.shares.joined.Load()}
}
