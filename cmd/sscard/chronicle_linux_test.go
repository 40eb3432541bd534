package main

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/client"
)

// chronicle is what a subscriber of events was told from a snapshot on.
type chronicle struct {
	ended chan struct{}

	mu                sync.Mutex
	first, last       uint64
	inserted, removed map[string]int // cards, by reader
	broken            error          // the numbers have a gap, or the stream did not hold
}

// listen takes down the events until ctx ends. It returns when the first word has come.
func listen(t testing.TB, ctx context.Context, c *client.Client) *chronicle {
	t.Helper()
	r := &chronicle{ended: make(chan struct{}), inserted: make(map[string]int), removed: make(map[string]int)}
	begun := make(chan struct{})
	go func() {
		defer close(r.ended)
		for e, err := range c.Events(ctx) {
			if ctx.Err() != nil {
				return
			}
			r.take(e, err)
			if e.Type == apitype.EventSnapshot && e.Seq == r.first {
				close(begun)
			}
		}
	}()
	<-begun
	return r
}

func (r *chronicle) take(e apitype.Event, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil:
		r.broken = err
	case e.Type == apitype.EventHeartbeat:
	case e.Type == apitype.EventSnapshot && r.last == 0:
		r.first, r.last = e.Seq, e.Seq
	case e.Seq != r.last+1:
		r.broken = fmt.Errorf("%s %d after %d", e.Type, e.Seq, r.last)
	case e.Type == apitype.EventCardInserted:
		r.inserted[e.Reader.Name]++
	case e.Type == apitype.EventCardRemoved:
		r.removed[e.Reader.Name]++
	}
	r.last = max(r.last, e.Seq)
}

// until waits until all comings and goings are told of.
func (r *chronicle) until(t testing.TB, cards map[string]int) {
	t.Helper()
	require.Eventually(t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.broken != nil || maps.Equal(r.removed, cards)
	}, patience, patience/1000)
}

// wait waits for the end, after which there is nothing more to come.
func (r *chronicle) wait(t testing.TB) {
	t.Helper()
	<-r.ended
	require.NoError(t, r.broken)
}
