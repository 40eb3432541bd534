package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/survey"
)

// filesFlags are the flags of the verb files.
type filesFlags struct {
	reader  string
	wait    time.Duration
	timeout time.Duration
	values  bool
	all     bool
}

func (p *program) filesCommand() *cobra.Command {
	var f filesFlags
	c := &cobra.Command{
		Use: "files", Short: p.say(sayFiles), Args: cobra.NoArgs,
		Example: "  sscard files\n  sscard files --all --json\n  sscard files --values",
	}
	p.jsonFlag(c)
	flags := c.Flags()
	flags.StringVar(&f.reader, "reader", "", "reader, by id or name (sscard readers)")
	flags.DurationVar(&f.wait, "wait", 0, "wait so long for a card")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "give up what takes longer")
	flags.BoolVar(&f.values, "values", false, "read and show what the free files hold, personal data too")
	flags.BoolVar(&f.all, "all", false, "show what the card does not have, too")
	c.RunE = func(c *cobra.Command, _ []string) error { return p.files(c.Context(), f) }
	return c
}

// files surveys the card and shows what it has.
func (p *program) files(ctx context.Context, f filesFlags) error {
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
	var found *survey.Survey
	failed := e.Pool.Do(ctx, r.ID, func(lease *reader.Lease) (err error) {
		found, err = survey.Take(ctx, lease, e.Terminal.Profiles(), survey.Options{Values: f.values})
		return err
	})
	if err := e.Audit.Record(auditOfSurvey(found, r, f.values, failed)); err != nil {
		return terminal.AsError(err) // what nobody is to know of is not shown
	}
	if found != nil && (failed == nil || len(found.Applications) > 0) {
		err = p.printSurvey(showSurvey(found, r, f.all))
	}
	if failed != nil {
		return notSocialSecurityCard(failed)
	}
	return err
}

// notSocialSecurityCard gives what a survey fails with its code, as the use cases know nothing of surveys.
func notSocialSecurityCard(err error) error {
	if errors.Is(err, survey.ErrNotSSCard) {
		return &terminal.Error{Code: apitype.CardUnsupported, Op: "files", Err: err}
	}
	return terminal.AsError(err)
}

// auditOfSurvey is the line of the survey in the audit log: given are the files whose values were read.
func auditOfSurvey(found *survey.Survey, r reader.Reader, values bool, failed error) apitype.AuditRecord {
	line := apitype.AuditRecord{
		Event: apitype.AuditRead, Function: "files", Outcome: apitype.AuditOK, Interface: string(r.Interface),
		Reader: &apitype.ReaderRef{ID: r.ID, Name: r.Name},
		Caller: &apitype.AuditCaller{User: terminal.CallerOf(wiring.AsLocalUser(context.Background())).User},
	}
	if failed != nil {
		line.Outcome = string(notSocialSecurityCard(failed).(*terminal.Error).Code)
	}
	if found == nil {
		return line
	}
	line.RegionCode = found.Region
	for _, app := range found.Applications {
		for _, f := range app.Files {
			if len(f.Records) > 0 && len(line.Asked) < maxAsked {
				line.Asked = append(line.Asked, app.Name+f.Name)
			}
		}
	}
	if values && failed == nil {
		line.Given = line.Asked
	}
	return line
}
