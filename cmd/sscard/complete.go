package main

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sscard/reader"
	"sscard/reader/softcard"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
	"sscard/testdata"
)

func (p *program) completionCommand() *cobra.Command {
	shells := map[string]func(root *cobra.Command, to io.Writer) error{
		"bash": func(root *cobra.Command, to io.Writer) error { return root.GenBashCompletionV2(to, true) },
		"zsh":  (*cobra.Command).GenZshCompletion,
		"fish": func(root *cobra.Command, to io.Writer) error { return root.GenFishCompletion(to, true) },
	}
	return &cobra.Command{
		Use: "completion bash|zsh|fish", Short: p.say(sayCompletion),
		ValidArgs: slices.Sorted(maps.Keys(shells)), Args: cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		Example: "  source <(sscard completion bash)\n  sscard completion zsh > \"${fpath[1]}/_sscard\"\n" +
			"  sscard completion fish > ~/.config/fish/completions/sscard.fish",
		RunE: func(c *cobra.Command, given []string) error { return shells[given[0]](c.Root(), p.stdout) },
	}
}

// complete has the shells offer values for the flags of all verbs, by the names of the flags, and for arguments.
func (p *program) complete(c *cobra.Command) {
	values := p.completers()
	offer := func(f *pflag.Flag) {
		if complete, known := values[f.Name]; known {
			_ = c.RegisterFlagCompletionFunc(f.Name, complete) // fails only for flags that are not there, or twice
		}
	}
	c.Flags().VisitAll(offer)
	c.PersistentFlags().VisitAll(offer)
	if complete, known := values[c.CommandPath()]; known {
		c.ValidArgsFunction = complete
	}
	for _, verb := range c.Commands() {
		p.complete(verb)
	}
}

// completers are by the names of flags, and for arguments by the paths of verbs.
func (p *program) completers() map[string]cobra.CompletionFunc {
	certificates := endingIn("pem", "der", "cer", "crt")
	return map[string]cobra.CompletionFunc{
		"lang":                fixed("zh", "en"),
		"interface":           fixed("auto", string(reader.Contact), string(reader.Contactless)),
		"driver":              fixed("pcsc", virtualPrefix, tracePrefix),
		"config":              endingIn("yaml", "yml"),
		"test-keys":           endingIn("yaml", "yml"),
		"state-dir":           directories,
		"reader":              p.readerIDs,
		"profile":             builtInCards,
		"fault":               fixed(softcard.Faults()...),
		"forge":               fixed(softcard.Forgeries()...),
		"fields":              p.fieldNames,
		"origin":              p.origins(func(o apitype.Origins) []string { return append(allowed(o), terminal.LocalOrigin) }),
		"sscard origin allow": p.origins(refused),
		"sscard origin deny":  p.origins(allowed),
		"roots":               certificates,
		"intermediates":       certificates,
		"crls":                endingIn("crl", "pem", "der"),
	}
}

func fixed(values ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

func endingIn(extensions ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(extensions, cobra.ShellCompDirectiveFilterFileExt)
}

func directories(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// builtInCards are those of the program; a file will do too.
func builtInCards(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
	entries, _ := testdata.Cards.ReadDir("cards") // embedded: it is there
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names, cobra.ShellCompDirectiveDefault
}

// readerIDs looks at the readers as the verb would, and no longer than a person waits for the Tab key.
func (p *program) readerIDs(c *cobra.Command, _ []string, _ string) (ids []string, _ cobra.ShellCompDirective) {
	d, err := p.openReaders()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	pool := reader.NewPool(d, reader.Config{Log: p.log()})
	ctx, cancel := context.WithTimeout(c.Context(), askTime)
	stopped := make(chan struct{})
	go func() { pool.Run(ctx); close(stopped) }()
	_ = pool.Ready(ctx) // without a service there are no readers
	for _, r := range pool.Snapshot().Readers {
		ids = append(ids, cobra.CompletionWithDesc(r.ID, r.Name))
	}
	cancel()
	<-stopped
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// fieldNames completes the last of a list.
func (p *program) fieldNames(_ *cobra.Command, _ []string, begun string) (names []string, _ cobra.ShellCompDirective) {
	const more = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	cfg, err := p.settings()
	if err != nil {
		return nil, more
	}
	profiles, err := profile.Load(cfg.Profiles.Dir)
	if err != nil {
		return nil, more
	}
	before := begun[:strings.LastIndex(begun, ",")+1]
	for _, f := range profiles.Fields() {
		names = append(names, cobra.CompletionWithDesc(before+f.Name, p.label(f.Label, f.Name)))
	}
	return names, more
}

// origins are those that the daemon, or what it left, tells of.
func (p *program) origins(which func(apitype.Origins) []string) cobra.CompletionFunc {
	return func(c *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
		k, err := p.doorkeeper(c.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		list, _ := k.Origins(c.Context())
		return which(list), cobra.ShellCompDirectiveNoFileComp
	}
}

func allowed(o apitype.Origins) (names []string) {
	for _, one := range o.Allowed {
		names = append(names, one.Origin)
	}
	return names
}

// refused leaves out what no browser sends: anybody can have sent it, and it goes to a shell.
func refused(o apitype.Origins) (names []string) {
	for _, one := range o.Refused {
		if one.Command != "" {
			names = append(names, one.Origin)
		}
	}
	return names
}
