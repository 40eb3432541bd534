package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/doctor"
)

// doctorFlags are the flags of the verb doctor.
type doctorFlags struct {
	bundle string
	log    string
	listen string
}

func (p *program) doctorCommand() *cobra.Command {
	var f doctorFlags
	c := &cobra.Command{
		Use: "doctor", Short: p.say(sayDoctor), Args: cobra.NoArgs,
		Example: "  sscard doctor\n  sudo sscard doctor --config /etc/sscard/config.yaml\n  sscard doctor --bundle support.zip --log sscard.log",
	}
	p.jsonFlag(c)
	flags := c.Flags()
	flags.StringVar(&f.bundle, "bundle", "", "write a support bundle without personal data to this file (ZIP)")
	flags.StringVar(&f.log, "log", "", "log of the daemon, for the bundle")
	flags.StringVar(&f.listen, "listen", "", "where the daemon is, if not where the configuration says")
	c.RunE = func(c *cobra.Command, _ []string) error { return p.doctor(c, f) }
	return c
}

func (p *program) doctor(c *cobra.Command, f doctorFlags) error {
	if f.log != "" && f.bundle == "" {
		return usage(sayLogForBundle)
	}
	driver, err := driver(p.driverName)
	if err != nil {
		return err
	}
	environment := environmentOf(p.driverName)
	environment.Driver, environment.Listen = driver, f.listen
	environment.ConfigFile, environment.StateDir, environment.TestKeys = cmp.Or(p.configFile, usualConfig()), p.stateDir, p.testKeys
	report := doctor.Examine(c.Context(), environment)
	if f.bundle != "" {
		if err := writeBundle(f, report); err != nil {
			return err
		}
		p.note(p.say(sayBundle), f.bundle)
	}
	if p.json {
		err = p.printJSON(report)
	} else {
		err = p.printReport(report)
	}
	if first, _ := report.First(); err == nil && report.Exit != 0 {
		return ailing{first, report.Exit}
	}
	return err
}

// ailing is that the doctor has found a cause.
type ailing struct {
	first doctor.Finding
	exit  int
}

func (a ailing) Error() string { return a.first.Code }

// socketOf is where pcscd listens, as libpcsclite has it; none with readers in memory.
func socketOf(driver string) string {
	if driver != "pcsc" {
		return ""
	}
	return cmp.Or(os.Getenv("PCSCLITE_CSOCK_NAME"), "/run/pcscd/pcscd.comm")
}

// usualConfig is the file of the service that docs/operations.md installs, where there is one.
func usualConfig() string {
	const file = "/etc/sscard/config.yaml"
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return file
}

// writeBundle writes the file beside its place first: there is a whole one, or none.
func writeBundle(f doctorFlags, report doctor.Report) (err error) {
	var log io.ReadSeeker
	if f.log != "" {
		file, err := os.Open(f.log)
		if err != nil {
			return usageError{err}
		}
		defer file.Close()
		log = file
	}
	out, err := os.CreateTemp(filepath.Dir(f.bundle), ".bundle-*")
	if err != nil {
		return usageError{err}
	}
	home, _ := os.UserHomeDir()
	err = doctor.WriteBundle(out, report, home, log)
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(out.Name(), f.bundle)
	}
	if err != nil {
		_ = os.Remove(out.Name())
	}
	return err
}

// levelMarks stand before findings.
var levelMarks = map[doctor.Level]string{doctor.OK: "✓", doctor.Info: "·", doctor.Warn: "!", doctor.Error: "✗"}

// printReport prints what is to be done first on the head, and then all findings.
func (p *program) printReport(r doctor.Report) error {
	if f, some := r.First(); some {
		fmt.Fprintf(p.stdout, "%s %s\n", levelMarks[f.Level], p.headline(f))
		fmt.Fprintf(p.stdout, "  %s%s\n\n", p.say(sayToDo), f.Hint.In(p.lang))
	} else {
		fmt.Fprintf(p.stdout, "%s %s\n\n", levelMarks[doctor.OK], p.say(sayHealthy))
	}
	for _, f := range r.Findings {
		fmt.Fprintf(p.stdout, "%s %s\n", levelMarks[f.Level], p.headline(f))
		if f.Level == doctor.OK {
			continue
		}
		for _, line := range present(f.Why.In(p.lang), f.Hint.In(p.lang)) {
			fmt.Fprintf(p.stdout, "    %s\n", line)
		}
	}
	return nil
}

// headline is a finding in one line.
func (p *program) headline(f doctor.Finding) string {
	line := fmt.Sprintf("%s (%s)", f.Title.In(p.lang), f.Code)
	if f.Detail != "" {
		line += ": " + plainText(f.Detail)
	}
	return line
}
