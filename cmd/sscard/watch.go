package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/event"
)

// askTime bounds the question whether a daemon is there.
const askTime = 2 * time.Second

// happenings are events, and why there are none for a while; the last error is why they end.
type happenings = iter.Seq2[apitype.Event, error]

func (p *program) watchCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "watch", Short: p.say(sayWatch), Args: cobra.NoArgs,
		Example: "  sscard watch\n  sscard watch --json | jq -c 'select(.type == \"card.inserted\")'",
	}
	c.Flags().BoolVar(&p.json, "json", false, "print one JSON event a line")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if c.Flags().Changed("driver") {
			return p.watchReaders(c.Context())
		}
		return p.watch(c.Context())
	}
	return c
}

// watch asks the daemon, so that there is one program at the readers and not two; without a daemon it looks itself.
func (p *program) watch(ctx context.Context) error {
	daemon, err := p.runningDaemon(ctx)
	if err != nil {
		return err
	}
	if daemon == nil {
		return p.watchReaders(ctx)
	}
	p.note(p.say(sayWatchDaemon), daemon.BaseURL)
	return p.printEvents(ctx, daemon.Events(ctx))
}

// runningDaemon is the one that the configuration and the state directory tell of; nil where none answers.
func (p *program) runningDaemon(ctx context.Context) (*client.Client, error) {
	cfg, err := p.settings()
	if err != nil {
		return nil, err
	}
	c := &client.Client{BaseURL: cfg.URL()}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if _, err := c.Health(ctx); err != nil {
		return nil, nil
	}
	c.Token, err = wiring.ReadToken(p.stateDir)
	return c, err
}

// watchReaders looks at the readers without a daemon.
func (p *program) watchReaders(ctx context.Context) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	e, err := p.equipped(ctx)
	if err != nil {
		return err
	}
	defer e.Stop()
	if cfg.Events.Identify {
		e.Identify()
	}
	p.note("%s", p.say(sayWatchSelf))
	return p.printEvents(ctx, ownEvents(ctx, e.Events))
}

func ownEvents(ctx context.Context, hub *event.Hub) happenings {
	return func(yield func(apitype.Event, error) bool) {
		s := hub.Subscribe(nil)
		defer s.Close()
		for {
			e, err := s.Next(ctx)
			if err != nil {
				yield(e, err)
				return
			}
			if e.Type != apitype.EventHeartbeat && !yield(e, nil) {
				return
			}
		}
	}
}

// printEvents goes on until the person ends it, or there can be no more.
func (p *program) printEvents(ctx context.Context, events happenings) error {
	print, why := p.printEvent, error(nil)
	switch {
	case p.json:
		print = p.printEventJSON
	case isTerminal(p.stdout):
		print = (&board{program: p}).show
	}
	for e, err := range events {
		if err != nil && why == nil && ctx.Err() == nil {
			p.note(p.say(sayWatchLost), plainText(err.Error()))
		}
		if why = err; err != nil {
			continue
		}
		if err := print(e); err != nil {
			return err
		}
	}
	var refused *client.Error
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.As(why, &refused):
		return &terminal.Error{Code: refused.Code, Op: "watch", Err: refused}
	}
	return why
}

func (p *program) printEventJSON(e apitype.Event) error {
	line := json.NewEncoder(p.stdout)
	line.SetEscapeHTML(false)
	return line.Encode(e)
}

// printEvent prints a line for each event, and one for each reader of a snapshot.
func (p *program) printEvent(e apitype.Event) error {
	if e.Reset {
		p.note("%s", p.say(sayWatchMissed))
	}
	if e.Type != apitype.EventSnapshot {
		return p.printHappening(e)
	}
	if e.Code != "" {
		return p.printHappening(apitype.Event{Type: apitype.EventServiceLost, Time: e.Time, Code: e.Code})
	}
	if len(e.Readers) == 0 {
		p.note("%s", p.say(sayNoReader))
	}
	for _, r := range e.Readers {
		seen := apitype.Event{
			Type: e.Type, Time: e.Time, Role: r.Role, Interface: r.Interface,
			Reader: &apitype.ReaderRef{ID: r.ID, Name: r.Name},
		}
		if r.Card != nil {
			seen.Card, seen.Generation, seen.Code = r.Card.Card, r.Card.Generation, r.Card.Code
		}
		if err := p.printHappening(seen); err != nil {
			return err
		}
	}
	return nil
}

// eventWords name what happened.
var eventWords = map[apitype.EventType]message{
	apitype.EventSnapshot:        sayOnPresent,
	apitype.EventServiceLost:     sayOnLost,
	apitype.EventServiceRestored: sayOnRestored,
	apitype.EventReaderAdded:     sayOnAdded,
	apitype.EventReaderRemoved:   sayOnRemoved,
	apitype.EventCardInserted:    sayOnInserted,
	apitype.EventCardIdentified:  sayOnIdentified,
	apitype.EventCardRemoved:     sayOnTakenOut,
}

const wordCells = 16 // that the longest of them takes

func (p *program) printHappening(e apitype.Event) error {
	_, err := io.WriteString(p.stdout, p.happening(e))
	return err
}

// happening is a line.
func (p *program) happening(e apitype.Event) string {
	what := string(e.Type)
	if word, known := eventWords[e.Type]; known {
		what = p.say(word)
	}
	padding := strings.Repeat(" ", max(0, wordCells-cellsOf(what)))
	return fmt.Sprintf("%s  %s\n", e.Time.Local().Format("15:04:05.000"),
		strings.TrimRight(what+padding+"  "+strings.Join(p.particulars(e), "  "), " "))
}

func (p *program) particulars(e apitype.Event) (said []string) {
	if e.Reader != nil {
		said = append(said, plainText(e.Reader.Name), p.sayInterface(reader.Interface(e.Interface)))
	}
	if e.Role == string(reader.RoleSAM) {
		said = append(said, p.sayRole(reader.RoleSAM))
	}
	if e.Type == apitype.EventSnapshot {
		said = append(said, p.sayHolds(e.Card != ""))
	}
	if e.Generation > 0 {
		said = append(said, fmt.Sprintf("%d.0", e.Generation))
	}
	if e.Code != "" {
		said = append(said, e.Code.Entry().Title.In(p.lang))
	}
	for _, other := range e.Also {
		said = append(said, fmt.Sprintf(p.say(sayAlsoAt), plainText(other.Reader.Name)))
	}
	return said
}

func (p *program) sayHolds(card bool) string {
	if card {
		return p.say(sayHoldsCard)
	}
	return p.say(sayEmpty)
}
