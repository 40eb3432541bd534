package main

import (
	"bufio"
	"context"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/vpcd"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
)

// A dual-interface card through pcscd, the daemon and the command line: every event once, in order, and one card.
func TestEventsThroughTheStack(t *testing.T) {
	needStack(t)
	contact, contactless := stack.Readers()[0], stack.Readers()[2]
	_, flags := running(t, pcsc.New())
	w := watch(t, append(flags, "--json")...)
	last := w.event()
	require.Equal(t, apitype.EventSnapshot, last.Type)
	next := func(what apitype.EventType, at vpcd.Reader) apitype.Event {
		t.Helper()
		e := w.event()
		require.Equal(t, what, e.Type)
		require.Equal(t, at.Name, e.Reader.Name)
		require.Equal(t, last.Seq+1, e.Seq)
		last = e
		return e
	}
	takeOut := insertOnly(t, contact, "gen3")
	card := next(apitype.EventCardInserted, contact).Card
	require.Equal(t, 3, next(apitype.EventCardIdentified, contact).Generation)
	takeOutOther := insertOnly(t, contactless, "gen3-contactless")
	other := next(apitype.EventCardInserted, contactless)
	require.Equal(t, card, other.Card)
	require.Equal(t, 3, other.Generation)
	require.Equal(t, contact.Name, other.Also[0].Reader.Name)
	takeOut()
	require.Equal(t, contactless.Name, next(apitype.EventCardRemoved, contact).Also[0].Reader.Name)
	takeOutOther()
	require.Empty(t, next(apitype.EventCardRemoved, contactless).Also)
}

// insertOnly puts a card in and does not wait until it is seen, nor does what it returns.
func insertOnly(t testing.TB, slot vpcd.Reader, name string) (takeOut func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan error, 1)
	card := builtIn(t, name)
	go func() { left <- vpcd.Serve(ctx, slot.Addr, card) }()
	return func() { t.Helper(); cancel(); require.NoError(t, <-left) }
}

// BenchmarkInsertion is when a card that is put in is told of: by pcscd to a C program that does nothing but wait, by our
// pool in the daemon, and as an event to a client over the WebSocket. The metrics are medians, counted from the C
// program's time; what pcscd itself takes comes before.
func BenchmarkInsertion(b *testing.B) {
	needStack(b)
	slot := stack.Readers()[0]
	told := startWatch(b, slot.Name)
	s, _ := running(b, pcsc.New())
	pooled := make(chan time.Time, 1)
	in := false
	stop := s.Pool.Follow(func(now reader.Snapshot) {
		if was := in; in != holds(now, slot.Name) {
			if in = !was; in {
				pooled <- time.Now()
			}
		}
	})
	defer stop()
	c := client.Client{BaseURL: s.url, Token: s.token}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	heard := make(chan time.Time, 1)
	ready := make(chan struct{})
	gone := make(chan struct{}, 1)
	go func() {
		for e, err := range c.Events(ctx) {
			switch {
			case err != nil:
			case e.Type == apitype.EventSnapshot:
				close(ready)
			case e.Type == apitype.EventCardInserted:
				heard <- time.Now()
			case e.Type == apitype.EventCardRemoved:
				gone <- struct{}{}
			}
		}
	}()
	<-ready
	var pool, event []time.Duration
	for b.Loop() {
		takeOut := insertOnly(b, slot, "gen2")
		floor := <-told
		pool = append(pool, (<-pooled).Sub(floor))
		event = append(event, (<-heard).Sub(floor))
		takeOut()
		<-gone
	}
	b.ReportMetric(milliseconds(pool), "ms/pool")
	b.ReportMetric(milliseconds(event), "ms/event")
}

// startWatch runs the C program; the channel gives the times at which it was told of a card.
func startWatch(b *testing.B, reader string) <-chan time.Time {
	c := exec.Command(compiled(b, "watch"), reader)
	lines, err := c.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, c.Start())
	told := make(chan time.Time, 1)
	go func() {
		for s := bufio.NewScanner(lines); s.Scan(); {
			ns, _ := strconv.ParseInt(s.Text(), 10, 64)
			told <- time.Unix(0, ns)
		}
	}()
	b.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return told
}
