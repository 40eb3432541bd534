package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// inLanguage has all verbs, as the command line asks for them.
func inLanguage(lang string) *cobra.Command {
	return (&program{}).root([]string{"--lang", lang})
}

func each(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, verb := range c.Commands() {
		each(verb, do)
	}
}

// Every verb that does something shows how.
func TestExamples(t *testing.T) {
	each(inLanguage("en"), func(c *cobra.Command) {
		if c.HasParent() && c.HasSubCommands() {
			return // a group
		}
		require.Contains(t, c.Example, "  sscard", c.CommandPath())
	})
}

// What verbs and flags are for is in Chinese; what is no language of anybody's stays.
func TestChineseHelp(t *testing.T) {
	same := []string{"zh | en", "pcsc | virtual:FILE", "auto | contact | contactless"}
	each(inLanguage("zh"), func(c *cobra.Command) {
		if c.HasParent() && c.Parent().Name() == "completion" {
			return
		}
		require.True(t, chinese(c.Short), "%s: %s", c.CommandPath(), c.Short)
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "no-descriptions" && !strings.Contains(strings.Join(same, "\n"), f.Usage) {
				require.True(t, chinese(f.Usage), "%s --%s: %s", c.CommandPath(), f.Name, f.Usage)
			}
		})
	})
}

func TestLanguageOfHelp(t *testing.T) {
	t.Setenv("LC_ALL", "C.UTF-8")
	for _, args := range [][]string{{"--lang", "zh", "read", "--help"}, {"read", "--help", "--lang=zh"}} {
		var out, complaints bytes.Buffer
		require.Zero(t, run(t.Context(), args, &out, &complaints))
		require.Empty(t, complaints.String())
		require.Contains(t, out.String(), "读取社会保障卡的基本信息")
		require.Contains(t, out.String(), "用法：")
		require.NotContains(t, out.String(), "Flags:")
	}
	var out bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"read", "--help"}, &out, &out))
	require.Contains(t, out.String(), "Usage:")
}

func chinese(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}
