package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"sscard/apdu/trace"
	"sscard/cmd/internal/recording"
	"sscard/reader"
	"sscard/terminal/apitype"
)

// recordFlags are the flags of trace record.
type recordFlags struct {
	output  string
	raw     bool
	yes     int
	unknown unknownFlag
}

func (p *program) traceRecordCommand() *cobra.Command {
	var f recordFlags
	c := &cobra.Command{
		Use: "record [-o FILE] -- VERB …", Short: p.say(sayTraceRecord), Args: anotherVerb(0),
		Example: "  sscard trace record -o visit.trace -- read\n  sscard trace record -- verify --json",
	}
	flags := c.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "file to write, which must not be there (default: sscard-TIME.trace)")
	flags.BoolVar(&f.raw, "raw", false, "keep the person's data; asks twice")
	flags.CountVar(&f.yes, "yes-raw", "the answer to both questions of --raw, where it is given twice")
	f.unknown.register(c)
	flags.SetInterspersed(false)
	c.RunE = func(c *cobra.Command, verb []string) error { return p.traceRecord(c, f, verb) }
	return c
}

func (p *program) traceRecord(c *cobra.Command, f recordFlags, verb []string) error {
	how, err := f.unknown.redaction()
	if err != nil {
		return err
	}
	if f.raw && !p.wantsRaw(c.InOrStdin(), f.yes) {
		return usage(sayRawRefused)
	}
	if f.output == "" {
		f.output = time.Now().Format("sscard-20060102T150405.trace")
	}
	file, err := createTrace(f.output) // before a card is touched for nothing
	if err != nil {
		return err
	}
	var kept sessionsKept
	status := p.within(c, verb, func(driverName string) (reader.Driver, error) {
		d, err := driver(driverName)
		return recording.NewRecorder(d, kept.add), err
	})
	if len(kept.all) == 0 { // no card was reached, as the verb has said
		discard(file)
		if status == apitype.ExitDone {
			return usage(sayGiveVerb)
		}
		return ended(status)
	}
	sessions := kept.all
	if !f.raw {
		sessions, err = trace.Redact(sessions, how)
	}
	if err != nil {
		discard(file)
		return p.unredacted(err)
	}
	if err := saveTrace(file, sessions); err != nil {
		return err
	}
	p.note(p.say(sayRecorded), f.output, len(sessions), kept.exchanges)
	if kept.full {
		p.note("%s", p.say(sayRecordFull))
	}
	if status != apitype.ExitDone {
		return ended(status)
	}
	return nil
}

func discard(file *os.File) {
	file.Close()
	os.Remove(file.Name())
}

// unredacted says of what cannot be redacted what can be done.
func (p *program) unredacted(err error) error {
	if errors.Is(err, trace.ErrUnknown) {
		return fmt.Errorf("%w (%s)", err, p.say(sayForceUnknown))
	}
	return err
}

// wantsRaw asks twice, where there is a terminal to ask at; elsewhere it must have been said twice.
func (p *program) wantsRaw(stdin io.Reader, said int) bool {
	const twice = 2
	if said >= twice {
		return true
	}
	if !isTerminal(stdin) {
		return false
	}
	answers := bufio.NewScanner(stdin)
	for _, question := range []message{sayRawFirst, sayRawSecond} {
		fmt.Fprintf(p.stderr, "sscard: %s ", p.say(question))
		if !answers.Scan() || strings.TrimSpace(answers.Text()) != "yes" {
			return false
		}
	}
	return true
}

func isTerminal(stream any) bool {
	f, is := stream.(*os.File)
	if !is {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// maxRecorded bounds what is kept in memory, in exchanges.
const maxRecorded = 50_000

// sessionsKept is what a verb said to cards.
type sessionsKept struct {
	mu        sync.Mutex
	all       []*trace.Session
	exchanges int
	full      bool
}

func (k *sessionsKept) add(s *trace.Session) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.exchanges+len(s.Exchanges) > maxRecorded {
		k.full = true
		return
	}
	k.exchanges += len(s.Exchanges)
	k.all = append(k.all, s)
}
