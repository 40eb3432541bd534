package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sscard/cmd/internal/wiring"
)

// manCommand writes what packages install. It is hidden: people have man.
func (p *program) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: p.say(sayMan), Args: cobra.ExactArgs(1), Hidden: true, Example: "  sscard man bin/man",
		RunE: func(_ *cobra.Command, given []string) error {
			for lang, section := range map[string]string{"en": "man1", "zh": "zh_CN/man1"} {
				one := program{stdout: p.stdout, stderr: p.stderr, lang: lang}
				if err := one.writePages(one.root(), filepath.Join(given[0], section)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// writePages writes a page for the verb and for each of its verbs.
func (p *program) writePages(c *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, pageName(c)+".1"), []byte(p.page(c)), 0o644); err != nil {
		return err
	}
	for _, verb := range available(c) {
		if err := p.writePages(verb, dir); err != nil {
			return err
		}
	}
	return nil
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// page is the verb's manual page in the man macros of roff, man(7). It bears no date, so that one source makes one page.
func (p *program) page(c *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %q 1 \"\" %q\n", strings.ToUpper(pageName(c)), "sscard "+wiring.Release)
	var see []string
	if c.HasParent() {
		see = append(see, reference(c.Parent()))
	}
	var verbs string
	for _, verb := range available(c) {
		see = append(see, reference(verb))
		verbs += tagged(reference(verb), verb.Short)
	}
	for _, section := range []struct {
		title message
		text  string
	}{
		{sayManName, escaped(pageName(c)) + ` \- ` + escaped(c.Short) + "\n"},
		{sayManSynopsis, ".nf\n" + escaped(p.useLine(c)) + "\n.fi\n"},
		{sayManVerbs, verbs},
		{sayManFlags, p.flagPage(c.LocalFlags())},
		{sayManGlobal, p.flagPage(c.InheritedFlags())},
		{sayManExamples, ".nf\n" + escaped(c.Example) + "\n.fi\n"},
		{sayManSee, strings.Join(see, ", ") + "\n"},
	} {
		if section.text != "" {
			fmt.Fprintf(&b, ".SH %q\n%s", p.say(section.title), section.text)
		}
	}
	return b.String()
}

func reference(c *cobra.Command) string { return `\fB` + escaped(pageName(c)) + `\fR(1)` }

// tagged is a paragraph that hangs from a tag, which is roff already.
func tagged(tag, text string) string { return ".TP\n" + tag + "\n" + escaped(text) + "\n" }

func (p *program) flagPage(flags *pflag.FlagSet) (text string) {
	flags.VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		tag := `\fB` + escaped("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			tag = `\fB` + escaped("-"+f.Shorthand) + `\fR, ` + tag
		}
		if value != "" {
			tag += ` \fI` + escaped(value) + `\fR`
		}
		if hasDefault(f) {
			usage += fmt.Sprintf(" (%s %s)", p.say(sayDefault), f.DefValue)
		}
		text += tagged(tag, usage)
	})
	return text
}

// hasDefault leaves out those that are nothing, and those of the person who runs this now: language and directory.
func hasDefault(f *pflag.Flag) bool {
	switch f.DefValue {
	case "", "false", "0", "0s", "[]":
		return false
	}
	return f.Name != "lang" && f.Name != "state-dir"
}

// escaped is text that roff leaves as it is: a line of it may begin with a dot.
func escaped(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	for _, begin := range []string{".", "'"} {
		text = strings.ReplaceAll("\n"+text, "\n"+begin, "\n"+`\&`+begin)[1:]
	}
	return text
}
