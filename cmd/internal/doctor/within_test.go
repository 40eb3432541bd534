package doctor_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/doctor"
	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal/config"
)

// within has the doctor look from within the daemon: with its readers, while something is done with them.
func (w *world) within(meanwhile func(ctx context.Context, pool *reader.Pool)) {
	pool := reader.NewPool(w.service, reader.Config{Rules: wiring.Rules([]config.Reader{{Match: "SAM", Role: "sam"}})})
	ctx, cancel := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	running.Go(func() { pool.Run(ctx) })
	defer running.Wait()
	defer cancel()
	require.NoError(w.t, pool.Ready(ctx))
	w.Pool = pool
	meanwhile(ctx, pool)
}

// A card that somebody reads is left alone, and that is no trouble.
func TestWithin(t *testing.T) {
	w := newWorld(t)
	w.within(func(ctx context.Context, pool *reader.Pool) {
		r := w.examine()
		require.Empty(t, r.Headline, findings(r))
		require.Contains(t, findings(r), "ok card.ok: "+desk+" · 2.0 · DES · EF05 · EF06 · EF07 (RKSSSE)")
		require.Contains(t, findings(r), "ok sam.ok: "+samSlot+" · SM4, DES · 510100000001")

		lease, err := pool.Acquire(ctx, reader.IDOf(desk))
		require.NoError(t, err)
		_, err = lease.Transmit(ctx, []byte{0x00, 0x84, 0x00, 0x00, 0x08})
		require.NoError(t, err)
		r = w.examine()
		require.Empty(t, r.Headline, findings(r))
		require.Contains(t, findings(r), "info reader.in_use: "+desk)
		_, err = lease.Transmit(ctx, []byte{0x00, 0x84, 0x00, 0x00, 0x08})
		require.NoError(t, err, "who reads it has noticed nothing")
		lease.Release()
	})
}

// The configuration in force is looked at, and the file all the same.
func TestWithinConfig(t *testing.T) {
	w := newWorld(t)
	inForce := config.Default()
	inForce.Origins = []config.Origin{{Origin: "https://other.example"}}
	w.Config, w.config = &inForce, "listn: 1\n"
	r := w.examine()
	require.Equal(t, "config.invalid", r.Headline)
	require.Contains(t, findings(r), "info daemon.browser: https://other.example")
}

// Where there is no time left the rest is said to be undone.
func TestNoTimeLeft(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := doctor.Examine(ctx, w.Environment)
	for _, f := range r.Findings {
		require.True(t, strings.HasSuffix(f.Code, ".stuck"), f.Code)
	}
	require.NotEmpty(t, r.Findings)
}

// keyPad is a reader with one.
type keyPad struct{ reader.Driver }

func (k keyPad) Open(name string) reader.Conn { return keyPadConn{k.Driver.Open(name)} }

type keyPadConn struct{ reader.Conn }

func (keyPadConn) Features(context.Context) ([]byte, error) {
	return []byte{0x06, 4, 0x42, 0x33, 0, 6, 0x20, 4, 0x42, 0x33, 0, 7, 0x7F, 4, 0x42, 0x33, 0, 8, 0x0A}, nil
}

func (keyPadConn) Control(context.Context, uint32, []byte) ([]byte, error) {
	return nil, reader.ErrNoFeature
}

// What the reader can do by itself is asked in the card's own lease.
func TestFeatures(t *testing.T) {
	w := newWorld(t)
	w.Driver = keyPad{w.service}
	r := w.examine()
	require.Equal(t, []string{"verify-pin", "pace"}, r.Readers[0].Features)
	require.Empty(t, r.Readers[1].Features, "a PSAM is not asked")
}
