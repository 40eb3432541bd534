package reader

import "time"

// Pulse is what a Driver may have besides: one that can tell that its Watch is alive where nothing changes.
type Pulse interface {
	// Heard is when Watch last had an answer of the service; zero: never.
	Heard() time.Time
}

// Heard is when the pool last heard from its driver, be it that there is no service. It grows old where Watch is stuck, and
// nobody would notice a reader any more.
func (p *Pool) Heard() time.Time {
	pulse, tells := p.driver.(Pulse)
	if !tells {
		return time.Now()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if heard := pulse.Heard(); heard.After(p.beat) {
		return heard
	}
	return p.beat
}

func (p *Pool) hear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.beat = time.Now()
}
