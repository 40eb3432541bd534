package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	testNamed    = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	testDeclared = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`)
)

// Each test that the tables of faults name is there, and both languages name the same.
func TestFaultsAreTested(t *testing.T) {
	declared := make(map[string]bool)
	require.NoError(t, filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range testDeclared.FindAllSubmatch(source, -1) {
			declared[string(m[1])] = true
		}
		return err
	}))
	named := func(path string) (names []string) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, m := range testNamed.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
		return names
	}
	english := named("../../docs/faults.md")
	require.Greater(t, len(english), 20)
	for _, name := range english {
		require.True(t, declared[name], "docs/faults.md names %s", name)
	}
	require.Equal(t, english, named("../../docs/zh/faults.md"))
}
