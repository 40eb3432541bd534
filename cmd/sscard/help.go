package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpCommand stands in for cobra's, which speaks English only.
func (p *program) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [VERB]…", Short: p.say(sayHelpVerb), Args: cobra.ArbitraryArgs, Example: "  sscard help read",
		ValidArgsFunction: func(c *cobra.Command, given []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			verb, _, err := c.Root().Find(given)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, v := range available(verb) {
				names = append(names, cobra.CompletionWithDesc(v.Name(), v.Short))
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, given []string) error {
			verb, left, err := c.Root().Find(given)
			if err != nil || len(left) > 0 {
				return usage(sayNoVerb, strings.Join(given, " "))
			}
			return verb.Help()
		},
	}
}

// helpOn shows help, but not that of a group of verbs in the place of a verb that is not in it.
func (p *program) helpOn(show func(*cobra.Command, []string)) func(*cobra.Command, []string) {
	return func(c *cobra.Command, args []string) {
		if c.HasSubCommands() && c.Flags().NArg() > 0 {
			p.noHelp = usage(sayNoVerb, c.Flags().Arg(0))
			return
		}
		show(c, args)
	}
}

// localize finishes the tree of verbs: what cobra, and the verbs' own files, have in English only it says in the person's
// language, and verbs of verbs show the examples of theirs.
func (p *program) localize(c *cobra.Command) {
	c.Flags().BoolP("help", "h", false, "show this help")
	translate := func(f *pflag.Flag) {
		if zh, known := flagsZH[f.Usage]; known && p.lang == "zh" {
			f.Usage = zh
		}
	}
	c.Flags().VisitAll(translate)
	c.PersistentFlags().VisitAll(translate)
	var examples []string
	for _, verb := range c.Commands() {
		p.localize(verb)
		first, _, _ := strings.Cut(verb.Example, "\n")
		examples = append(examples, first)
	}
	if c.Example == "" {
		c.Example = strings.Join(examples, "\n")
	}
}

// usage prints how a verb is used.
func (p *program) usage(c *cobra.Command) error {
	for _, section := range []struct {
		title message
		text  string
	}{
		{sayUsageTitle, "  " + p.useLine(c)},
		{sayExamplesTitle, c.Example},
		{sayVerbsTitle, verbList(c)},
		{sayFlagsTitle, p.flagList(c.LocalFlags())},
		{sayGlobalFlagsTitle, p.flagList(c.InheritedFlags())},
	} {
		if section.text == "" {
			continue
		}
		if _, err := fmt.Fprintf(c.OutOrStderr(), "%s\n%s\n\n", p.say(section.title), section.text); err != nil {
			return err
		}
	}
	return nil
}

// useLine is the verb with what it takes.
func (p *program) useLine(c *cobra.Command) string {
	line := strings.TrimSuffix(c.UseLine(), " [flags]")
	if c.HasAvailableSubCommands() {
		line += " " + p.say(sayVerbMark)
	}
	return line + " " + p.say(sayFlagsMark)
}

func verbList(c *cobra.Command) string {
	var lines []string
	for _, verb := range available(c) {
		lines = append(lines, fmt.Sprintf("  %-*s  %s", verb.NamePadding(), verb.Name(), verb.Short))
	}
	return strings.Join(lines, "\n")
}

func available(c *cobra.Command) (verbs []*cobra.Command) {
	for _, verb := range c.Commands() {
		if verb.IsAvailableCommand() {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}

func (p *program) flagList(flags *pflag.FlagSet) string {
	text := strings.TrimRight(flags.FlagUsages(), "\n")
	return strings.ReplaceAll(text, "(default ", "("+p.say(sayDefault)+" ")
}
