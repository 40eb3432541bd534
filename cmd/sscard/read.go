package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal"
)

// readFlags are the flags of the verb read.
type readFlags struct {
	reader  string
	is      string
	wait    time.Duration
	timeout time.Duration
	fields  []string
	on      reader.Interface
}

func (p *program) readCommand() *cobra.Command {
	var f readFlags
	c := &cobra.Command{
		Use: "read", Short: p.say(sayRead), Args: cobra.NoArgs,
		Example: "  sscard read --wait 30s\n  sscard read --json --interface contactless",
	}
	p.jsonFlag(c)
	f.register(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := f.check(); err != nil {
			return err
		}
		return p.read(c.Context(), f)
	}
	return c
}

// register has the flags that say which card to read, and what of it.
func (f *readFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.reader, "reader", "", "reader, by id or name (sscard readers)")
	flags.StringVar(&f.is, "interface", "auto", "slot: auto | contact | contactless")
	durationVar(flags, &f.wait, "wait", 0, "wait so long for a card")
	durationVar(flags, &f.timeout, "timeout", 10*time.Second, "give up a reading that takes longer")
	flags.StringSliceVar(&f.fields, "fields", nil, "read only these, such as holder.name,issuer")
}

func (f *readFlags) check() error {
	switch f.is {
	case "auto":
		f.on = reader.Unknown
	case string(reader.Contact), string(reader.Contactless):
		f.on = reader.Interface(f.is)
	default:
		return usage(sayOneOf, "--interface", f.is, "auto | contact | contactless")
	}
	return nil
}

func (p *program) read(ctx context.Context, f readFlags) error {
	e, err := p.equipped(ctx)
	if err != nil {
		return err
	}
	defer e.Stop()
	if f.wait > 0 {
		p.waitForCard(ctx, e.Pool, f)
	}
	ctx, cancel := context.WithTimeout(wiring.AsLocalUser(ctx), f.timeout)
	defer cancel()
	reading, err := e.Terminal.Read(ctx, terminal.ReadRequest{Reader: f.reader, Interface: f.on, Fields: f.fields})
	if err != nil {
		return err
	}
	document := reading.Document()
	if p.json {
		return p.printJSON(document)
	}
	return p.printReading(document, e.Terminal.Profiles())
}

// waitForCard returns when there is a card to read, something else is wrong, or the time is over; reading then
// tells which.
func (p *program) waitForCard(ctx context.Context, pool *reader.Pool, f readFlags) {
	ctx, cancel := context.WithTimeout(ctx, f.wait)
	defer cancel()
	told := false
	_, _ = pool.Await(ctx, func(s reader.Snapshot) bool {
		_, err := s.Pick(f.reader, f.on)
		waiting := errors.Is(err, reader.ErrNoCard) || errors.Is(err, reader.ErrNoReader)
		if waiting && !told {
			p.note("%s", p.say(sayWaiting))
			told = true
		}
		return !waiting
	})
}
