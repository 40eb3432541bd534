package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/pcsc"
	"sscard/reader/softcard"
	"sscard/reader/vpcd"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
)

// The tests in this file keep a daemon busy over a real pcscd while cards come and go, and hold each answer against the
// truth of who put which card where, and when. SSCARD_LOAD is for how long, such as 60s; `make load` runs them long.

const shortLoad = 4 * time.Second

func loadTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SSCARD_LOAD")
	if text == "" {
		return shortLoad
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err)
	return d
}

// person is what an answer must say, all of it or the part that was asked for.
type person struct{ number, name, id string }

// crowd are the cards that come and go, each of another person.
type crowd map[string]person

var crowdCards = [...]string{"gen1", "gen2", "gen2-unset", "gen2-long-name", "gen2-contactless"}

func newCrowd(t *testing.T, desk *terminal.Terminal) crowd {
	t.Helper()
	c := make(crowd)
	for _, name := range crowdCards {
		reading, err := desk.ReadCard(t.Context(), builtIn(t, name), terminal.ReadRequest{})
		require.NoError(t, err)
		d := reading.Document()
		c[name] = person{d.Issuer.Get("card_number"), d.Holder.Get("name"), d.Holder.Get("social_security_number")}
	}
	return c
}

// visit is a card in a reader, from before it was put in until after it was seen to be gone.
type visit struct {
	card     string
	from, to time.Time // to: zero while it is there
}

// truth is who was where.
type truth struct {
	mu     sync.Mutex
	visits map[string][]visit // by reader
}

func (w *truth) begin(reader, card string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.visits[reader] = append(w.visits[reader], visit{card: card, from: time.Now()})
}

func (w *truth) end(reader string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.visits[reader]
	list[len(list)-1].to = time.Now()
}

// possible are the cards that were in the reader at some moment of a request.
func (w *truth) possible(reader string, from, to time.Time) (cards []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.visits[reader] {
		if v.from.Before(to) && (v.to.IsZero() || v.to.After(from)) {
			cards = append(cards, v.card)
		}
	}
	return cards
}

// shuffle puts cards into the reader and pulls them out again, by chance, until ctx ends. A card goes whenever it likes, in
// the middle of a command too. The next one waits until the service, which looks every 400 ms, has seen that.
func (w *truth) shuffle(ctx context.Context, r vpcd.Reader, random *rand.Rand, stay time.Duration) error {
	for ctx.Err() == nil {
		name := crowdCards[random.IntN(len(crowdCards))]
		card, err := softwareCard{name: name}.make()
		if err != nil {
			return err
		}
		here, leave := context.WithTimeout(ctx, stay/2+time.Duration(random.Int64N(int64(stay))))
		w.begin(r.Name, name)
		err = vpcd.Serve(here, r.Addr, softcard.Answerer(card))
		leave()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
			return err
		}
		select {
		case <-time.After(pcscdLooks):
		case <-ctx.Done():
		}
		w.end(r.Name)
	}
	return nil
}

// pcscdLooks is longer than pcscd needs to see that a card has gone.
const pcscdLooks = 900 * time.Millisecond

// tally counts answers.
type tally struct {
	mu             sync.Mutex
	right          int
	typed          map[apitype.Code]int
	wrong, untyped []string
	slowest        time.Duration
}

func (t *tally) add(took time.Duration, note func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slowest = max(t.slowest, took)
	note()
}

// caller reads from its reader, over and over, a changing part of the card.
type caller struct {
	client *client.Client
	reader string
	crowd  crowd
	truth  *truth
	tally  *tally
}

var wishes = [...][]string{nil, {"holder"}, {"issuer.card_number", "holder.name"}, {"issuer"}}

func (c *caller) call(ctx context.Context, n int) {
	wish := wishes[n%len(wishes)]
	from := time.Now()
	d, err := c.client.Read(ctx, apitype.ReadRequest{Reader: c.reader, Fields: wish, TimeoutMS: 4000})
	took := time.Since(from)
	var told *client.Error
	switch {
	case ctx.Err() != nil:
	case errors.As(err, &told):
		c.tally.add(took, func() { c.tally.typed[told.Code]++ })
	case err != nil:
		c.tally.add(took, func() { c.tally.untyped = append(c.tally.untyped, err.Error()) })
	case c.isRight(d, c.truth.possible(c.reader, from, time.Now())):
		c.tally.add(took, func() { c.tally.right++ })
	default:
		c.tally.add(took, func() {
			c.tally.wrong = append(c.tally.wrong, fmt.Sprintf("%s %s", d.Issuer.Get("card_number"), d.Holder.Get("name")))
		})
	}
}

// isRight wants everything that the document says to be of one person who was there.
func (c *caller) isRight(d apitype.ReadDocument, there []string) bool {
	fits := func(got, want string) bool { return got == "" || got == want }
	return slices.ContainsFunc(there, func(name string) bool {
		p := c.crowd[name]
		return fits(d.Issuer.Get("card_number"), p.number) && fits(d.Holder.Get("name"), p.name) &&
			fits(d.Holder.Get("social_security_number"), p.id)
	}) && len(d.Issuer)+len(d.Holder) > 0
}

// load is a daemon with its truth and its callers.
type load struct {
	*daemon
	crowd crowd
	truth *truth
	tally *tally
	http  *http.Client
}

func startLoad(t *testing.T) *load {
	needStack(t)
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	cfg.Limits.Rate, cfg.Limits.Burst = 1_000_000, 1_000_000
	s, err := startDaemon(context.Background(), cfg, pcsc.New(), t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.wait(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-ended) })
	emptied, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = s.Pool.Await(emptied, func(now reader.Snapshot) bool { return now.Err == nil && len(holding(now)) == 0 })
	require.NoError(t, err, "cards of another test")
	connections := &http.Transport{MaxIdleConnsPerHost: 256}
	t.Cleanup(connections.CloseIdleConnections)
	return &load{
		daemon: s, crowd: newCrowd(t, s.Terminal), http: &http.Client{Transport: connections},
		truth: &truth{visits: make(map[string][]visit)}, tally: &tally{typed: make(map[apitype.Code]int)},
	}
}

func (l *load) client() *client.Client {
	return &client.Client{BaseURL: l.url, Token: l.token, HTTP: l.http}
}

// run has so many callers at the readers while cards change in them, as long as ctx says, and gives the counts.
func (l *load) run(ctx context.Context, t *testing.T, callers int, stay time.Duration, readers ...vpcd.Reader) {
	t.Helper()
	const seed = 20261124
	var all sync.WaitGroup
	for i, r := range readers {
		all.Go(func() {
			if err := l.truth.shuffle(ctx, r, rand.New(rand.NewPCG(seed, uint64(i))), stay); err != nil {
				t.Error(err)
			}
		})
	}
	for i := range callers {
		c := caller{client: l.client(), reader: readers[i%len(readers)].Name, crowd: l.crowd, truth: l.truth, tally: l.tally}
		all.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				c.call(ctx, n)
			}
		})
	}
	all.Wait()
	t.Logf("right %d, typed %v, wrong %d, untyped %d, slowest %v", l.tally.right, l.tally.typed, len(l.tally.wrong), len(l.tally.untyped), l.tally.slowest.Round(time.Millisecond))
	require.Empty(t, l.tally.wrong)
	require.Empty(t, l.tally.untyped)
	require.NotZero(t, l.tally.right)
	require.Less(t, l.tally.slowest, 10*time.Second, "a caller was left to wait past its deadline")
}

// use is what a process has taken.
type use struct {
	heap       uint64
	goroutines int
	files      int
}

func inUse(t *testing.T) use {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return use{m.HeapAlloc, runtime.NumGoroutine(), len(files)}
}

// requireGivenBack waits until goroutines and descriptors are as they were, and the heap is nearly so.
func requireGivenBack(t *testing.T, l *load, before use) {
	t.Helper()
	l.http.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	after := inUse(t)
	for after.goroutines > before.goroutines || after.files > before.files {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			stacks := make([]byte, 1<<16)
			t.Fatalf("%+v before, %+v after\n%s", before, after, stacks[:runtime.Stack(stacks, true)])
		}
		after = inUse(t)
	}
	t.Logf("heap %d KiB before, %d KiB after; goroutines %d, %d; descriptors %d, %d",
		before.heap>>10, after.heap>>10, before.goroutines, after.goroutines, before.files, after.files)
	require.Less(t, after.heap, before.heap+8<<20)
}

// 200 callers at one reader, whose cards change under them.
func TestLoadOfOneReader(t *testing.T) {
	l := startLoad(t)
	ctx, cancel := context.WithTimeout(t.Context(), loadTime(t))
	defer cancel()
	before := inUse(t)
	l.run(ctx, t, 200, 2*time.Second, stack.Readers()[0])
	requireGivenBack(t, l, before)
}

// Eight readers, whose cards come and go at random, under load; and the events tell all of it.
func TestLoadOfAHall(t *testing.T) {
	l := startLoad(t)
	readers := stack.Readers()[:8]
	told := l.follow(t)
	ctx, cancel := context.WithTimeout(t.Context(), loadTime(t))
	defer cancel()
	before := inUse(t)
	l.run(ctx, t, 40, 3*time.Second, readers...)
	for _, r := range readers {
		l.truth.requireTold(t, told, r.Name)
	}
	requireGivenBack(t, l, before)
}

// ear takes the events of the daemon.
type ear struct {
	mu     sync.Mutex
	last   uint64
	events map[string][]apitype.EventType // of cards, by reader
	failed []string
}

// follow listens until the test ends.
func (l *load) follow(t *testing.T) *ear {
	e := &ear{events: make(map[string][]apitype.EventType)}
	ctx, cancel := context.WithCancel(context.Background())
	var listening sync.WaitGroup
	ready := make(chan struct{})
	listening.Go(func() {
		for event, err := range l.client().Events(ctx) {
			if ctx.Err() == nil {
				e.take(event, err, ready)
			}
		}
	})
	t.Cleanup(func() { cancel(); listening.Wait() })
	<-ready
	return e
}

func (e *ear) take(event apitype.Event, err error, ready chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case err != nil:
		e.failed = append(e.failed, err.Error())
		return
	case event.Type == apitype.EventSnapshot:
		e.last = event.Seq
		close(ready)
		return
	case event.Seq != e.last+1:
		e.failed = append(e.failed, fmt.Sprintf("event %d after %d", event.Seq, e.last))
	}
	e.last = event.Seq
	if event.Type == apitype.EventCardInserted || event.Type == apitype.EventCardRemoved {
		e.events[event.Reader.Name] = append(e.events[event.Reader.Name], event.Type)
	}
}

func (e *ear) of(reader string) ([]apitype.EventType, []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.events[reader]), slices.Clone(e.failed)
}

// requireTold wants each visit to the reader to have been told, once as it began and once as it ended, in turn. The last
// may have been too short for the service.
func (w *truth) requireTold(t *testing.T, e *ear, reader string) {
	t.Helper()
	w.mu.Lock()
	visits := len(w.visits[reader])
	w.mu.Unlock()
	var events []apitype.EventType
	require.Eventually(t, func() bool {
		events, _ = e.of(reader)
		return len(events)%2 == 0 && len(events) >= 2*(visits-1)
	}, 10*time.Second, 50*time.Millisecond)
	_, failed := e.of(reader)
	require.Empty(t, failed)
	require.LessOrEqual(t, len(events), 2*visits)
	for i, event := range events {
		want := apitype.EventCardInserted
		if i%2 == 1 {
			want = apitype.EventCardRemoved
		}
		require.Equal(t, want, event, "%s: event %d of %d", reader, i+1, len(events))
	}
}
