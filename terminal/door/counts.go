package door

import (
	"maps"
	"sync"

	"sscard/terminal/apitype"
)

// Counts is what came to the door since the daemon started.
type Counts struct {
	Admitted    uint64                  // requests
	Refused     map[apitype.Code]uint64 // requests, by why; request.rate_limited: of callers that were let in
	Connections int                     // open now
	GaveWay     uint64                  // connections that were closed for another
	TurnedAway  uint64                  // connections for which none gave way
}

// Counts tells how busy the door is.
func (d *Door) Counts() Counts {
	c := Counts{Refused: d.counts.refusals()}
	c.Admitted = c.Refused[""]
	delete(c.Refused, "")
	c.Connections, c.GaveWay, c.TurnedAway = d.connections.count()
	return c
}

// counts are requests by the code of their refusal; none for those that came in.
type counts struct {
	mu sync.Mutex
	of map[apitype.Code]uint64
}

func (c *counts) add(code apitype.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = make(map[apitype.Code]uint64)
	}
	c.of[code]++
}

func (c *counts) refusals() map[apitype.Code]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		return make(map[apitype.Code]uint64)
	}
	return maps.Clone(c.of)
}
