package reader_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/virtual"
)

// Everybody's waiting is told, and at the end of a lease what its user spent, summed up.
func TestTook(t *testing.T) {
	took := make(map[string][]time.Duration)
	cfg := reader.Config{Took: func(phase string, d time.Duration) { took[phase] = append(took[phase], d) }}
	bubble(t, cfg, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(nil))
		id := find(t, p, contact).ID
		lease, err := p.Acquire(ctx, id)
		require.NoError(t, err)

		hasty, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err = p.Acquire(hasty, id)
		require.ErrorIs(t, err, reader.ErrBusy)

		lease.Spent("select", time.Millisecond)
		lease.Spent("select", time.Millisecond)
		require.NotContains(t, took, "select", "at the end")
		lease.Release()
		require.Equal(t, map[string][]time.Duration{
			reader.PhaseQueue: {0, time.Second}, reader.PhaseConnect: {0}, "select": {2 * time.Millisecond},
		}, took)

		took = make(map[string][]time.Duration)
		require.NoError(t, d.Eject(contact))
		require.Error(t, once(ctx, p, id))
		require.Contains(t, took, reader.PhaseConnect, "told of who does not come to his card, too")
	})
}
