package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader/pcsc"
	"sscard/reader/vpcd"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

// Whole daemons over the real stack with more callers and more cards than any hall. Each answer is compared with what
// the cards themselves know: whose data it is, and that the reading which it came from began after the request. The
// figures are printed (go test -v, make load).

// loadTime is how long the load lasts: SSCARD_LOAD, or a few seconds that find what is grossly wrong.
func loadTime(t testing.TB) time.Duration {
	t.Helper()
	text := os.Getenv("SSCARD_LOAD")
	if text == "" {
		return 3 * time.Second
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err)
	return d
}

// loadConfig lets one caller ask as fast as it likes.
func loadConfig() config.Config {
	cfg := config.Default()
	cfg.Limits = config.Limits{Rate: 1_000_000, Burst: 1_000_000, Connections: 2048}
	return cfg
}

// inUse is what the process has in use.
type inUse struct {
	goroutines, descriptors int
	heap                    uint64
}

func measure(t testing.TB) inUse {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return inUse{runtime.NumGoroutine(), len(open), m.HeapAlloc}
}

// settled waits until the process has no more goroutines and descriptors than it had. A connection is idle, and can be
// closed, some time after its last answer.
func settled(t testing.TB, before inUse, callers *http.Transport) inUse {
	t.Helper()
	for end := time.Now().Add(patience); ; pause(t.Context(), 50*time.Millisecond) {
		callers.CloseIdleConnections()
		now := measure(t)
		if now.goroutines <= before.goroutines && now.descriptors <= before.descriptors {
			return now
		}
		if time.Now().After(end) {
			_ = pprof.Lookup("goroutine").WriteTo(t.Output(), 1)
			require.FailNow(t, "more than before", "%v, before %v", now, before)
		}
	}
}

func (u inUse) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, heap %.1f MiB", u.goroutines, u.descriptors, float64(u.heap)/(1<<20))
}

// 200 callers at one reader, while the card in it is swapped with and without the reader noticing.
func TestLoadOnOneReader(t *testing.T) {
	needStack(t)
	const callers, people = 200, 8
	slot := stack.Readers()[0]
	s, _ := runningWith(t, pcsc.New(), loadConfig())
	persons := make(map[string]*person)
	var list []*person
	for n := range people {
		p := newPerson(t, n+1)
		persons[p.number] = p
		list = append(list, p)
	}
	who := func(d apitype.ReadDocument) *person { return persons[d.Issuer.Get("card_number")] }
	card := &deck{top: list[0]}
	c, transport := crowd(s, callers)
	request := apitype.ReadRequest{Reader: slot.Name, TimeoutMS: 5000}
	takeOut := put(t, s.Equipment, slot, card)
	_, err := c.Read(t.Context(), request)
	require.NoError(t, err)
	transport.CloseIdleConnections()
	before := measure(t)

	ctx, cancel := context.WithTimeout(context.Background(), loadTime(t))
	defer cancel()
	var calling sync.WaitGroup
	var result tally
	for caller := range callers {
		calling.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(caller)))
			wishes := [][]string{nil, nil, nil, {"issuer.card_number", "holder.name"}, {"holder", "issuer"}}
			for ctx.Err() == nil {
				r := request
				r.Fields, r.TimeoutMS = wishes[random.IntN(len(wishes))], 100+random.IntN(5000)
				if r.Fields != nil && random.IntN(2) == 0 {
					r.Reader = "" // the one that holds a card
				}
				if !result.call(context.Background(), c, r, who) {
					pause(ctx, time.Duration(random.IntN(50))*time.Millisecond)
				}
			}
		})
	}
	swaps, changes := 0, 0
	random := rand.New(rand.NewPCG(2, 2))
	for ctx.Err() == nil {
		for range 1 + random.IntN(40) {
			card.swap(list[random.IntN(people)])
			swaps++
			pause(ctx, time.Duration(random.IntN(30))*time.Millisecond)
		}
		takeOut()
		changes++
		takeOut = put(t, s.Equipment, slot, card)
	}
	calling.Wait()
	after := settled(t, before, transport)
	stats := s.Pool.Stats()
	t.Logf("%d callers, %v, %d cards put in, %d swapped unseen: %v", callers, loadTime(t), changes, swaps, &result)
	t.Logf("%d readings, %d callers joined another's", stats.Leases, s.Terminal.Stats().Shared)
	t.Logf("before: %v; after: %v", before, after)
	result.check(t)
	require.Zero(t, stats.Hanging)
	takeOut()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Eight readers whose cards come and go at random, under load. Events tell each coming and going once, in order.
func TestLoadOnEightReaders(t *testing.T) {
	needStack(t)
	const readers, callers = 8, 40
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s, _ := runningWith(t, pcsc.New(), loadConfig())
	c, transport := crowd(s, callers)
	slots := stack.Readers()[:readers]
	h := &hall{t: t, daemon: s, persons: make(map[string]*person), at: make(map[string]string)}
	before := measure(t)

	listening, stopListening := context.WithCancel(context.Background())
	defer stopListening()
	record := listen(t, listening, c)
	ctx, cancel := context.WithTimeout(context.Background(), loadTime(t))
	defer cancel()
	var hands, calling sync.WaitGroup
	for i, slot := range slots {
		hands.Go(func() { h.comeAndGo(ctx, slot, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	var result tally
	for caller := range callers {
		calling.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(1000+caller)))
			for ctx.Err() == nil {
				r := apitype.ReadRequest{Reader: slots[random.IntN(readers)].Name, TimeoutMS: 100 + random.IntN(5000)}
				if random.IntN(10) == 0 {
					r.Reader = ""
				}
				result.call(context.Background(), c, r, h.who)
				pause(ctx, time.Duration(random.IntN(20))*time.Millisecond)
			}
		})
	}
	hands.Wait()
	calling.Wait()
	record.until(t, h.inserted)
	stopListening()
	record.wait(t)
	after := settled(t, before, transport)
	t.Logf("%d readers, %d callers, %v, %d cards: %v", readers, callers, loadTime(t), h.count(), &result)
	t.Logf("%d events, without a gap; %d readings", record.last-record.first, s.Pool.Stats().Leases)
	t.Logf("before: %v; after: %v", before, after)
	result.check(t)
	require.Equal(t, h.inserted, record.inserted, "by reader")
	require.Equal(t, h.inserted, record.removed)
	require.Zero(t, s.Pool.Stats().Hanging)
}

// hall is readers and those who come to them. Everybody comes once.
type hall struct {
	t      *testing.T
	daemon *daemon

	mu       sync.Mutex
	persons  map[string]*person // by card number
	at       map[string]string  // the reader that each came to, by card number
	inserted map[string]int     // cards, by reader
}

// comeAndGo puts cards into the reader and takes them out, until ctx ends; the reader is empty then.
func (h *hall) comeAndGo(ctx context.Context, slot vpcd.Reader, random *rand.Rand) {
	for ctx.Err() == nil {
		p := h.newcomer(slot)
		takeOut := put(h.t, h.daemon.Equipment, slot, p)
		pause(ctx, time.Duration(random.IntN(600))*time.Millisecond)
		takeOut()
		pause(ctx, time.Duration(random.IntN(300))*time.Millisecond)
	}
}

func (h *hall) newcomer(slot vpcd.Reader) *person {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := newPerson(h.t, len(h.persons)+1)
	h.persons[p.number], h.at[p.number] = p, slot.Name
	if h.inserted == nil {
		h.inserted = make(map[string]int)
	}
	h.inserted[slot.Name]++
	return p
}

func (h *hall) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.persons)
}

// who finds the person, where he is at the reader that the document names.
func (h *hall) who(d apitype.ReadDocument) *person {
	h.mu.Lock()
	defer h.mu.Unlock()
	number := d.Issuer.Get("card_number")
	if h.at[number] != d.Reader.Name {
		return nil
	}
	return h.persons[number]
}
