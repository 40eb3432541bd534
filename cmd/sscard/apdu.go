package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

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
	reader    string
	script    string
	wait      time.Duration
	timeout   time.Duration
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
	flags := c.Flags()
	flags.StringVar(&f.reader, "reader", "", "reader, by id or name (sscard readers)")
	flags.StringVar(&f.script, "script", "", "file of commands, one in a line; # begins a comment")
	flags.DurationVar(&f.wait, "wait", 0, "wait so long for a card")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "give up what takes longer")
	flags.BoolVar(&f.dangerous, "dangerous", false, "send commands that can change or block a card, too")
	c.RunE = func(c *cobra.Command, given []string) error {
		commands, err := givenCommands(given, f.script, c.InOrStdin())
		if err != nil {
			return err
		}
		if err := p.checkHarm(commands, f.dangerous); err != nil {
			return err
		}
		return p.apdu(c.Context(), f, commands)
	}
	return c
}

// apdu sends the commands to the card, in one session, and shows what came of them, also where it ended early.
func (p *program) apdu(ctx context.Context, f apduFlags, commands []apdu.Command) error {
	e, err := p.equipped(ctx)
	if err != nil {
		return err
	}
	defer e.Stop()
	if f.wait > 0 {
		p.waitForCard(ctx, e.Pool, readFlags{reader: f.reader, wait: f.wait, on: reader.Unknown})
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	r, err := e.Pool.Snapshot().Pick(f.reader, reader.Unknown)
	if err == nil {
		err = e.Audit.Ready()
	}
	if err != nil {
		return terminal.AsError(err)
	}
	session, failed := converse(ctx, e.Pool, r.ID, commands)
	shown := showSession(session, e.Terminal.Profiles())
	shown.Reader = apitype.ReaderRef{ID: r.ID, Name: r.Name}
	if err := e.Audit.Record(auditOf(shown, r, commands, failed)); err != nil {
		return terminal.AsError(err) // what nobody is to know of is not shown
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
func auditOf(shown shownSession, r reader.Reader, commands []apdu.Command, failed error) apitype.AuditRecord {
	line := apitype.AuditRecord{
		Event: apitype.AuditRead, Function: "apdu", Outcome: apitype.AuditOK, Reader: &shown.Reader, Interface: string(r.Interface),
		Caller: &apitype.AuditCaller{User: terminal.CallerOf(wiring.AsLocalUser(context.Background())).User},
	}
	if slices.ContainsFunc(commands, harmful) {
		line.Event = apitype.AuditWrite
	}
	for _, step := range shown.Steps {
		about := step.Name + " " + step.Place
		if !slices.Contains(line.Asked, about) && len(line.Asked) < maxAsked {
			line.Asked = append(line.Asked, about)
		}
	}
	if failed != nil {
		line.Outcome = string(terminal.AsError(failed).Code)
	}
	return line
}

// maxAsked bounds what a line of the audit log names.
const maxAsked = 100
