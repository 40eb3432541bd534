package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/localtls"
	"sscard/cmd/internal/wiring"
	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
)

// program is one run of sscard: where it speaks, and the flags that all verbs share.
type program struct {
	stdout, stderr io.Writer

	lang       string
	configFile string
	driverName string
	stateDir   string
	testKeys   string
	json       bool
	verbose    bool

	drive func() (reader.Driver, error) // in the place of --driver, where not nil

	noHelp error // why help that was asked for is not shown; cobra has no way for it to fail
}

func (p *program) root() *cobra.Command {
	if p.lang == "" {
		p.lang = systemLanguage(os.Getenv)
	}
	root := &cobra.Command{
		Use:           "sscard",
		Short:         p.say(sayRoot),
		Example:       "  sscard demo\n  sscard read --wait 30s\n  sscard serve --config /etc/sscard/config.yaml",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(p.usage)
	root.SetHelpCommand(p.helpCommand())
	root.SetHelpFunc(p.helpOn(root.HelpFunc()))
	flags := root.PersistentFlags()
	flags.StringVar(&p.lang, "lang", p.lang, "language: zh | en")
	flags.StringVar(&p.configFile, "config", "", "configuration file (YAML)")
	flags.StringVar(&p.driverName, "driver", "pcsc", "readers: pcsc | virtual:FILE | trace:FILE")
	flags.StringVar(&p.stateDir, "state-dir", wiring.DefaultStateDir(), "where token, origins and audit log are kept")
	flags.StringVar(&p.testKeys, "test-keys", "", "answer with invented keys from FILE (YAML) in the place of a PSAM; for software cards only")
	flags.BoolVar(&p.verbose, "verbose", false, "log what happens to standard error")
	root.AddCommand(p.readersCommand(), p.readCommand(), p.verifyCommand(), p.evidenceCommand(), p.watchCommand(), p.serveCommand(), p.cardCommand(), p.demoCommand(), p.versionCommand(),
		p.originCommand(), p.tokenCommand(), p.consoleCommand(), p.tlsCommand(), p.auditCommand(), p.configCommand(), p.traceCommand(), p.atrCommand(), p.apduCommand(), p.filesCommand(), p.doctorCommand())
	root.AddCommand(p.completionCommand(), p.manCommand())
	root.InitDefaultHelpCmd()
	p.check(root)
	p.localize(root)
	p.complete(root)
	return root
}

// group is a verb that has verbs of its own, and by itself tells of them.
func (p *program) group(name string, short message) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: p.say(short), Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
}

// check has every verb check its arguments in the same way.
func (p *program) check(c *cobra.Command) {
	c.Args = p.checked(c.Args)
	for _, verb := range c.Commands() {
		p.check(verb)
	}
}

// checked makes what is wrong with a command line a usage error.
func (p *program) checked(args cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		if p.lang != "zh" && p.lang != "en" {
			return usage(sayOneOf, "--lang", p.lang, "zh | en")
		}
		if err := args(c, given); err != nil {
			if c.HasSubCommands() {
				return usage(sayNoVerb, given[0])
			}
			return usage(sayArguments, p.useLine(c))
		}
		return nil
	}
}

// jsonFlag lets the verb print one document instead of text.
func (p *program) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&p.json, "json", false, "print one JSON document")
}

// exit tells the person what went wrong and what to do, and gives the exit status.
func (p *program) exit(err error) int {
	var known *terminal.Error
	var told *client.Error
	var usage usageError
	var unproved verdict
	var invalid invalidEvidence
	var changed tampered
	var sick ailing
	var status ended
	if err == nil {
		err = p.noHelp
	}
	switch {
	case err == nil:
		return apitype.ExitDone
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &unproved):
		p.explain(terminal.AsError(err))
		return unproved.exit()
	case errors.As(err, &sick):
		p.complain(p.headline(sick.first), sick.first.Hint.In(p.lang))
		return sick.exit
	case errors.As(err, &invalid):
		p.explain(terminal.AsError(err))
		return apitype.ExitNotGenuine
	case errors.As(err, &known):
		p.explain(known)
		return known.Code.Entry().Exit
	case errors.As(err, &told):
		entry := told.Code.Entry()
		p.complain(fmt.Sprintf("%s (%s): %s", entry.Title.In(p.lang), told.Code, told.Detail), told.Hint.In(p.lang))
		return entry.Exit
	case errors.As(err, &changed):
		p.complain(changed.text, changed.hint)
		return apitype.ExitOther
	case errors.As(err, &usage) || errors.Is(err, config.ErrInvalid):
		p.complain(p.tell(err), p.say(sayHelp))
		return apitype.ExitUsage
	}
	p.complain(p.tell(err), p.hint(err))
	return apitype.ExitOther
}

// explain tells what an error is, by its code, and what to do.
func (p *program) explain(err *terminal.Error) {
	entry := err.Code.Entry()
	p.complain(fmt.Sprintf("%s (%s): %v", entry.Title.In(p.lang), err.Code, err.Err), entry.Hint.In(p.lang))
}

// hint is what to do about an error that has no code.
func (p *program) hint(err error) string {
	for _, known := range []struct {
		err  error
		hint message
	}{
		{syscall.EADDRINUSE, sayPortTaken},
		{fs.ErrPermission, sayPermission},
		{localtls.ErrNone, sayNoTLS},
	} {
		if errors.Is(err, known.err) {
			return p.say(known.hint)
		}
	}
	return ""
}

// complain tells an error, which may quote what is not ours: a reader, another program, a file.
func (p *program) complain(problem, hint string) {
	for line := range strings.Lines(problem) {
		fmt.Fprintf(p.stderr, "sscard: error: %s\n", plainText(strings.TrimSuffix(line, "\n")))
	}
	if hint != "" {
		fmt.Fprintf(p.stderr, "sscard: hint: %s\n", plainText(hint))
	}
}

// note speaks to the person without being asked.
func (p *program) note(format string, args ...any) {
	fmt.Fprintf(p.stderr, "sscard: "+format+"\n", args...)
}

func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// settings loads the configuration file, where one is named, and takes what only a flag may say.
func (p *program) settings(checks ...func(config.Config) error) (cfg config.Config, err error) {
	cfg = config.Default()
	if p.configFile != "" {
		cfg, err = config.Load(p.configFile, checks...)
	}
	cfg.TestKeys, cfg.StateDir = p.testKeys, p.stateDir
	return cfg, err
}

// log is silent for the verbs of people unless they want it.
func (p *program) log() *slog.Logger {
	if !p.verbose {
		return slog.New(slog.DiscardHandler)
	}
	return p.daemonLog()
}

func (p *program) daemonLog() *slog.Logger {
	log, _ := newLog(p.stderr, config.Default().Log)
	return log
}
