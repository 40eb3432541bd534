package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/survey"
)

// filesFlags are the flags of the verb files.
type filesFlags struct {
	cardFlags
	values bool
	all    bool
}

func (p *program) filesCommand() *cobra.Command {
	var f filesFlags
	c := &cobra.Command{
		Use: "files", Short: p.say(sayFiles), Args: cobra.NoArgs,
		Example: "  sscard files\n  sscard files --all --json\n  sscard files --values",
	}
	p.jsonFlag(c)
	f.register(c)
	flags := c.Flags()
	flags.BoolVar(&f.values, "values", false, "read and show what the free files hold, personal data too")
	flags.BoolVar(&f.all, "all", false, "show what the card does not have, too")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.atCard(c.Context(), f.cardFlags, func(ctx context.Context, e *wiring.Equipment, r reader.Reader) error {
			return p.files(ctx, e, r, f)
		})
	}
	return c
}

// files surveys the card and shows what it has.
func (p *program) files(ctx context.Context, e *wiring.Equipment, r reader.Reader, f filesFlags) (err error) {
	var found *survey.Survey
	failed := e.Pool.Do(ctx, r.ID, func(lease *reader.Lease) (err error) {
		found, err = survey.Take(ctx, lease, e.Terminal.Profiles(), survey.Options{Values: f.values})
		return err
	})
	failed = notSocialSecurityCard(failed)
	if err := e.Audit.Record(auditOfSurvey(auditLine(ctx, "files", r, failed), found, f.values && failed == nil)); err != nil {
		return terminal.AsError(err) // what nobody is to know of is not shown
	}
	if found != nil && (failed == nil || len(found.Applications) > 0) {
		err = p.printSurvey(showSurvey(found, r, f.all))
	}
	if failed != nil {
		return failed
	}
	return err
}

// notSocialSecurityCard gives what a survey fails with its code: the use cases know nothing of surveys.
func notSocialSecurityCard(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, survey.ErrNotSSCard):
		return &terminal.Error{Code: apitype.CardUnsupported, Op: "files", Err: err}
	}
	return terminal.AsError(err)
}

// auditOfSurvey is the line of the survey in the audit log: given are the files whose values were read.
func auditOfSurvey(line apitype.AuditRecord, found *survey.Survey, values bool) apitype.AuditRecord {
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
	if values {
		line.Given = line.Asked
	}
	return line
}
