package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/testdata"
)

// What the load tests are made of: persons whose every datum is their own, cards that remember when they were read, and
// a tally of what callers were told.

// person is an invented holder with a card. All of his data has his number in it, so that data of two is told at once.
type person struct {
	id, number, ssn, name string
	card                  softcard.Answerer

	mu    sync.Mutex
	begun []time.Time // the readings of his card
}

// newPerson makes the nth of up to a million.
func newPerson(t testing.TB, n int) *person {
	t.Helper()
	b, err := testdata.Cards.ReadFile("cards/gen2.yaml")
	require.NoError(t, err)
	digits := []rune("零一二三四五六七八九")
	name := []rune("王")
	for _, d := range fmt.Sprintf("%06d", n) {
		name = append(name, digits[d-'0'])
	}
	p := &person{
		id: fmt.Sprintf("510100D156000005%06d02FFFFFFFF", n), number: fmt.Sprintf("A%08d", n),
		ssn: fmt.Sprintf("510100%06d040015", n), name: string(name),
	}
	description := string(b)
	for old, own := range map[string]string{
		"510100D15600000500000002FFFFFFFF": p.id, "A00000038": p.number, "510100200001040015": p.ssn, "王小明": p.name,
	} {
		require.Contains(t, description, old)
		description = strings.ReplaceAll(description, old, own)
	}
	p.card, err = softcard.Parse([]byte(description))
	require.NoError(t, err)
	return p
}

// ATR and Reset are those of his card.
func (p *person) ATR() []byte { return p.card.ATR() }

// Reset resets the card.
func (p *person) Reset() { p.card.Reset() }

// Transmit remembers when a reading begins: with a SELECT by name.
func (p *person) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if command[1] == apdu.InsSelect && command[2] == apdu.SelectByName {
		p.mu.Lock()
		p.begun = append(p.begun, time.Now())
		p.mu.Unlock()
	}
	return p.card.Transmit(ctx, command)
}

// readBetween reports whether a reading of his card began in that time.
func (p *person) readBetween(from, to time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, _ := slices.BinarySearchFunc(p.begun, from, time.Time.Compare)
	return i < len(p.begun) && !p.begun[i].After(to)
}

// is reports whether all that the document has is his.
func (p *person) is(d apitype.ReadDocument) bool {
	for of, own := range map[string]string{
		d.Issuer.Get("card_id"): p.id, d.Issuer.Get("card_number"): p.number,
		d.Holder.Get("social_security_number"): p.ssn, d.Holder.Get("name"): p.name,
	} {
		if of != "" && of != own {
			return false
		}
	}
	return true
}

// deck is a card that is swapped for another without anybody being told, as fast hands do; what lies on top has lost
// power in between.
type deck struct {
	mu  sync.Mutex
	top *person
}

func (d *deck) swap(p *person) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.Reset()
	d.top = p
}

func (d *deck) ATR() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.top.ATR()
}

func (d *deck) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.top.Reset()
}

func (d *deck) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.top.Transmit(ctx, command)
}

// tally is what came of the callers' requests.
type tally struct {
	mu      sync.Mutex
	right   int
	codes   map[apitype.Code]int
	wrong   []string // data of nobody who was there
	untyped []string
	slowest time.Duration
	latest  time.Duration // behind a deadline
}

// call makes one request, counts what came of it, and reports whether there was an answer. who finds whose it is.
func (l *tally) call(ctx context.Context, c *client.Client, r apitype.ReadRequest, who func(apitype.ReadDocument) *person) bool {
	from := time.Now()
	d, err := c.Read(ctx, r)
	to := time.Now()
	var told *client.Error
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slowest = max(l.slowest, to.Sub(from))
	l.latest = max(l.latest, to.Sub(from)-time.Duration(r.TimeoutMS)*time.Millisecond)
	switch p := who(d); {
	case errors.As(err, &told) && told.Code.Entry().Code != apitype.Internal:
		if l.codes == nil {
			l.codes = make(map[apitype.Code]int)
		}
		l.codes[told.Code]++
	case err != nil:
		l.untyped = append(l.untyped, err.Error())
	case p == nil || !p.is(d) || !p.readBetween(from, to):
		l.wrong = append(l.wrong, fmt.Sprintf("%+v", d))
	default:
		l.right++
	}
	return err == nil
}

func (l *tally) String() string {
	var errs []string
	for _, code := range slices.Sorted(maps.Keys(l.codes)) {
		errs = append(errs, fmt.Sprintf("%s %d", code, l.codes[code]))
	}
	return fmt.Sprintf("right %d, typed errors [%s], wrong %d, untyped %d, slowest %v, latest behind its deadline %v",
		l.right, strings.Join(errs, ", "), len(l.wrong), len(l.untyped), l.slowest.Round(time.Millisecond), l.latest.Round(time.Millisecond))
}

// check requires that nobody was told what is wrong.
func (l *tally) check(t *testing.T) {
	t.Helper()
	require.Empty(t, l.wrong)
	require.Empty(t, l.untyped)
	require.NotZero(t, l.right)
}

// crowd is clients of a daemon, with connections of their own.
func crowd(s *daemon, callers int) (*client.Client, *http.Transport) {
	transport := &http.Transport{MaxIdleConnsPerHost: callers}
	return &client.Client{BaseURL: s.url, Token: s.token, HTTP: &http.Client{Transport: transport}}, transport
}
