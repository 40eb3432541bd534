package reader_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/virtual"
)

// What ends when the card leaves ends by nothing else.
func TestWhileIn(t *testing.T) {
	for _, row := range []struct {
		name  string
		event func(t *testing.T, d *virtual.Driver)
		gone  bool
	}{
		{"taken out", func(t *testing.T, d *virtual.Driver) { require.NoError(t, d.Eject(contact)) }, true},
		{"another in its place", func(t *testing.T, d *virtual.Driver) {
			require.NoError(t, d.Insert(contact, readertest.NewCard(nil)))
		}, true},
		{"unplugged", func(_ *testing.T, d *virtual.Driver) { d.RemoveReader(contact) }, true},
		{"the service gone", func(_ *testing.T, d *virtual.Driver) { d.Stop(reader.ErrNoService) }, true},
		{"the card of another reader", func(t *testing.T, d *virtual.Driver) {
			require.NoError(t, d.Insert(contactless, readertest.NewCard(nil)))
			synctest.Wait()
			require.NoError(t, d.Eject(contactless))
		}, false},
		{"another reader unplugged", func(_ *testing.T, d *virtual.Driver) { d.RemoveReader(sam) }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
				insert(t, d, contact, readertest.NewCard(nil))
				lease, err := p.Acquire(ctx, find(t, p, contact).ID)
				require.NoError(t, err)
				defer lease.Release()
				there, stop := lease.WhileIn(ctx)
				row.event(t, d)
				synctest.Wait()
				if row.gone {
					require.ErrorIs(t, context.Cause(there), reader.ErrRemoved)
				} else {
					require.NoError(t, there.Err())
				}
				stop()
				require.Error(t, there.Err())
				late, stop := lease.WhileIn(ctx)
				defer stop()
				require.Equal(t, row.gone, late.Err() != nil, "who comes late is told at once")
			})
		})
	}
}
