package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"sscard/apdu"
	"sscard/apdu/trace"
	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

// apduFlags are the flags of the verb apdu.
type apduFlags struct {
	cardFlags
	script    string
	dangerous bool
}

func (p *program) apduCommand() *cobra.Command {
	var f apduFlags
	c := &cobra.Command{
		Use: "apdu [HEX… | -]", Short: p.say(sayAPDU), Args: cobra.ArbitraryArgs,
		Example: "  sscard apdu 00A404000F7378312E73682EC9E7BBE1B1A3D5CF 00B2032806\n  sscard apdu --script session.apdu --json\n" +
			"  echo 00A4000002EF05 | sscard apdu -",
	}
	p.jsonFlag(c)
	f.register(c)
	flags := c.Flags()
	flags.StringVar(&f.script, "script", "", "file of commands, one in a line; # begins a comment")
	flags.BoolVar(&f.dangerous, "dangerous", false, "send commands that can change or block a card, too")
	c.RunE = func(c *cobra.Command, given []string) error {
		commands, err := givenCommands(given, f.script, c.InOrStdin())
		if err != nil {
			return err
		}
		if err := p.checkHarm(commands, f.dangerous); err != nil {
			return err
		}
		return p.atCard(c.Context(), f.cardFlags, func(ctx context.Context, e *wiring.Equipment, r reader.Reader) error {
			return p.apdu(ctx, e, r, commands)
		})
	}
	return c
}

// apdu sends the commands to the card, in one session, and shows what came of them, also where it ended early.
func (p *program) apdu(ctx context.Context, e *wiring.Equipment, r reader.Reader, commands []apdu.Command) (err error) {
	session, failed := converse(ctx, e.Pool, r.ID, commands)
	shown := showSession(session, e.Terminal.Profiles())
	shown.Reader = apitype.ReaderRef{ID: r.ID, Name: r.Name}
	line := auditOf(auditLine(ctx, "apdu", r, failed), shown, commands)
	if err := e.Audit.Record(line); err != nil && line.Event == apitype.AuditRead {
		return terminal.AsError(err) // what was only read is not shown; what was done to a card is
	}
	if len(shown.Steps) > 0 {
		err = p.printSession(shown)
	}
	if failed != nil {
		return terminal.AsError(failed)
	}
	return err
}

// converse is the session with the card: what was said, up to where it failed. It is not begun again by itself, as the
// pool would: a command may have done something.
func converse(ctx context.Context, pool *reader.Pool, id string, commands []apdu.Command) (*trace.Session, error) {
	lease, err := pool.Acquire(ctx, id)
	if err != nil {
		return &trace.Session{}, err
	}
	defer lease.Release()
	if slices.ContainsFunc(commands, harmful) {
		lease.ResetOnRelease() // what was opened in it is closed
	}
	recorder := trace.NewRecorder(lease, trace.Meta{Key: trace.KeyATR, Value: apdu.Hex(lease.ATR())})
	channel := apdu.NewChannel(recorder)
	for i, c := range commands {
		if _, err := channel.Send(ctx, c); err != nil && !errors.Is(err, apdu.ErrProtocol) {
			return recorder.Session(), fmt.Errorf("command %d: %w", i+1, err)
		}
	}
	return recorder.Session(), nil
}

// auditOf is the line of the session in the audit log: which files it was about, and nothing that was in them.
func auditOf(line apitype.AuditRecord, shown shownSession, commands []apdu.Command) apitype.AuditRecord {
	if slices.ContainsFunc(commands, harmful) {
		line.Event = apitype.AuditWrite
	}
	for _, step := range shown.Steps {
		about := step.Name + " " + step.Place
		if !slices.Contains(line.Asked, about) && len(line.Asked) < maxAsked {
			line.Asked = append(line.Asked, about)
		}
	}
	return line
}
