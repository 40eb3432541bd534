//go:build cgo

package terminal_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/softcard"
	"sscard/reader/vpcd"
	"sscard/terminal"
)

// stack is the service of this test process, which libpcsclite looks for once only.
var stack service

type service struct {
	once sync.Once
	*vpcd.Service
	err error
}

func (s *service) start() (*vpcd.Service, error) {
	s.once.Do(func() {
		if s.Service, s.err = vpcd.Start("Forger Contact"); s.err == nil {
			os.Setenv("PCSCLITE_CSOCK_NAME", s.Socket())
		}
	})
	return s.Service, s.err
}

func stopStack() {
	if stack.Service != nil {
		stack.Stop()
	}
}

// The forger's table once more, with libpcsclite, a pcscd of our own and its virtual reader between terminal and card.
func TestVerifyForgeriesOnTheStack(t *testing.T) {
	service, err := stack.start()
	if errors.Is(err, vpcd.ErrMissing) && os.Getenv("SSCARD_REAL_STACK") == "" {
		t.Skip("no real PC/SC stack: ", err)
	}
	require.NoError(t, err)
	trust, forgeries := forgeries(t, time.Now())
	wearing := &disguised{Answerer: personalised(t, nil)}
	profiles, err := builtIn()
	require.NoError(t, err)
	desk := terminal.New(terminal.Config{Pool: onTheStack(t, service, wearing), Profiles: profiles, Trust: trust, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(desk.Close)
	for _, row := range append(forgeries, forgery{name: "genuine", card: func(t testing.TB) *softcard.Card { return personalised(t, nil) }}) {
		t.Run(row.name, func(t *testing.T) {
			wearing.become(row.card(t))
			verification, err := desk.Verify(t.Context(), verifyRequest())
			require.NoError(t, err)
			if row.name == "genuine" {
				require.NoError(t, verification.Err)
				return
			}
			row.check(t, verification)
		})
	}
}

// onTheStack puts the card into the service's reader, and gives a pool that has seen it.
func onTheStack(t *testing.T, service *vpcd.Service, card vpcd.Card) *reader.Pool {
	ctx, cancel := context.WithCancel(context.Background())
	pool := reader.NewPool(pcsc.New(), reader.Config{})
	var ended sync.WaitGroup
	ended.Go(func() { pool.Run(ctx) })
	ended.Go(func() { _ = vpcd.Serve(ctx, service.Readers()[0].Addr, card) })
	t.Cleanup(func() { cancel(); ended.Wait() })
	seen, done := context.WithTimeout(ctx, 20*time.Second)
	defer done()
	_, err := pool.Await(seen, func(s reader.Snapshot) bool { return len(s.Readers) > 0 && s.Readers[0].Card != nil })
	require.NoError(t, err)
	return pool
}

// disguised is one card after the other, without leaving the reader.
type disguised struct {
	mu sync.Mutex
	softcard.Answerer
}

func (d *disguised) become(card softcard.Answerer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Answerer = card
}

func (d *disguised) current() softcard.Answerer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.Answerer
}

func (d *disguised) ATR() []byte { return d.current().ATR() }

func (d *disguised) Reset() { d.current().Reset() }

func (d *disguised) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	return d.current().Transmit(ctx, command)
}
