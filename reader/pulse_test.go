package reader_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/virtual"
)

// sleeper is a driver whose service answers when it is told to.
type sleeper struct {
	*virtual.Driver
	heard time.Time
}

func (s *sleeper) Heard() time.Time { return s.heard }

func TestHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &sleeper{Driver: virtual.New(contact)}
		p := reader.NewPool(d, reader.Config{})
		require.Zero(t, p.Heard())
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); synctest.Wait() }()
		began := time.Now()
		go p.Run(ctx)
		time.Sleep(time.Minute)
		require.Equal(t, began, p.Heard(), "nothing since the watch began")
		d.heard = time.Now()
		require.Equal(t, d.heard, p.Heard())

		d.Stop(reader.ErrNoService)
		time.Sleep(time.Minute)
		require.Less(t, time.Since(p.Heard()), 10*time.Second, "that there is no service is an answer")
	})
}
