package reader

import "sync/atomic"

// Stats are counts since the pool was made, and gauges.
type Stats struct {
	Leases       uint64 // connections that were made to a card
	Abandoned    uint64 // calls that were left behind at the end of their time
	Resets       uint64 // cards that another program reset under a lease
	ServiceLost  uint64 // times that the PC/SC service went, or was not there
	ServiceFound uint64 // times that it came back

	Hanging int            // abandoned calls that have not come back now
	Waiting map[string]int // requests in line now, by reader id
}

type counters struct {
	leases, abandoned, resets, lost, found atomic.Uint64
	hanging                                atomic.Int64
}

// Stats is what was counted up to now.
func (p *Pool) Stats() Stats {
	s := Stats{
		Leases: p.count.leases.Load(), Abandoned: p.count.abandoned.Load(), Resets: p.count.resets.Load(),
		ServiceLost: p.count.lost.Load(), ServiceFound: p.count.found.Load(),
		Hanging: int(p.count.hanging.Load()), Waiting: make(map[string]int),
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, slot := range p.slots {
		_, s.Waiting[slot.reader.ID], _ = slot.queue.look()
	}
	return s
}
