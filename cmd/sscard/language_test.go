package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// tree is the program in a language, with every verb by its path.
func tree(t testing.TB, lang string) map[string]*cobra.Command {
	p := &program{lang: lang, stdout: t.Output(), stderr: t.Output()}
	verbs := make(map[string]*cobra.Command)
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		verbs[c.CommandPath()] = c
		for _, verb := range c.Commands() {
			walk(verb)
		}
	}
	walk(p.root())
	return verbs
}

func hasHan(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// flagsOf are those of the verb itself.
func flagsOf(c *cobra.Command) (flags []*pflag.Flag) {
	collect := func(f *pflag.Flag) { flags = append(flags, f) }
	c.Flags().VisitAll(collect)
	c.PersistentFlags().VisitAll(collect)
	return flags
}

// What is new in one language is missing in the other until somebody writes it.
func TestEveryVerbInBothLanguages(t *testing.T) {
	chinese := tree(t, "zh")
	for path, en := range tree(t, "en") {
		t.Run(path, func(t *testing.T) {
			zh := chinese[path]
			require.NotEmpty(t, en.Short)
			require.False(t, hasHan(en.Short), en.Short)
			require.True(t, hasHan(zh.Short), "no Chinese: %q", zh.Short)
			require.Contains(t, en.Example, "sscard", "an example")
			for _, f := range flagsOf(en) {
				require.NotEmpty(t, f.Usage, f.Name)
				require.False(t, hasHan(f.Usage), "--%s: %s", f.Name, f.Usage)
				translated := zh.Flag(f.Name)
				require.NotNil(t, translated, f.Name)
				require.True(t, hasHan(translated.Usage), "--%s: flagsZH has nothing for %q", f.Name, f.Usage)
			}
		})
	}
}

// An example that the program does not understand is none.
func TestExamplesAreUnderstood(t *testing.T) {
	flag := regexp.MustCompile(`--([a-z-]+)`)
	for path, c := range tree(t, "en") {
		for line := range strings.Lines(c.Example) {
			_, used, ours := strings.Cut(line, "sscard ")
			require.True(t, ours, "%s: %s", path, line)
			used, _, _ = strings.Cut(strings.TrimSpace(used), " | ")
			used, _, _ = strings.Cut(used, " -- ") // a verb for a verb, with flags of its own
			verb, _, err := c.Root().Find(strings.Fields(used))
			require.NoError(t, err, line)
			require.True(t, strings.HasPrefix(verb.CommandPath(), path), "%s shows %q", path, line)
			for _, named := range flag.FindAllStringSubmatch(used, -1) {
				require.NotNil(t, verb.Flag(named[1]), "%s: no flag %s: %s", path, named[0], line)
			}
		}
	}
}

func TestNoTranslationWithoutFlag(t *testing.T) {
	used := make(map[string]bool)
	for _, c := range tree(t, "en") {
		for _, f := range flagsOf(c) {
			used[f.Usage] = true
		}
	}
	for en := range flagsZH {
		require.True(t, used[en], "no flag has %q any more", en)
	}
}

var placeholders = regexp.MustCompile(`%(?:\[\d+\])?[-+#0-9.*]*[a-zA-Z]`)

// Every message has both sentences, which take the same values in the same order.
func TestEveryMessageInBothLanguages(t *testing.T) {
	names := messageNames(t)
	for i, name := range names {
		both, there := sentences[message(i)]
		require.True(t, there, "%s has no sentence", name)
		zh, en := both[0], both[1]
		require.NotEmpty(t, zh, name)
		require.NotEmpty(t, en, name)
		require.False(t, hasHan(en), "%s: %s", name, en)
		require.Equal(t, placeholders.FindAllString(en, -1), placeholders.FindAllString(zh, -1), name)
	}
	require.Equal(t, len(names), len(sentences), "every constant stands in language.go")
}

// messageNames has the constants in their order, from the source.
func messageNames(t testing.TB) (names []string) {
	file, err := parser.ParseFile(token.NewFileSet(), "language.go", nil, 0)
	require.NoError(t, err)
	for _, d := range file.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST {
			continue
		}
		for _, spec := range block.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				if strings.HasPrefix(name.Name, "say") {
					names = append(names, name.Name)
				}
			}
		}
	}
	require.NotEmpty(t, names)
	return names
}

func TestUsageErrorsInBothLanguages(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		en, zh string
	}{
		{"no such verb", []string{"nothing"}, `unknown command "nothing"`, `没有这个命令："nothing"`},
		{"no such verb of a verb", []string{"audit", "nothing"}, `unknown command "nothing"`, `没有这个命令："nothing"`},
		{"help for no verb", []string{"help", "nothing"}, `unknown command "nothing"`, `没有这个命令："nothing"`},
		{"surplus argument", []string{"read", "surplus"}, "the arguments do not fit: sscard read", "参数不对，用法：sscard read"},
		{"unknown flag", []string{"read", "--nothing"}, "unknown flag: --nothing", "没有这个选项：--nothing"},
		{"unknown short flag", []string{"read", "-x"}, "unknown flag: -x", "没有这个选项：-x"},
		{"flag without its value", []string{"read", "--wait"}, "flag --wait needs a value", "选项 --wait 需要一个值"},
		{"value of another type", []string{"read", "--wait", "soon"}, `flag --wait: "soon" is no duration`, `选项 --wait 的值 "soon" 不是 duration`},
		{"no such interface", []string{"read", "--interface", "antenna"}, `--interface "antenna": auto`, `--interface "antenna"：应为 auto`},
		{"nonce", []string{"verify", "--nonce", "zz"}, "--nonce: not hexadecimal", "--nonce：不是十六进制"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for lang, want := range map[string]string{"en": test.en, "zh": test.zh} {
				status, stdout, stderr := runs(t.Context(), append([]string{"--lang", lang}, test.args...)...)
				require.Equal(t, 2, status)
				require.Empty(t, stdout)
				require.Contains(t, stderr, "sscard: error: "+want)
			}
		})
	}
}

// The language of --lang is that of the help, wherever it stands.
func TestHelpInTheAskedLanguage(t *testing.T) {
	for _, args := range [][]string{
		{"read", "--help", "--lang", "zh"}, {"--lang=zh", "read", "--help"}, {"help", "read", "--lang", "zh"},
	} {
		var out bytes.Buffer
		require.Zero(t, run(t.Context(), args, &out, t.Output()))
		require.Contains(t, out.String(), "用法：\n  sscard read [选项]")
		require.Contains(t, out.String(), "(默认 10s)")
		require.NotRegexp(t, `Usage|Flags|default`, out.String())
	}
}
