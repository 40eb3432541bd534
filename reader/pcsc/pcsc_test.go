//go:build linux && cgo

package pcsc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/readertest"
	"sscard/reader/vpcd"
)

// required makes a missing service fail the tests instead of leaving them out.
const required = "SSCARD_REAL_STACK"

// service is the private pcscd of this test process: libpcsclite reads its socket's name once.
var service *vpcd.Service

func TestMain(m *testing.M) {
	if role := os.Getenv(helper); role != "" {
		os.Exit(help(role))
	}
	os.Exit(withService(m))
}

func withService(m *testing.M) int {
	var err error
	service, err = vpcd.Start("Conformance Contact", "Other")
	switch {
	case errors.Is(err, vpcd.ErrMissing) && os.Getenv(required) == "":
		fmt.Fprintln(os.Stderr, "no real PC/SC stack:", err)
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer service.Stop()
	os.Setenv("PCSCLITE_CSOCK_NAME", service.Socket())
	return m.Run()
}

type stand struct {
	t      *testing.T
	reader vpcd.Reader
	eject  func()
}

func (s *stand) Driver() reader.Driver { return pcsc.New() }
func (s *stand) Reader() string        { return s.reader.Name }
func (s *stand) Eject()                { s.eject() }

func (s *stand) Insert(card *readertest.Card) {
	s.eject = insert(s.t, s.reader, card)
}

// insert puts the card in and returns what takes it out. A card that leaves by itself may do so.
func insert(t *testing.T, into vpcd.Reader, card vpcd.Card) (eject func()) {
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan error, 1)
	go func() { left <- vpcd.Serve(ctx, into.Addr, card) }()
	return func() {
		cancel()
		if err := <-left; !errors.Is(err, vpcd.ErrLeft) {
			require.NoError(t, err)
		}
		left <- nil
	}
}

func TestConformance(t *testing.T) {
	readertest.Run(t, func(t *testing.T) readertest.Stand {
		return &stand{t: t, reader: service.Readers()[0], eject: func() {}}
	})
}

// The daemon dies under a pool that is in use, and comes back.
func TestDaemonRestart(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	pool := reader.NewPool(pcsc.New(), reader.Config{})
	ended := make(chan struct{})
	go func() { pool.Run(ctx); close(ended) }()
	defer func() { cancel(); <-ended }()
	require.NoError(t, pool.Ready(ctx))

	slot := service.Readers()[0]
	read := func() error {
		s, err := pool.Await(ctx, func(s reader.Snapshot) bool {
			_, err := s.Pick(slot.Name, reader.Unknown)
			return err == nil
		})
		require.NoError(t, err)
		r, err := s.Pick(slot.Name, reader.Unknown)
		require.NoError(t, err)
		return pool.Do(ctx, r.ID, func(l *reader.Lease) error {
			_, err := l.Transmit(ctx, []byte{0, 0x84, 0, 0, 8})
			return err
		})
	}
	eject := insert(t, slot, readertest.NewCard(nil))
	require.NoError(t, read())

	killed := make(chan struct{})
	dying := readertest.NewCard(func(context.Context, []byte) ([]byte, error) {
		service.Kill()
		close(killed)
		return nil, errors.New("the daemon is gone")
	})
	eject()
	_, err := pool.Await(ctx, func(s reader.Snapshot) bool {
		_, err := s.Pick(slot.Name, reader.Unknown)
		return errors.Is(err, reader.ErrNoCard)
	})
	require.NoError(t, err)
	eject = insert(t, slot, dying)
	require.ErrorIs(t, read(), reader.ErrNoService, "killed in mid-command")
	<-killed
	_, err = pool.Await(ctx, func(s reader.Snapshot) bool { return errors.Is(s.Err, reader.ErrNoService) })
	require.NoError(t, err)
	eject()

	require.NoError(t, service.Launch())
	eject = insert(t, slot, readertest.NewCard(nil))
	defer eject()
	require.NoError(t, read(), "recovered without a restart of ours")
}
