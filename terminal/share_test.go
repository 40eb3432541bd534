package terminal_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader"
	"sscard/reader/softcard"
	"sscard/reader/virtual"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

// perCommand is how long the cards of these tests take for a command.
const perCommand = 100 * time.Millisecond

// swapped is a card that is another at each reading, with a number of its own, and nobody sees it being swapped. Each
// command takes its time.
type swapped struct {
	t      testing.TB
	clock  *atomic.Int64 // counts arrivals and readings
	delay  time.Duration
	card   softcard.Answerer
	number string
	begun  map[string]int64 // by card number: when its reading began
}

func newSwapped(t testing.TB, delay time.Duration) *swapped {
	s := &swapped{t: t, clock: new(atomic.Int64), delay: delay, begun: make(map[string]int64)}
	s.swap()
	return s
}

func (s *swapped) swap() {
	now := s.clock.Add(1)
	s.number = fmt.Sprintf("A%08d", now)
	s.card = parse(s.t, describe(s.t, "gen2", "A00000038", s.number))
	s.begun[s.number] = now
}

func (s *swapped) ATR() []byte { return s.card.ATR() }
func (s *swapped) Reset()      { s.card.Reset() }

func (s *swapped) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if command[1] == apdu.InsSelect && len(command) > 10 {
		s.swap()
	}
	select {
	case <-time.After(s.delay):
		return s.card.Transmit(ctx, command)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// caller is one who reads: its answer is there when done is closed.
type caller struct {
	arrived int64
	number  string
	err     error
	took    time.Duration
	done    chan struct{}
}

func (c *counter) call(ctx context.Context, s *swapped, req terminal.ReadRequest) *caller {
	one := &caller{arrived: s.clock.Add(1), done: make(chan struct{})}
	start := time.Now()
	go func() {
		defer close(one.done)
		reading, err := c.terminal.Read(ctx, req)
		one.err, one.took = err, time.Since(start)
		if err == nil {
			one.number = reading.Document().Issuer.Get("card_number")
		}
	}()
	return one
}

func (c *counter) shared(test func(s *swapped)) {
	s := newSwapped(c.t, perCommand)
	require.NoError(c.t, c.driver.Insert(slot, s))
	synctest.Wait()
	test(s)
}

func number(t *testing.T, c *caller) string {
	t.Helper()
	<-c.done
	require.NoError(t, c.err)
	return c.number
}

// Those who wait for the same share a reading, which stands where the first of them stood; who comes when it has begun
// gets the next one, of the card that is there by then.
func TestWhoSharesWithWhom(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.shared(func(s *swapped) {
			name := []string{"holder.name", "issuer.card_number"}
			var callers []*caller
			for _, req := range []terminal.ReadRequest{
				{},                                   // 0: begins at once
				{},                                   // 1: the next reading
				{Fields: name},                       // 2: asks for something else
				{Reader: slot},                       // 3: as 1
				{Allowed: name},                      // 4: may have something else
				{Fields: []string{name[1], name[0]}}, // 5: as 2
				{Interface: reader.Contact},          // 6: as 1
			} {
				callers = append(callers, c.call(t.Context(), s, req))
				synctest.Wait()
			}
			got := make([]string, len(callers))
			for i, one := range callers {
				got[i] = number(t, one)
			}
			shares := map[string][]int{}
			for i, n := range got {
				shares[n] = append(shares[n], i)
			}
			require.Equal(t, map[string][]int{got[0]: {0}, got[1]: {1, 3, 6}, got[2]: {2, 5}, got[4]: {4}}, shares)
			require.Equal(t, uint64(3), c.terminal.Stats().Shared)
			require.IsIncreasing(t, []int64{s.begun[got[0]], s.begun[got[1]], s.begun[got[2]], s.begun[got[4]]}, "in the order of asking")
		})
	})
}

// Whatever comes when, with whatever deadline: who is answered is answered by a reading that began after he came, in
// his time, and who is not has a code.
func TestNothingOlderIsServed(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.shared(func(s *swapped) {
					random := rand.New(rand.NewPCG(seed, seed))
					wishes := [][]string{nil, {"issuer"}, {"issuer.card_number"}}
					var callers []*caller
					var limits []time.Duration
					for range 60 {
						limit := time.Duration(random.IntN(2000)+1) * time.Millisecond
						ctx, cancel := context.WithTimeout(t.Context(), limit)
						defer cancel()
						limits = append(limits, limit)
						callers = append(callers, c.call(ctx, s, terminal.ReadRequest{Fields: wishes[random.IntN(len(wishes))]}))
						time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
					}
					for _, one := range callers {
						<-one.done
					}
					served := 0
					for i, one := range callers {
						require.LessOrEqual(t, one.took, limits[i])
						if one.err == nil {
							served++
							require.Greater(t, s.begun[one.number], one.arrived)
							continue
						}
						code := terminal.AsError(one.err).Code
						require.Contains(t, []apitype.Code{apitype.ReaderBusy, apitype.Timeout}, code, one.err)
					}
					require.NotZero(t, served)
				})
			})
		})
	}
}

// A waiter leaves alone: the reading goes on for the others, and ends with the last of them.
func TestWaitersLeaveAlone(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.shared(func(s *swapped) {
			first := c.call(t.Context(), s, terminal.ReadRequest{})
			synctest.Wait()
			short, cancel := context.WithTimeout(t.Context(), perCommand)
			defer cancel()
			inLine := c.call(short, s, terminal.ReadRequest{})
			later, cancel := context.WithTimeout(t.Context(), 4*perCommand)
			defer cancel()
			reading := c.call(later, s, terminal.ReadRequest{})
			patient := c.call(t.Context(), s, terminal.ReadRequest{})

			require.NotEmpty(t, number(t, first))
			<-inLine.done
			require.Equal(t, apitype.ReaderBusy, terminal.AsError(inLine.err).Code, "nobody had asked the card for him")
			<-reading.done
			require.Equal(t, apitype.Timeout, terminal.AsError(reading.err).Code, "the card was at it")
			require.NotEmpty(t, number(t, patient))

			before := s.clock.Load()
			only, cancel := context.WithTimeout(t.Context(), perCommand/2)
			defer cancel()
			alone := c.call(only, s, terminal.ReadRequest{})
			<-alone.done
			require.Equal(t, apitype.Timeout, terminal.AsError(alone.err).Code)
			require.Equal(t, perCommand/2, alone.took)
			require.Equal(t, before+2, s.clock.Load(), "came, and began a reading")
			require.NotEmpty(t, number(t, c.call(t.Context(), s, terminal.ReadRequest{})), "the reader is free")
		})
	})
}

// What goes wrong with a reading goes wrong for all who share it, and for nobody else.
func TestSharedFailure(t *testing.T) {
	tests := []struct {
		name string
		does func(ctx context.Context) ([]byte, error)
		code apitype.Code
	}{
		{"the card is pulled", func(context.Context) ([]byte, error) { return nil, softcard.ErrRemoved }, apitype.CardRemoved},
		{"the card falls silent", func(ctx context.Context) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }, apitype.CardMute},
		{"a bug", func(context.Context) ([]byte, error) { panic("王小明 in the wrong place") }, apitype.Internal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				bad := &failing{Answerer: card(t, "gen2"), does: test.does, at: 4, start: make(chan struct{})} // in the second reading
				require.NoError(t, c.driver.Insert(slot, bad))
				synctest.Wait()
				var wait sync.WaitGroup
				errs := make([]error, 5)
				for i := range errs {
					wait.Go(func() { _, errs[i] = c.terminal.Read(t.Context(), terminal.ReadRequest{}) })
					synctest.Wait()
				}
				close(bad.start)
				wait.Wait()
				require.NoError(t, errs[0])
				for _, err := range errs[1:] {
					require.Equal(t, test.code, terminal.AsError(err).Code, err)
					require.NotContains(t, err.Error(), "王小明")
				}
				c.insert(card(t, "gen2"))
				c.read(terminal.ReadRequest{})
			})
		})
	}
}

// failing answers its first command when it may begin, and does something else at one command.
type failing struct {
	softcard.Answerer
	does  func(context.Context) ([]byte, error)
	at    int
	count int
	start chan struct{}
}

func (f *failing) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	<-f.start
	if f.count++; f.count == f.at {
		return f.does(ctx)
	}
	return f.Answerer.Transmit(ctx, command)
}

// What one caller does to his answer is his own affair.
func TestSharedReadingsAreTheirOwn(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.shared(func(s *swapped) {
			var readings [3]*terminal.Reading
			var wait sync.WaitGroup
			for i := range readings {
				wait.Go(func() { readings[i], _ = c.terminal.Read(t.Context(), terminal.ReadRequest{}) })
				synctest.Wait()
			}
			wait.Wait()
			a, b := readings[1], readings[2]
			require.Equal(t, a.Fields, b.Fields)
			for i := range a.Fields {
				a.Fields[i].Value = "spoilt"
			}
			a.ATR[0], a.Historical[0], a.Reader.Card.ATR[0] = 0, 0xFF, 0
			for _, f := range b.Fields {
				require.NotEqual(t, "spoilt", f.Value.Reveal())
			}
			require.NotEqual(t, a.ATR[0], b.ATR[0])
			require.NotEqual(t, a.Historical[0], b.Historical[0])
			require.NotEqual(t, a.Reader.Card.ATR[0], b.Reader.Card.ATR[0])
		})
	})
}

// A reader that hangs delays nobody at another one.
func TestReadersDoNotWaitForEachOther(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		const other = "Counter 2 00 00"
		c.driver.AddReader(other)
		require.NoError(t, c.driver.Insert(other, card(t, "gen1")))
		c.shared(func(s *swapped) {
			require.NoError(t, c.driver.SetHung(slot, true))
			hanging := c.call(t.Context(), s, terminal.ReadRequest{Reader: slot})
			synctest.Wait()
			before := time.Now()
			reading, err := c.terminal.Read(t.Context(), terminal.ReadRequest{Reader: other})
			require.NoError(t, err)
			require.Equal(t, "李四", nameOf(reading))
			require.Equal(t, before, time.Now())

			<-hanging.done
			require.Equal(t, apitype.CardMute, terminal.AsError(hanging.err).Code)
			time.Sleep(time.Minute)
			_, err = c.terminal.Read(t.Context(), terminal.ReadRequest{Reader: slot})
			require.Equal(t, apitype.ReaderFailed, terminal.AsError(err).Code)
			require.NoError(t, c.driver.SetHung(slot, false))
			synctest.Wait()
			require.NotEmpty(t, number(t, c.call(t.Context(), s, terminal.ReadRequest{Reader: slot})))
		})
	})
}

func nameOf(r *terminal.Reading) string { return r.Document().Holder.Get("name") }

// BenchmarkCallers has 200 callers ask for the same at once: each for himself, and sharing.
func BenchmarkCallers(b *testing.B) {
	const callers, perCommand = 200, 200 * time.Microsecond
	profiles, err := layouts("")
	require.NoError(b, err)
	driver := virtual.New(slot)
	require.NoError(b, driver.Insert(slot, softcard.WithFault(card(b, "gen2"), softcard.Fault{Kind: softcard.Slow, At: 1, Delay: perCommand})))
	pool := reader.NewPool(driver, reader.Config{})
	ctx, cancel := context.WithCancel(b.Context())
	var ended sync.WaitGroup
	ended.Go(func() { pool.Run(ctx) })
	defer func() { cancel(); ended.Wait() }()
	require.NoError(b, pool.Ready(ctx))
	term := terminal.New(terminal.Config{Pool: pool, Profiles: profiles})
	id := pool.Snapshot().Readers[0].ID
	ways := map[string]func() error{
		"shared": func() error { _, err := term.Read(ctx, terminal.ReadRequest{}); return err },
		"alone": func() error {
			return pool.Do(ctx, id, func(l *reader.Lease) error {
				_, err := term.ReadCard(ctx, l, terminal.ReadRequest{})
				return err
			})
		},
	}
	for _, name := range strings.Fields("alone shared") {
		b.Run(name, func(b *testing.B) {
			before := pool.Stats().Leases
			for b.Loop() {
				var wait sync.WaitGroup
				for range callers {
					wait.Go(func() {
						if err := ways[name](); err != nil {
							b.Error(err)
						}
					})
				}
				wait.Wait()
			}
			b.ReportMetric(float64(pool.Stats().Leases-before)/float64(b.N), "readings/op")
		})
	}
}
