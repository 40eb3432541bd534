package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/vpcd"
	"sscard/terminal/client"
	"sscard/terminal/config"
)

// service is a daemon over the real stack that can be stopped and started again at its address, with its token and the
// origins that it was told to allow.
type service struct {
	*daemon
	*client.Client
	t      testing.TB
	cfg    config.Config
	driver func() reader.Driver
	dir    string
	halt   func()
}

// serving starts one that trusts the software cards' authority.
func serving(t testing.TB, cfg config.Config) *service {
	t.Helper()
	return servingOver(t, cfg, func() reader.Driver { return pcsc.New() })
}

// servingOver is the same over other readers.
func servingOver(t testing.TB, cfg config.Config, driver func() reader.Driver) *service {
	t.Helper()
	s := &service{t: t, cfg: cfg, driver: driver, dir: t.TempDir()}
	s.cfg.Listen = quietAddress(t)
	var err error
	s.cfg.Trust, err = demoTrust(s.dir)
	require.NoError(t, err)
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *service) start() {
	s.t.Helper()
	var err error
	s.daemon, err = startDaemon(context.Background(), s.cfg, s.driver(), s.dir, slog.New(slog.DiscardHandler))
	require.NoError(s.t, err)
	s.Client = &client.Client{BaseURL: s.url, Token: s.token}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.wait(ctx) }()
	s.halt = func() { cancel(); require.NoError(s.t, <-ended) }
}

func (s *service) stop() {
	if s.halt != nil {
		s.halt()
		s.halt = nil
	}
}

// quietAddress is one where nobody listens, below those that the system gives away.
func quietAddress(t testing.TB) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(8000))
		if l, err := net.Listen("tcp", address); err == nil {
			require.NoError(t, l.Close())
			return address
		}
	}
	require.Fail(t, "no free port")
	return ""
}

// insert puts a card into a slot until the test ends, or what it returns is called.
func insert(t testing.TB, slot vpcd.Reader, card vpcd.Card) (takeOut func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan struct{})
	go func() { _ = vpcd.Serve(ctx, slot.Addr, card); close(left) }()
	takeOut = sync.OnceFunc(func() { cancel(); <-left; emptied(t, slot) })
	t.Cleanup(takeOut)
	return takeOut
}
