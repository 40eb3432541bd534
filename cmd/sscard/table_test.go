package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu/trace"
	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
)

// A card's text is shown, and never obeyed by the terminal.
func TestTable(t *testing.T) {
	for _, row := range []struct{ name, cell, shown string }{
		{"Chinese", "王小明", "王小明  .\n"},
		{"a command to hide what follows", "A\x1b[8mB", "A\uFFFD[8mB  .\n"},
		{"a command in one character", "A\u009b8mB", "A\uFFFD8mB  .\n"},
		{"another line", "A\r\nB", "A\uFFFD\uFFFDB  .\n"},
		{"another direction", "A\u202eB", "A\uFFFDB  .\n"},
		{"a rare character", "𠮷", "𠮷  .\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var table table
			table.row(row.cell, ".")
			var b strings.Builder
			require.NoError(t, table.print(&b))
			require.Equal(t, row.shown, b.String())
		})
	}
}

// What is no table has no commands for a terminal in it either.
func TestNothingIsObeyed(t *testing.T) {
	const forged = "A\u202eB\x1b[8mC"
	for _, row := range []struct {
		name  string
		print func(p *program) error
	}{
		{"what a record says", func(p *program) error {
			return p.printSession(shownSession{Steps: []shownStep{{Meaning: &apitype.Text{}, Objects: []shownObject{{Tag: "08", Text: forged}}}}})
		}},
		{"a fault of a trace", func(p *program) error { return p.printSession(shownSession{Steps: []shownStep{{Fault: forged}}}) }},
		{"a difference of traces", func(p *program) error {
			return p.printDiff(shownDiff{Differences: []shownDifference{
				{Kind: trace.Metadata, Key: forged}, {Kind: trace.Missing, A: &shownStep{Fault: forged}},
			}})
		}},
		{"a reading", func(p *program) error {
			profiles, err := profile.Load("")
			require.NoError(t, err)
			return p.printReading(apitype.ReadDocument{Reader: apitype.ReaderRef{Name: forged}, Holder: apitype.Fields{{Name: "name", Value: forged}}}, profiles)
		}},
		{"readers", func(p *program) error { return p.printReaders([]reader.Reader{{Name: forged}}) }},
		{"an error", func(p *program) error { p.complain("line 1\nheld by "+forged, ""); return nil }},
		{"a hint", func(p *program) error { p.complain("", forged); return nil }},
	} {
		t.Run(row.name, func(t *testing.T) {
			var b strings.Builder
			require.NoError(t, row.print(&program{stdout: &b, stderr: &b, lang: "en"}))
			require.Contains(t, b.String(), "A\uFFFDB\uFFFD[8mC")
			require.NotContains(t, b.String(), "\u202e")
			require.NotContains(t, b.String(), "\x1b")
		})
	}
}
