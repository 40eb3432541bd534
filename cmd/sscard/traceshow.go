package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"sscard/apdu"
	"sscard/apdu/trace"
	"sscard/terminal/profile"
)

// shownTrace is a session of a file, as `sscard trace show --json` prints it in a list.
type shownTrace struct {
	Meta map[string]string `json:"meta"`
	shownSession
}

func (p *program) traceShowCommand() *cobra.Command {
	var reveal bool
	c := &cobra.Command{
		Use: "show FILE", Short: p.say(sayTraceShow), Args: cobra.ExactArgs(1),
		Example: "  sscard trace show visit.trace\n  sscard trace show --json --reveal visit.trace",
	}
	p.jsonFlag(c)
	c.Flags().BoolVar(&reveal, "reveal", false, "show the person's data too")
	c.RunE = func(c *cobra.Command, files []string) error {
		sessions, err := readTrace(files[0], c.InOrStdin())
		if err != nil {
			return err
		}
		return p.showTraces(sessions, reveal)
	}
	return c
}

func (p *program) showTraces(sessions []*trace.Session, reveal bool) error {
	profiles, err := p.profiles()
	if err != nil {
		return err
	}
	shown := make([]shownTrace, len(sessions))
	for i, s := range sessions {
		shown[i] = showTrace(s, profiles, reveal)
	}
	return p.printTraces(shown)
}

func (p *program) profiles() (*profile.Set, error) {
	cfg, err := p.settings()
	if err != nil {
		return nil, err
	}
	return profile.Load(cfg.Profiles.Dir)
}

// showTrace is a session with its metadata. Without reveal nothing in it tells who the holder is.
func showTrace(s *trace.Session, profiles *profile.Set, reveal bool) shownTrace {
	shown := shownTrace{Meta: make(map[string]string), shownSession: showSession(s, profiles)}
	for _, m := range s.Meta {
		shown.Meta[m.Key] = m.Value
	}
	if reveal {
		return shown
	}
	shown.ATR = apdu.MaskATR(s.ATR())
	if shown.ATR != "" {
		shown.Meta[trace.KeyATR] = shown.ATR
	}
	for i, step := range s.Steps() {
		shown.Steps[i] = maskStep(step, shown.Steps[i])
	}
	return shown
}

func (p *program) printTraces(shown []shownTrace) error {
	if p.json {
		return p.printJSON(map[string][]shownTrace{"sessions": shown})
	}
	for i, s := range shown {
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		var t table
		for _, key := range []string{trace.KeyReader, trace.KeyInterface, trace.KeyProtocol, trace.KeyATR, trace.KeyConnect, trace.KeyRedacted} {
			if value := s.Meta[key]; value != "" {
				t.row("@ "+key, value)
			}
		}
		if err := t.print(p.stdout); err != nil {
			return err
		}
		if err := p.printSession(s.shownSession); err != nil {
			return err
		}
	}
	return nil
}
