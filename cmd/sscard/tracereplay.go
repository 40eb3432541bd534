package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sscard/apdu"
	"sscard/apdu/trace"
	"sscard/cmd/internal/recording"
	"sscard/reader"
	"sscard/terminal/apitype"
)

func (p *program) traceReplayCommand() *cobra.Command {
	var speed speedFlag
	var loose bool
	c := &cobra.Command{
		Use: "replay FILE -- VERB …", Short: p.say(sayTraceReplay), Args: anotherVerb(1),
		Example: "  sscard trace replay visit.trace -- read --json\n  sscard trace replay --speed real visit.trace -- read",
	}
	speed.register(c)
	c.Flags().BoolVar(&loose, "loose", false, "commands may come in any order, and need not all come")
	c.Flags().SetInterspersed(false)
	c.RunE = func(c *cobra.Command, args []string) error {
		real, err := speed.real()
		if err != nil {
			return err
		}
		sessions, err := readTrace(args[0], nil)
		if err != nil {
			return err
		}
		player, err := recording.NewPlayer(sessions)
		if err != nil {
			return usageError{fmt.Errorf("%s: %w", args[0], err)}
		}
		player.RealTime, player.Loose = real, loose
		return p.traceReplay(c, player, args[1:])
	}
	return c
}

// traceReplay runs the verb. That it did not say what was recorded is an error, whatever came of it.
func (p *program) traceReplay(c *cobra.Command, player *recording.Player, verb []string) error {
	if verb[0] == "--" {
		verb = verb[1:]
	}
	status := p.within(c, verb, func(string) (reader.Driver, error) { return player, nil })
	if err := player.Done(); err != nil {
		p.showMismatch(err)
		return fmt.Errorf("%s: %w", p.say(sayNotAsRecorded), err)
	}
	if status != apitype.ExitDone {
		return ended(status)
	}
	return nil
}

// showMismatch shows what was recorded and what came, without PINs.
func (p *program) showMismatch(err error) {
	mismatch, is := errors.AsType[*trace.MismatchError](err)
	if !is {
		return
	}
	if mismatch.Line > 0 {
		p.note(p.say(sayAtLine), mismatch.Line)
	}
	fmt.Fprintf(p.stderr, "- > %s\n+ > %s\n", apdu.Hex(trace.Masked(mismatch.Want)), apdu.Hex(trace.Masked(mismatch.Got)))
}

// tracedCard is a recorded card for a virtual reader of vpcd, asked by whatever program in whatever order.
func (p *program) tracedCard(ctx context.Context, file string, speed speedFlag, addr string) error {
	real, err := speed.real()
	if err != nil {
		return err
	}
	sessions, err := readTrace(file, nil)
	if err != nil {
		return err
	}
	card, err := trace.NewCard(sessions)
	if err != nil {
		return usageError{fmt.Errorf("%s: %w", file, err)}
	}
	card.RealTime, card.Loose, card.Fresh, card.Lost = real, true, true, p.showMismatch
	return p.card(ctx, file, card, addr)
}
