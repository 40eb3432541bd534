package main

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/audit"
)

func (p *program) auditCommand() *cobra.Command {
	c := p.group("audit", sayAudit)
	c.AddCommand(p.auditVerifyCommand())
	return c
}

const sm3Bytes = 32

func (p *program) auditVerifyCommand() *cobra.Command {
	var last string
	c := &cobra.Command{
		Use: "verify [FILE…]", Short: p.say(sayAuditVerify), Args: cobra.ArbitraryArgs,
		Example: "  sscard audit verify\n  sscard audit verify --last 3f5c… audit.log.2 audit.log.1 audit.log",
	}
	p.jsonFlag(c)
	c.Flags().StringVar(&last, "last", "", "SM3 of a line that must be there, noted earlier (hexadecimal)")
	c.RunE = func(_ *cobra.Command, files []string) error {
		if sum, err := hex.DecodeString(last); last != "" && (err != nil || len(sum) != sm3Bytes) {
			return usage(sayFlagValue, "--last", last, "SM3")
		}
		return p.auditVerify(audit.Check{Anchor: strings.ToLower(last)}, files)
	}
	return c
}

// tampered is a log that is not what was written.
type tampered struct{ text, hint string }

func (t tampered) Error() string { return t.text }

// auditVerify verifies the files, the oldest first; without any, those of the configuration.
func (p *program) auditVerify(check audit.Check, files []string) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	var report audit.Report
	if len(files) > 0 {
		report, err = audit.VerifyFiles(check, files...)
	} else {
		report, err = audit.VerifyLog(check, wiring.AuditPath(cfg))
	}
	if err != nil {
		return err
	}
	if p.json {
		err = p.printJSON(report)
	} else {
		err = p.printAudit(report)
	}
	if err == nil && !report.Intact {
		return tampered{fmt.Sprintf(p.say(sayAuditTampered), len(report.Problems)), p.say(sayAuditHint)}
	}
	return err
}

func (p *program) printAudit(r audit.Report) error {
	var lines []string
	switch {
	case r.Last == nil:
		lines = append(lines, p.say(sayAuditNone))
	default:
		lines = append(lines,
			fmt.Sprintf(p.say(sayAuditLines), r.Lines, r.First.Seq, r.Last.Seq, local(r.First.Time), local(r.Last.Time)),
			fmt.Sprintf(p.say(sayAuditLast), r.Last.SM3))
	}
	for _, findings := range [][]audit.Finding{r.Warnings, r.Problems} {
		for _, f := range findings {
			lines = append(lines, fmt.Sprintf("%s:%d: %s", f.File, f.Line, p.sayFinding(f)))
		}
	}
	if r.Intact {
		lines = append(lines, p.say(sayAuditIntact))
	}
	_, err := fmt.Fprintln(p.stdout, strings.Join(lines, "\n"))
	return err
}

var findings = map[audit.Kind]message{
	audit.Changed: sayAuditChanged, audit.Missing: sayAuditMissing, audit.Misplaced: sayAuditMisplaced,
	audit.Malformed: sayAuditMalformed, audit.NoAnchor: sayAuditNoAnchor, audit.Torn: sayAuditTorn, audit.Gap: sayAuditGap,
	audit.ClockBack: sayAuditClock, audit.Unknown: sayAuditUnknown, audit.Rotated: sayAuditRotated,
}

func (p *program) sayFinding(f audit.Finding) string {
	sentence := p.say(findings[f.Kind])
	switch {
	case f.Gap != nil:
		return fmt.Sprintf(sentence, local(f.Gap.Since), f.Gap.Late, f.Gap.Lost, f.Gap.Refused)
	case f.From > 0:
		return fmt.Sprintf(sentence, f.From, f.To)
	}
	return sentence
}

// local is a time as people at the counter have it.
func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 -0700") }
