package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/survey"
)

// card is what was found of one.
type card struct {
	in     reader.Reader
	survey survey.Survey
}

// checkCards looks at the card of each reader, one after the other: a slow one costs the others nothing of their time.
func checkCards(ctx context.Context, x *examination, tell func(...Finding)) {
	if len(x.forCards()) == 0 {
		return // the service or the readers are the matter
	}
	none := true
	for _, r := range x.forCards() {
		if r.Card == nil {
			continue
		}
		none = false
		tell(x.checkInTime(ctx, r))
	}
	if none {
		tell(finding("card.absent", ""))
	}
}

// ofTime are the findings that may be for no other reason than that the time was over.
var ofTime = []string{"card.slow", "reader.hung", "reader.in_use"}

// checkInTime gives a card its time. It is not to blame where the whole examination has none left.
func (x *examination) checkInTime(ctx context.Context, r reader.Reader) Finding {
	if ctx.Err() != nil {
		return finding("card.unchecked", r.Name)
	}
	found, came := within(ctx, x.Patience, func(ctx context.Context) Finding { return x.checkCard(ctx, r) })
	switch {
	case ctx.Err() != nil && (!came || slices.Contains(ofTime, found.Code)):
		return finding("card.unchecked", r.Name)
	case !came:
		return finding("card.stuck", r.Name)
	}
	return found
}

func (x *examination) checkCard(ctx context.Context, r reader.Reader) Finding {
	if r.Card.Mute {
		return finding(string(apitype.CardMute), r.Name)
	}
	var found *survey.Survey
	var heard time.Time
	inTurn, err := x.inTurn(ctx, r.ID, func(lease *reader.Lease) (err error) {
		if found, err = survey.Take(ctx, listener{lease, &heard}, x.profiles, survey.Options{Applications: []string{"SSSE"}}); err == nil {
			x.askFeatures(ctx, lease)
		}
		return err
	})
	switch {
	case !inTurn && errors.Is(err, reader.ErrBusy):
		return finding("reader.in_use", r.Name)
	case errors.Is(err, context.DeadlineExceeded) && time.Since(heard) < x.Patience/2:
		return finding("card.slow", r.Name)
	case err != nil:
		return cardTrouble(r, err)
	}
	x.mu.Lock()
	x.cards = append(x.cards, card{r, *found})
	x.mu.Unlock()
	return finding("card.ok", r.Name+" · "+describeCard(*found))
}

// listener notes when the card last answered, which tells one that is slow from one that does not answer any more.
type listener struct {
	*reader.Lease
	heard *time.Time
}

func (l listener) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	response, err := l.Lease.Transmit(ctx, command)
	if err == nil {
		*l.heard = time.Now()
	}
	return response, err
}

// patienceInLine is how long who reads a card is waited for. A card that is held between two steps is held longer.
const patienceInLine = 2 * time.Second

// inTurn leases the reader when nobody else has it: of the daemon's readers others may be in use. It says whether that
// came about.
func (x *examination) inTurn(ctx context.Context, id string, fn func(*reader.Lease) error) (came bool, err error) {
	place, err := x.pool.Line(id)
	if err != nil {
		return false, err
	}
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	waiting := time.AfterFunc(patienceInLine, leave)
	defer waiting.Stop()
	err = place.Do(ctx, func() { came = waiting.Stop() }, fn)
	return came, err
}

// describeCard says what card it is, and which of its files can be read.
func describeCard(s survey.Survey) string {
	parts := []string{fmt.Sprintf("%d.0", s.Generation), s.Algorithm}
	for _, app := range s.Applications {
		for _, f := range app.Files {
			switch f.State {
			case survey.There:
				parts = append(parts, f.Name)
			case survey.Refused:
				parts = append(parts, f.Name+" ("+f.Read.String()+")")
			}
		}
	}
	return strings.Join(parts, " · ")
}

// troubles are the causes that have a finding of their own; codes that callers get and that are not here are the card's.
var troubles = []apitype.Code{
	apitype.CardMute, apitype.CardRemoved, apitype.CardReset, apitype.CardLocked, apitype.CardAbsent,
	apitype.ReaderBusy, apitype.ReaderFailed, apitype.ServiceDenied, apitype.ServiceUnavailable,
}

func cardTrouble(r reader.Reader, err error) Finding {
	detail := r.Name + ": " + err.Error()
	switch code := terminal.AsError(err).Code; {
	case errors.Is(err, survey.ErrNotSSCard):
		return finding(string(apitype.CardUnsupported), r.Name)
	case errors.Is(err, reader.ErrHung), code == apitype.Timeout:
		return finding("reader.hung", r.Name)
	case slices.Contains(troubles, code):
		return finding(string(code), detail)
	}
	return finding("card.unreadable", detail)
}

// provinces are the first two digits of region codes (GB/T 2260).
var provinces = strings.Fields("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82")

// checkRegions looks at the regions of the cards.
func checkRegions(_ context.Context, x *examination) (found []Finding) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range x.cards {
		region := c.survey.Region
		if len(region) < 2 || !slices.Contains(provinces, region[:2]) {
			found = append(found, finding("profile.region_unknown", strings.TrimSpace(c.in.Name+" "+region)))
			continue
		}
		found = append(found, finding("profile.ok", c.in.Name+" · "+region))
	}
	return found
}
