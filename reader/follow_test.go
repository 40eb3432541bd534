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

// A follower is told of every change, also of one that is undone before anybody who waits has looked.
func TestFollowMissesNothing(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(nil))
		var told []*reader.Card
		stop := p.Follow(func(s reader.Snapshot) { told = append(told, s.Readers[0].Card) })
		require.Len(t, told, 1, "what is known at the beginning")

		require.NoError(t, d.Eject(contact))
		synctest.Wait()
		insert(t, d, contact, readertest.NewCard(nil))
		insert(t, d, contactless, readertest.NewCard(nil))
		require.Len(t, told, 4)
		require.Nil(t, told[1])
		require.False(t, told[2].Is(told[0]), "an equal card is a new card")
		require.True(t, told[3].Is(told[2]), "another reader's news change nothing here")
		require.False(t, told[2].Is(nil))

		stop()
		require.NoError(t, d.Eject(contact))
		synctest.Wait()
		require.Len(t, told, 4)
	})
}

func TestAcquireIdle(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(nil))
		id := find(t, p, contact).ID
		held, err := p.Acquire(ctx, id)
		require.NoError(t, err)
		_, err = p.AcquireIdle(ctx, id)
		require.ErrorIs(t, err, reader.ErrBusy)
		held.Release()

		idle, err := p.AcquireIdle(ctx, id)
		require.NoError(t, err)
		waited := make(chan error)
		go func() {
			l, err := p.Acquire(ctx, id)
			waited <- err
			l.Release()
		}()
		synctest.Wait()
		idle.Release()
		require.NoError(t, <-waited, "others wait for it as for anybody")
	})
}
