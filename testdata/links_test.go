package testdata_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```")
	target  = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// Every link of every page leads to a file, and to a heading where it names one.
func TestLinks(t *testing.T) {
	for _, page := range pages(t, "..") {
		text := fenced.ReplaceAllString(read(t, page), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			path, fragment, _ := strings.Cut(m[1], "#")
			to := page
			if path != "" {
				to = filepath.Join(filepath.Dir(page), path)
			}
			_, err := os.Stat(to)
			require.NoError(t, err, "%s: %s", page, m[1])
			if fragment != "" {
				require.Contains(t, anchors(read(t, to)), fragment, "%s: %s", page, m[1])
			}
		}
	}
}

// The index of the decisions has each of them, and no number is given twice.
func TestDecisions(t *testing.T) {
	index := read(t, "../docs/adr/README.md")
	of := make(map[string]string)
	files, err := filepath.Glob("../docs/adr/[0-9]*.md")
	require.NoError(t, err)
	for _, file := range files {
		name := filepath.Base(file)
		number, _, _ := strings.Cut(name, "-")
		require.Empty(t, of[number], "%s has the number of another", name)
		of[number] = name
		require.True(t, strings.Contains(index, "["+number+"]("+name+")"), "%s is not in the index", name)
	}
}

func pages(t *testing.T, root string) (found []string) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "bin" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			found = append(found, path)
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

func read(t *testing.T, path string) string {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}

// anchors are what GitHub makes of headings: small letters, hyphens for spaces, no punctuation.
func anchors(text string) (all []string) {
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r) || unicode.IsNumber(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, target.ReplaceAllString(m[1], "$1")))
	}
	return all
}

// The table of folders has every package.
func TestFolders(t *testing.T) {
	text := read(t, "../README.md")
	for _, root := range []string{"apdu", "clients", "reader", "sm", "terminal"} {
		err := filepath.WalkDir("../"+root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() || d.Name() == "testdata" {
				return err
			}
			if sources, _ := filepath.Glob(filepath.Join(path, "*.go")); len(sources) > 0 {
				folder := filepath.ToSlash(path[3:])
				require.True(t, strings.Contains(text, "| `"+folder+"` |"), folder)
			}
			return nil
		})
		require.NoError(t, err)
	}
}
