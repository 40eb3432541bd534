package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

// cardFlags say which card a tool of technicians is about.
type cardFlags struct {
	reader  string
	wait    time.Duration
	timeout time.Duration
}

func (f *cardFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.reader, "reader", "", "reader, by id or name (sscard readers)")
	durationVar(flags, &f.wait, "wait", 0, "wait so long for a card")
	durationVar(flags, &f.timeout, "timeout", 30*time.Second, "give up what takes longer")
}

// atCard runs a tool on the reader that the flags pick, where the audit log takes lines.
func (p *program) atCard(ctx context.Context, f cardFlags, tool func(context.Context, *wiring.Equipment, reader.Reader) error) error {
	e, err := p.equipped(ctx)
	if err != nil {
		return err
	}
	defer e.Stop()
	if f.wait > 0 {
		p.waitForCard(ctx, e.Pool, readFlags{reader: f.reader, wait: f.wait, on: reader.Unknown})
	}
	ctx, cancel := context.WithTimeout(wiring.AsLocalUser(ctx), f.timeout)
	defer cancel()
	r, err := e.Pool.Snapshot().Pick(f.reader, reader.Unknown)
	if err == nil {
		err = e.Audit.Ready()
	}
	if err != nil {
		return terminal.AsError(err)
	}
	return tool(ctx, e, r)
}

// auditLine begins the line of a tool in the audit log.
func auditLine(ctx context.Context, tool string, r reader.Reader, failed error) apitype.AuditRecord {
	line := apitype.AuditRecord{
		Event: apitype.AuditRead, Function: tool, Outcome: apitype.AuditOK, Interface: string(r.Interface),
		Reader: &apitype.ReaderRef{ID: r.ID, Name: r.Name}, Caller: &apitype.AuditCaller{User: terminal.CallerOf(ctx).User},
	}
	if failed != nil {
		line.Outcome = string(terminal.AsError(failed).Code)
	}
	return line
}

// maxAsked bounds what a line of the audit log names.
const maxAsked = 100
