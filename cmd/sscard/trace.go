package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sscard/apdu/trace"
	"sscard/cmd/internal/recording"
	"sscard/reader"
)

// ended ends the program with a status and without a word: what there is to say was said.
type ended int

func (s ended) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func (p *program) traceCommand() *cobra.Command {
	c := p.group("trace", sayTrace)
	c.Example = "  sscard trace record -o visit.trace -- read\n  sscard trace show visit.trace"
	c.AddCommand(p.traceRecordCommand(), p.traceRedactCommand(), p.traceReplayCommand(), p.traceShowCommand(), p.traceDiffCommand())
	return c
}

// within runs a verb as the program would, with the flags that were given for all verbs, over other readers. It gives
// the exit status.
func (p *program) within(c *cobra.Command, args []string, drive func(driverName string) (reader.Driver, error)) int {
	inner := &program{stdout: p.stdout, stderr: p.stderr, lang: p.lang}
	inner.drive = func() (reader.Driver, error) { return drive(inner.driverName) }
	root := inner.root()
	var given []string
	c.Root().PersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			given = append(given, "--"+f.Name+"="+f.Value.String())
		}
	})
	root.SetArgs(append(given, args...))
	root.SetIn(c.InOrStdin())
	return inner.exit(root.ExecuteContext(c.Context()))
}

// anotherVerb is the argument of verbs that run another one.
func anotherVerb(at int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) <= at || args[at] == "trace" || args[at] == "demo" {
			return errNoVerb
		}
		return nil
	}
}

var errNoVerb = usage(sayGiveVerb)

// tracedReaders is the driver of --driver trace:FILE.
func tracedReaders(file string) (reader.Driver, error) {
	sessions, err := readTrace(file, nil)
	if err != nil {
		return nil, err
	}
	player, err := recording.NewPlayer(sessions)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", file, err)}
	}
	player.Endless, player.Loose = true, true
	return player, nil
}

// readTrace reads the sessions of a file, or of stdin where it is "-".
func readTrace(file string, stdin io.Reader) ([]*trace.Session, error) {
	from := stdin
	if file != "-" || stdin == nil {
		f, err := os.Open(file)
		if err != nil {
			return nil, usageError{err}
		}
		defer f.Close()
		from = f
	}
	sessions, err := trace.ParseAll(from)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", file, err)}
	}
	return sessions, nil
}

// createTrace makes a file that only its owner may read, and that was not there.
func createTrace(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
}

// saveTrace writes the sessions and closes the file, or removes it where that fails.
func saveTrace(f *os.File, sessions []*trace.Session) error {
	err := trace.WriteAll(f, sessions)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// unknownFlag is --force-unknown, of verbs that redact.
type unknownFlag struct{ value string }

func (u *unknownFlag) register(c *cobra.Command) {
	c.Flags().StringVar(&u.value, "force-unknown", "refuse", "what cannot be told apart: refuse | blank (zeros in its place)")
}

func (u *unknownFlag) redaction() (trace.Redaction, error) {
	switch u.value {
	case "refuse", "blank":
		return trace.Redaction{BlankUnknown: u.value == "blank"}, nil
	}
	return trace.Redaction{}, usage(sayOneOf, "--force-unknown", u.value, "refuse | blank")
}

// speedFlag is --speed, of verbs that play.
type speedFlag struct{ value string }

func (s *speedFlag) register(c *cobra.Command) {
	c.Flags().StringVar(&s.value, "speed", "none", "answers take: none (no time) | real (as long as they took)")
}

func (s *speedFlag) real() (bool, error) {
	if s.value != "none" && s.value != "real" {
		return false, usage(sayOneOf, "--speed", s.value, "none | real")
	}
	return s.value == "real", nil
}
