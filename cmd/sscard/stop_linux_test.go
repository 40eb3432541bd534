package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/softcard"
	"sscard/reader/vpcd"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
)

// stuck is a card that takes a command and keeps its reader waiting until it is freed.
type stuck struct {
	softcard.Answerer
	once           sync.Once
	reached, freed chan struct{}
}

func (s *stuck) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	s.once.Do(func() { close(s.reached) })
	<-s.freed
	return s.Answerer.Transmit(ctx, command)
}

// hang puts a stuck card into the slot and has the daemon read it; what it returns is how that ends.
func (p *process) hang(slot vpcd.Reader) (ends chan error) {
	p.t.Helper()
	card := &stuck{Answerer: builtIn(p.t, "gen2"), reached: make(chan struct{}), freed: make(chan struct{})}
	p.insert(slot, card)
	p.t.Cleanup(func() { close(card.freed) })
	ends = make(chan error, 1)
	go func() {
		_, err := p.Read(context.Background(), apitype.ReadRequest{Reader: slot.Name, TimeoutMS: 60_000})
		ends <- err
	}()
	<-card.reached
	return ends
}

// insert puts a card in and waits until the daemon has seen it.
func (p *process) insert(slot vpcd.Reader, card vpcd.Card) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan struct{})
	go func() { _ = vpcd.Serve(ctx, slot.Addr, card); close(left) }()
	p.t.Cleanup(func() { cancel(); <-left; emptied(p.t, slot) })
	p.sees(slot)
}

// emptied waits until the service has noticed that the slot is empty, so that the next test begins so.
func emptied(t testing.TB, slot vpcd.Reader) {
	if t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = pcsc.New().Watch(ctx, func(slots []reader.Slot) {
		if !slices.ContainsFunc(slots, func(s reader.Slot) bool { return s.Name == slot.Name && s.Present }) {
			cancel()
		}
	})
	require.ErrorIs(t, ctx.Err(), context.Canceled)
}

// sees waits until the daemon knows of a card in the slot.
func (p *process) sees(slot vpcd.Reader) {
	p.t.Helper()
	seeing, done := context.WithTimeout(p.t.Context(), patience)
	defer done()
	for e, err := range p.Events(seeing) {
		require.NoError(p.t, err)
		for _, r := range e.Readers {
			if r.Name == slot.Name && r.Card != nil {
				return
			}
		}
		if e.Type == apitype.EventCardInserted && e.Reader.Name == slot.Name {
			return
		}
	}
}

// With a reader that hangs in a request, a card that is held for an HSM, WebSockets and an idle connection the daemon
// ends, in good order and of itself.
func TestStopThroughTheStack(t *testing.T) {
	needStack(t)
	slots := stack.Readers()
	p := serveProcess(t, nil, "--config", quiet(t))
	p.insert(slots[2], builtIn(t, "gen3"))
	beginRead(t, p.Client, slots[2].Name)
	events, compat := p.socket("/v1/events"), p.socket("/compat")
	read := p.hang(slots[4])

	told := time.Now()
	p.signal(syscall.SIGTERM)
	p.waitFor("STOPPING=1")
	require.Equal(t, websocket.StatusGoingAway, closing(t, compat))
	require.Equal(t, websocket.StatusGoingAway, closing(t, events))
	state := p.ended()
	t.Logf("stopped after %v", time.Since(told).Round(time.Millisecond))
	require.Zero(t, state.ExitCode(), state)
	require.Contains(t, p.stderr.String(), "sscard: stopped")
	require.Contains(t, p.stderr.String(), "audit log closed")
	err := <-read
	var problem *client.Error
	if errors.As(err, &problem) { // else the connection was cut
		require.Equal(t, apitype.CardMute, problem.Code)
	}
	require.Error(t, err)
	_, err = http.Get(p.BaseURL + "/v1/health")
	require.True(t, isAway(err), err)
}

// Who does not want to wait signals once more.
func TestStopAtOnce(t *testing.T) {
	needStack(t)
	p := serveProcess(t, nil, "--config", quiet(t))
	p.hang(stack.Readers()[4])
	p.signal(syscall.SIGTERM)
	p.waitFor("STOPPING=1")
	p.signal(syscall.SIGTERM)
	status := p.ended().Sys().(syscall.WaitStatus)
	require.True(t, status.Signaled(), status)
	require.Equal(t, syscall.SIGTERM, status.Signal())
	require.NotContains(t, p.stderr.String(), "sscard: stopped")
}
