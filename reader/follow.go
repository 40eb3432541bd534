package reader

import "slices"

// Follow calls fn with what the pool knows now, and from then on with each change, in order and without gaps, until
// stop is called. Await and Snapshot, by contrast, may miss what was undone before they looked. The pool waits for
// fn: it must be quick and must not call the pool.
func (p *Pool) Follow(fn func(Snapshot)) (stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := &follower{fn}
	p.followers = append(p.followers, f)
	fn(p.snapshot())
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.followers = slices.DeleteFunc(p.followers, func(o *follower) bool { return o == f })
	}
}

type follower struct{ fn func(Snapshot) }

// Is reports whether both are the same card in the same stay in one reader: an equal card that was put in later is
// another. Nil, for an empty reader, is only itself.
func (c *Card) Is(other *Card) bool {
	if c == nil || other == nil {
		return c == other
	}
	return c.insertion == other.insertion
}
