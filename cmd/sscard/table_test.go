package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
