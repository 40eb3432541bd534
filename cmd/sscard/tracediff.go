package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sscard/apdu/trace"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
)

// shownDiff is what `sscard trace diff --json` prints.
type shownDiff struct {
	Same        bool              `json:"same"`
	Differences []shownDifference `json:"differences"`
}

// shownDifference is one difference. A and B are the steps of the first and the second file.
type shownDifference struct {
	Session int         `json:"session"` // from 0
	Kind    trace.Kind  `json:"kind"`
	Key     string      `json:"key,omitempty"`     // of metadata
	Records []shownName `json:"records,omitempty"` // in which the answers differ, where they hold records
	A       *shownStep  `json:"a,omitempty"`
	B       *shownStep  `json:"b,omitempty"`
}

// shownName is a record and what it is called.
type shownName struct {
	Tag   string        `json:"tag"`
	Label *apitype.Text `json:"label,omitempty"`
}

func (p *program) traceDiffCommand() *cobra.Command {
	var reveal bool
	c := &cobra.Command{
		Use: "diff A B", Short: p.say(sayTraceDiff), Args: cobra.ExactArgs(2),
		Example: "  sscard trace diff good.trace bad.trace\n  sscard trace diff --json good.trace bad.trace",
	}
	p.jsonFlag(c)
	c.Flags().BoolVar(&reveal, "reveal", false, "show the person's data too")
	c.RunE = func(_ *cobra.Command, files []string) error {
		profiles, err := p.profiles()
		if err != nil {
			return err
		}
		a, err := readTrace(files[0], nil)
		if err != nil {
			return err
		}
		b, err := readTrace(files[1], nil)
		if err != nil {
			return err
		}
		return p.traceDiff(a, b, profiles, reveal)
	}
	return c
}

// traceDiff compares the sessions in their order, and ends the program with 1 where any differ.
func (p *program) traceDiff(a, b []*trace.Session, profiles *profile.Set, reveal bool) error {
	d := shownDiff{Differences: []shownDifference{}}
	layout := profiles.Layout(newestVersion, "")
	for i := range max(len(a), len(b)) {
		for _, found := range trace.Compare(sessionAt(a, i), sessionAt(b, i)) {
			d.Differences = append(d.Differences, showDifference(i, found, layout, reveal))
		}
	}
	d.Same = len(d.Differences) == 0
	if err := p.printDiff(d); err != nil || d.Same {
		return err
	}
	return ended(apitype.ExitOther)
}

// sessionAt is an empty session where a file has none.
func sessionAt(sessions []*trace.Session, i int) *trace.Session {
	if i < len(sessions) {
		return sessions[i]
	}
	return &trace.Session{}
}

func showDifference(session int, d trace.Difference, layout profile.Layout, reveal bool) shownDifference {
	show := func(step *trace.Step) (shown, open *shownStep) {
		if step == nil {
			return nil, nil
		}
		all := showStep(*step, layout)
		may := all
		if !reveal {
			may.Objects = slices.Clone(all.Objects)
			may = maskStep(*step, may)
		}
		return &may, &all
	}
	shown := shownDifference{Session: session, Kind: d.Kind, Key: d.Key}
	var a, b *shownStep
	shown.A, a = show(d.A)
	shown.B, b = show(d.B)
	if a != nil && b != nil {
		shown.Records = otherRecords(a.Objects, b.Objects)
	}
	return shown
}

// otherRecords are those that are not in both with the same value.
func otherRecords(a, b []shownObject) (other []shownName) {
	in := func(list []shownObject, o shownObject) bool {
		return slices.ContainsFunc(list, func(l shownObject) bool { return l.Tag == o.Tag && l.Value == o.Value })
	}
	add := func(o shownObject) {
		if !slices.ContainsFunc(other, func(n shownName) bool { return n.Tag == o.Tag }) {
			other = append(other, shownName{o.Tag, o.Label})
		}
	}
	for _, o := range a {
		if !in(b, o) {
			add(o)
		}
	}
	for _, o := range b {
		if !in(a, o) {
			add(o)
		}
	}
	return other
}

func (p *program) printDiff(d shownDiff) error {
	if p.json {
		return p.printJSON(d)
	}
	for _, x := range d.Differences {
		line := fmt.Sprintf("%d  ", x.Session)
		switch x.Kind {
		case trace.Metadata:
			line += "~ @ " + plainText(x.Key)
		case trace.Missing:
			line += "- " + p.ofStep(x.A) + "  " + p.ending(x.A)
		case trace.Extra:
			line += "+ " + p.ofStep(x.B) + "  " + p.ending(x.B)
		case trace.Answer:
			line += "~ " + p.ofStep(x.A) + p.records(x.Records) + "\n     - " + p.ending(x.A) + "\n     + " + p.ending(x.B)
		}
		if _, err := fmt.Fprintln(p.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) ofStep(s *shownStep) string {
	return strings.Join(present(s.Command, s.Name, "·", s.Place), " ")
}

// ending is how a step ended.
func (p *program) ending(s *shownStep) string {
	if s.Fault != "" {
		return "! " + plainText(s.Fault)
	}
	return "< " + strings.Join(present(s.Response, s.SW, s.Meaning.In(p.lang)), " ")
}

func (p *program) records(names []shownName) string {
	var b strings.Builder
	for _, n := range names {
		label := ""
		if n.Label != nil {
			label = n.Label.In(p.lang)
		}
		b.WriteString("  " + strings.Join(present(n.Tag, label), " "))
	}
	return b.String()
}
