package terminal_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

// silent is a service that can stop answering without going away.
type silent struct {
	*virtual.Driver
	heard time.Time
}

func (s *silent) Heard() time.Time { return s.heard }

func TestSilentService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &silent{Driver: virtual.New(slot), heard: time.Now()}
		pool := reader.NewPool(d, reader.Config{})
		profiles, err := builtIn()
		require.NoError(t, err)
		counter := terminal.New(terminal.Config{Pool: pool, Profiles: profiles, Log: slog.New(slog.DiscardHandler)})
		defer counter.Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); synctest.Wait() }()
		go pool.Run(ctx)
		require.NoError(t, pool.Ready(ctx))
		require.Empty(t, counter.Troubles())

		time.Sleep(time.Minute)
		want := apitype.TroubleOf(apitype.OfService, apitype.ServiceUnavailable)
		want.Since, want.Detail = d.heard, "the smart card service is not running: it does not answer"
		require.Equal(t, []apitype.Trouble{want}, counter.Troubles())

		d.heard = time.Now()
		require.Empty(t, counter.Troubles())
	})
}
