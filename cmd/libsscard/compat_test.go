//go:build cgo && linux

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/function"
)

const notYet = "not yet"

// docs/compat.md has a row for each function, with its parameters; a test of ours shows each that there is.
func TestCompatPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/compat.md")
	require.NoError(t, err)
	code := regexp.MustCompile("`(i[A-Z]\\w*|p[A-Z]\\w*)`")
	known := tests(t)
	var rows []prototype
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| `i") {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(line, `\|`, ""), "|")
		require.Len(t, cells, 7, line)
		row := prototype{name: strings.Trim(cells[1], " `")}
		for _, m := range code.FindAllStringSubmatch(cells[2], -1) {
			row.params = append(row.params, m[1])
		}
		rows = append(rows, prototype{row.name, append(row.params, "pOutInfo")})
		there := slices.ContainsFunc(function.Functions(), func(f function.Function) bool { return f.Name == row.name })
		shown := strings.TrimSpace(cells[5])
		require.Equal(t, there, shown != notYet, "%s: %s", row.name, shown)
		for test := range strings.SplitSeq(shown, ", ") {
			require.True(t, !there || known[test], "%s: there is no %s", row.name, test)
		}
	}
	require.Equal(t, prototypes(t), rows)
}

// tests are the names of all tests of this project.
func tests(t testing.TB) map[string]bool {
	names := make(map[string]bool)
	for _, dir := range []string{".", "../../terminal", "../../terminal/function", "../../terminal/httpapi"} {
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		require.NoError(t, err)
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(source), -1) {
				names[m[1]] = true
			}
		}
	}
	return names
}
