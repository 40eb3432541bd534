//go:build cgo && linux

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/function"
)

// docs/compat.md has a row for each function, with its parameters and the tests of ours that show it.
func TestCompatPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/compat.md")
	require.NoError(t, err)
	param := regexp.MustCompile("`(i[A-Z]\\w*|p[A-Z]\\w*)`")
	known := tests(t)
	var rows []function.Function
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| `i") {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(line, `\|`, ""), "|")
		require.Len(t, cells, 7, line)
		row := function.Function{Name: strings.Trim(cells[1], " `")}
		for _, m := range param.FindAllStringSubmatch(cells[2], -1) {
			row.Params = append(row.Params, m[1])
		}
		rows = append(rows, row)
		for test := range strings.SplitSeq(strings.TrimSpace(cells[5]), ", ") {
			require.True(t, known[test], "%s: there is no %s", row.Name, test)
		}
	}
	require.Equal(t, function.Functions(), rows)
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
