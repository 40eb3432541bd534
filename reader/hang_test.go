package reader_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/virtual"
)

// once asks the card in the reader one thing.
func once(ctx context.Context, p *reader.Pool, id string) error {
	return p.Do(ctx, id, func(l *reader.Lease) error {
		_, err := l.Transmit(ctx, command())
		return err
	})
}

// A reader that swallows a call keeps one call, is marked and turns everybody away at once, those in line too; it is
// had again when the service lets go of it.
func TestHungReader(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(nil))
		insert(t, d, contactless, readertest.NewCard(nil))
		id, began := find(t, p, contact).ID, time.Now()
		require.NoError(t, d.SetHung(contact, true))
		first, inLine := make(chan error), make(chan error)
		go func() { first <- once(ctx, p, id) }()
		synctest.Wait()
		require.Equal(t, reader.StateBusy, find(t, p, contact).State)
		go func() { inLine <- once(ctx, p, id) }()
		synctest.Wait()
		require.Equal(t, 1, p.Stats().Waiting[id])

		require.ErrorIs(t, <-first, reader.ErrMute)
		require.Equal(t, 3*time.Second, time.Since(began), "a caller does not wait for what is abandoned")
		require.ErrorIs(t, <-inLine, reader.ErrHung)
		require.Equal(t, 5*time.Second, time.Since(began), "it was given time to come back")

		hung := find(t, p, contact)
		require.Equal(t, reader.StateHung, hung.State)
		require.Equal(t, began.Add(3*time.Second), hung.Hang.Since)
		for range 3 {
			before := time.Now()
			require.ErrorIs(t, once(ctx, p, id), reader.ErrHung)
			require.Equal(t, before, time.Now(), "refused at once")
		}
		require.NoError(t, once(ctx, p, find(t, p, contactless).ID), "others are not touched")
		stats := p.Stats()
		require.Equal(t, []uint64{1, 2}, []uint64{stats.Abandoned, stats.Leases})
		require.Equal(t, 1, stats.Hanging, "one thread, however many ask")

		require.NoError(t, d.SetHung(contact, false))
		s, err := p.Await(ctx, func(s reader.Snapshot) bool { return s.Readers[0].State == reader.StateOK })
		require.NoError(t, err, "who awaits the pool is told")
		require.Nil(t, s.Readers[0].Hang)
		require.NoError(t, once(ctx, p, id))
		require.Zero(t, p.Stats().Hanging)
	})
}

// A call that comes back soon after its caller has left holds the next up, and nothing more.
func TestLateIsNotHung(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(nil))
		id := find(t, p, contact).ID
		require.NoError(t, d.SetHung(contact, true))
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		require.ErrorIs(t, once(short, p, id), context.DeadlineExceeded)
		time.AfterFunc(time.Second, func() { _ = d.SetHung(contact, false) })
		require.NoError(t, once(ctx, p, id))
		require.Nil(t, find(t, p, contact).Hang)
	})
}

// A service that swallows the calls to every reader does not get more of them than is set.
func TestHangingCallsAreFew(t *testing.T) {
	const most = 2
	bubble(t, reader.Config{Hanging: most}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		var errs []error
		for _, name := range []string{contact, contactless, sam} {
			insert(t, d, name, readertest.NewCard(nil))
			require.NoError(t, d.SetHung(name, true))
			before := time.Now()
			errs = append(errs, once(ctx, p, find(t, p, name).ID))
			if len(errs) > most {
				require.Equal(t, before, time.Now(), "refused at once")
			}
		}
		require.ErrorIs(t, errs[most-1], reader.ErrMute)
		require.ErrorIs(t, errs[most], reader.ErrHung)
		require.Equal(t, most, p.Stats().Hanging)

		for _, name := range []string{contact, contactless, sam} {
			require.NoError(t, d.SetHung(name, false))
		}
		synctest.Wait()
		require.NoError(t, once(ctx, p, find(t, p, sam).ID))
	})
}

// The unplugged reader lets go of its calls; the one that is plugged in is as new.
func TestHungReaderIsReplugged(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(nil))
		id := find(t, p, contact).ID
		require.NoError(t, d.SetHung(contact, true))
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		require.ErrorIs(t, once(short, p, id), context.DeadlineExceeded)
		d.RemoveReader(contact)
		synctest.Wait()
		d.AddReader(contact)
		insert(t, d, contact, readertest.NewCard(nil))
		require.NoError(t, once(ctx, p, id))
	})
}
