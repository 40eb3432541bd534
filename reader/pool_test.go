package reader_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/apdu"
	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/virtual"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ apdu.Transmitter = (*reader.Lease)(nil)

const (
	contact     = "Hall Contact 00 00"
	contactless = "Hall NFC 00 00"
	sam         = "Hall SAM 00 00"
)

// bubble runs a pool over virtual readers on a clock of its own.
func bubble(t *testing.T, cfg reader.Config, test func(ctx context.Context, d *virtual.Driver, p *reader.Pool)) {
	synctest.Test(t, func(t *testing.T) {
		d := virtual.New(contact, contactless, sam)
		p := reader.NewPool(d, cfg)
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); synctest.Wait() }()
		go p.Run(ctx)
		require.NoError(t, p.Ready(ctx))
		test(ctx, d, p)
	})
}

func find(t *testing.T, p *reader.Pool, name string) reader.Reader {
	t.Helper()
	for _, r := range p.Snapshot().Readers {
		if r.Name == name {
			return r
		}
	}
	require.FailNow(t, "no reader", name)
	return reader.Reader{}
}

func insert(t *testing.T, d *virtual.Driver, name string, card virtual.Card) {
	t.Helper()
	require.NoError(t, d.Insert(name, card))
	synctest.Wait()
}

func command() []byte { return []byte{0x00, 0x84, 0x00, 0x00, 0x08} }

func TestHotPlug(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		require.Nil(t, find(t, p, contact).Card)
		insert(t, d, contact, readertest.NewCard(nil))
		first := find(t, p, contact)
		require.Equal(t, readertest.ContactATR(), first.Card.ATR)

		time.Sleep(time.Minute)
		insert(t, d, contactless, readertest.NewCard(nil))
		require.Equal(t, first, find(t, p, contact), "another reader's news change nothing here")

		insert(t, d, contact, readertest.NewCard(nil))
		require.True(t, find(t, p, contact).Card.Since.After(first.Card.Since), "an equal card is a new card")

		d.RemoveReader(contact)
		synctest.Wait()
		require.Len(t, p.Snapshot().Readers, 2)
		_, err := p.Acquire(ctx, first.ID)
		require.ErrorIs(t, err, reader.ErrUnknownReader)

		d.AddReader(contact)
		synctest.Wait()
		require.Equal(t, first.ID, find(t, p, contact).ID, "the id outlives replugging")
	})
}

// told is a driver that reports what it is told to.
type told struct {
	*virtual.Driver
	reports chan reader.Slot
}

func (d told) Watch(ctx context.Context, report func([]reader.Slot)) error {
	for {
		select {
		case slot := <-d.reports:
			report([]reader.Slot{slot})
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// A new card is told by the count of comings and goings, where the service has one, and else by its ATR.
func TestWhatIsANewCard(t *testing.T) {
	atr, other := []byte{0x3B, 1}, []byte{0x3B, 2}
	tests := []struct {
		name      string
		was, is   reader.Slot
		same      bool
		afterward reader.Card
	}{
		{"nothing happened", reader.Slot{Events: 5, ATR: atr}, reader.Slot{Events: 5, ATR: atr}, true, reader.Card{ATR: atr}},
		{"an equal card", reader.Slot{Events: 5, ATR: atr}, reader.Slot{Events: 7, ATR: atr}, false, reader.Card{ATR: atr}},
		{"reset otherwise", reader.Slot{Events: 5, ATR: atr}, reader.Slot{Events: 5, ATR: other}, true, reader.Card{ATR: other}},
		{"mute at second sight", reader.Slot{Events: 5}, reader.Slot{Events: 5, Mute: true}, true, reader.Card{Mute: true}},
		{"no count, same ATR", reader.Slot{ATR: atr}, reader.Slot{ATR: atr}, true, reader.Card{ATR: atr}},
		{"no count, another ATR", reader.Slot{ATR: atr}, reader.Slot{ATR: other}, false, reader.Card{ATR: other}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := told{virtual.New(), make(chan reader.Slot)}
				p := reader.NewPool(d, reader.Config{})
				ctx, cancel := context.WithCancel(t.Context())
				defer func() { cancel(); synctest.Wait() }()
				go p.Run(ctx)
				var cards []reader.Card
				for _, slot := range []reader.Slot{test.was, test.is} {
					slot.Name, slot.Present = contact, true
					d.reports <- slot
					synctest.Wait()
					cards = append(cards, *find(t, p, contact).Card)
					time.Sleep(time.Second)
				}
				require.Equal(t, test.same, cards[1].Is(&cards[0]))
				require.Equal(t, test.same, cards[1].Since.Equal(cards[0].Since))
				require.Equal(t, test.afterward.ATR, cards[1].ATR)
				require.Equal(t, test.afterward.Mute, cards[1].Mute)
			})
		})
	}
}

func TestRules(t *testing.T) {
	rules := []reader.Rule{
		{Match: "sam", Role: reader.RoleSAM},
		{Match: "hall contact", Interface: reader.Contactless},
	}
	bubble(t, reader.Config{Rules: rules}, func(_ context.Context, d *virtual.Driver, p *reader.Pool) {
		require.Equal(t, reader.RoleSAM, find(t, p, sam).Role)
		require.Equal(t, reader.RoleCard, find(t, p, contact).Role)
		require.Equal(t, reader.Contactless, find(t, p, contact).Interface)
		insert(t, d, sam, readertest.NewCard(nil))
		_, err := p.Snapshot().Pick("", reader.Unknown)
		require.ErrorIs(t, err, reader.ErrNoCard, "a SAM is never offered as a card")
		_, err = p.Snapshot().Pick(find(t, p, sam).ID, reader.Unknown)
		require.ErrorIs(t, err, reader.ErrUnknownReader)
	})
}

func TestLeasesTakeTurns(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(nil))
		id := find(t, p, contact).ID
		held, err := p.Acquire(ctx, id)
		require.NoError(t, err)

		var order []int
		for n := range 5 {
			go func() {
				l, err := p.Acquire(ctx, id)
				if err == nil {
					order = append(order, n)
					l.Release()
				}
			}()
			synctest.Wait()
		}
		require.Empty(t, order)
		held.Release()
		synctest.Wait()
		require.Equal(t, []int{0, 1, 2, 3, 4}, order)
	})
}

func TestLeaseQueueEnds(t *testing.T) {
	bubble(t, reader.Config{Queue: 1}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(nil))
		id := find(t, p, contact).ID
		held, err := p.Acquire(ctx, id)
		require.NoError(t, err)

		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		waited := make(chan error)
		go func() { _, err := p.Acquire(short, id); waited <- err }()
		synctest.Wait()
		_, err = p.Acquire(ctx, id)
		require.ErrorIs(t, err, reader.ErrBusy, "the line is full")
		require.ErrorIs(t, <-waited, reader.ErrBusy, "the deadline came first")

		held.Release()
		next, err := p.Acquire(ctx, id)
		require.NoError(t, err, "who left the line does not hold it up")
		next.Release()
	})
}

func TestFailures(t *testing.T) {
	silent := func(ctx context.Context, _ []byte) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }
	none := func(context.Context, []byte) ([]byte, error) { return nil, nil }
	pulled := func(context.Context, []byte) ([]byte, error) { return nil, errors.New("pulled") }
	tests := []struct {
		name    string
		card    *readertest.Card
		timeout time.Duration
		want    error
	}{
		{"card pulled in mid-command", readertest.NewCard(pulled), time.Hour, reader.ErrRemoved},
		{"card that falls silent", readertest.NewCard(silent), time.Hour, reader.ErrMute},
		{"caller's time over first", readertest.NewCard(silent), time.Second, context.DeadlineExceeded},
		{"empty answer from a card that stays", readertest.NewCard(none), time.Hour, reader.ErrFailed},
		{"card that never answered its reset", &readertest.Card{}, time.Hour, reader.ErrMute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
				insert(t, d, contact, test.card)
				id := find(t, p, contact).ID
				short, cancel := context.WithTimeout(ctx, test.timeout)
				defer cancel()
				err := p.Do(short, id, func(l *reader.Lease) error {
					_, err := l.Transmit(short, command())
					_, again := l.Transmit(short, command())
					require.Equal(t, err, again, "a failed lease stays failed")
					return err
				})
				require.ErrorIs(t, err, test.want)
				var story *reader.Error
				require.ErrorAs(t, err, &story)
				require.Equal(t, contact, story.Reader)

				insert(t, d, contact, readertest.NewCard(nil))
				require.NoError(t, p.Do(ctx, id, func(l *reader.Lease) error {
					_, err := l.Transmit(ctx, command())
					return err
				}), "the next card is read")
			})
		})
	}
}

// PC/SC services look for a removal every 400 ms: the command fails first.
func TestRemovalNoticedLater(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(func(context.Context, []byte) ([]byte, error) {
			time.AfterFunc(400*time.Millisecond, func() { _ = d.Eject(contact) })
			return nil, nil
		}))
		err := p.Do(ctx, find(t, p, contact).ID, func(l *reader.Lease) error {
			_, err := l.Transmit(ctx, command())
			return err
		})
		require.ErrorIs(t, err, reader.ErrRemoved)
	})
}

func TestStartsOverAfterReset(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(nil))
		for _, resets := range []int{1, 2} {
			runs := 0
			err := p.Do(ctx, find(t, p, contact).ID, func(l *reader.Lease) error {
				if runs++; runs <= resets {
					require.NoError(t, d.ResetCard(contact))
				}
				_, err := l.Transmit(ctx, command())
				return err
			})
			require.Equal(t, 2, runs)
			if resets == 1 {
				require.NoError(t, err, "once is mended")
			} else {
				require.ErrorIs(t, err, reader.ErrReset, "twice is somebody at work")
			}
		}
	})
}

func TestHungReaderHangsAlone(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		release := make(chan struct{})
		insert(t, d, contact, readertest.NewCard(func(context.Context, []byte) ([]byte, error) {
			<-release
			return []byte{0x90, 0x00}, nil
		}))
		insert(t, d, contactless, readertest.NewCard(nil))
		hung := make(chan struct{})
		go func() {
			defer close(hung)
			_ = p.Do(ctx, find(t, p, contact).ID, func(l *reader.Lease) error {
				_, err := l.Transmit(ctx, command())
				return err
			})
		}()
		synctest.Wait()
		require.NoError(t, p.Do(ctx, find(t, p, contactless).ID, func(l *reader.Lease) error {
			_, err := l.Transmit(ctx, command())
			return err
		}))
		close(release)
		<-hung
	})
}

func TestReaderHeldByAnother(t *testing.T) {
	bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
		insert(t, d, contact, readertest.NewCard(nil))
		id := find(t, p, contact).ID
		require.NoError(t, d.SetExclusive(contact, true))
		_, err := p.Acquire(ctx, id)
		require.ErrorIs(t, err, reader.ErrBusy)
		require.NoError(t, d.SetExclusive(contact, false))

		other := d.Open(contact)
		_, err = other.Connect(ctx)
		require.NoError(t, err)
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err = p.Acquire(short, id)
		require.ErrorIs(t, err, reader.ErrBusy, "another program's transaction")
		other.Close()
	})
}

func TestServiceLostAndFound(t *testing.T) {
	for _, cause := range []error{reader.ErrNoService, reader.ErrDenied} {
		t.Run(cause.Error(), func(t *testing.T) {
			bubble(t, reader.Config{}, func(ctx context.Context, d *virtual.Driver, p *reader.Pool) {
				insert(t, d, contact, readertest.NewCard(nil))
				id := find(t, p, contact).ID
				d.Stop(cause)
				synctest.Wait()
				require.ErrorIs(t, p.Snapshot().Err, cause)
				require.Empty(t, p.Snapshot().Readers)
				_, err := p.Acquire(ctx, id)
				require.ErrorIs(t, err, cause)
				_, err = p.Snapshot().Pick("", reader.Unknown)
				require.ErrorIs(t, err, cause)

				time.Sleep(time.Minute)
				d.Start()
				_, err = p.Await(ctx, func(s reader.Snapshot) bool { return s.Err == nil })
				require.NoError(t, err)
				l, err := p.Acquire(ctx, id)
				require.NoError(t, err, "recovered without a restart")
				l.Release()
			})
		})
	}
}

func TestRecovery(t *testing.T) {
	tests := map[error]reader.Recovery{
		reader.ErrNotReady: reader.Again, reader.ErrReset: reader.Reconnect, reader.ErrFailed: reader.Reconnect,
		reader.ErrNoService: reader.Rebuild, reader.ErrDenied: reader.Rebuild,
		reader.ErrNoCard: reader.GiveUp, reader.ErrRemoved: reader.GiveUp, reader.ErrMute: reader.GiveUp,
		reader.ErrBusy: reader.GiveUp, reader.ErrHung: reader.GiveUp, reader.ErrUnknownReader: reader.GiveUp, context.Canceled: reader.GiveUp, nil: reader.GiveUp,
	}
	for err, want := range tests {
		t.Run(fmt.Sprint(err), func(t *testing.T) {
			require.Equal(t, want, reader.RecoveryOf(&reader.Error{Op: "transmit", Reader: contact, Err: err}))
		})
	}
}
