package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
)

// faultRow is a row of a table in docs/faults.md; all of its columns are the same in both languages but the first and
// the fourth.
type faultRow struct{ fault, codes, log, tests []string }

var quoted = regexp.MustCompile("`([^`]+)`")

func inQuotes(cell string) (found []string) {
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		found = append(found, m[1])
	}
	return found
}

func faultRows(t *testing.T, file string) (rows []faultRow) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", file))
	require.NoError(t, err)
	const columns = 6
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != columns+2 || strings.HasPrefix(cells[1], "---") || !strings.Contains(cells[columns], "`") {
			continue
		}
		rows = append(rows, faultRow{cells[1:2], inQuotes(cells[2]), inQuotes(cells[3]), inQuotes(cells[columns])})
	}
	return rows
}

// What docs/faults.md says exists: its codes, its words of the log, and its tests.
func TestFaultsAreAsDocumented(t *testing.T) {
	rows := faultRows(t, "faults.md")
	require.Greater(t, len(rows), 20)
	source := sources(t)
	for _, row := range rows {
		for _, code := range row.codes {
			if strings.HasPrefix(code, "audit.") {
				continue // a key of the configuration
			}
			require.Equal(t, apitype.Code(code), apitype.Code(code).Entry().Code, row.fault)
		}
		for _, said := range row.log {
			require.Contains(t, source, said, row.fault)
		}
		require.NotEmpty(t, row.tests, row.fault)
		for _, test := range row.tests {
			dir, name, _ := strings.Cut(test, ".")
			require.Contains(t, testsIn(t, dir), "func "+name+"(t *testing.T)", row.fault)
		}
	}
	for i, row := range faultRows(t, "zh/faults.md") {
		require.Less(t, i, len(rows))
		row.fault = rows[i].fault
		require.Equal(t, rows[i], row, "in Chinese as in English")
	}
	require.Len(t, faultRows(t, "zh/faults.md"), len(rows))
}

// sources is the text of all our programs.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"../../*/*.go", "../../*/*/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			all.Write(text)
		}
	}
	return all.String()
}

func testsIn(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", dir, "*_test.go"))
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}
