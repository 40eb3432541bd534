package metrics_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	typed     = regexp.MustCompile(`(?m)^# TYPE (sscard_\w+)`)
	tabulated = regexp.MustCompile("(?m)^\\| `sscard_.*? \\|")
	named     = regexp.MustCompile("`(sscard_\\w+)`")
)

// Both tables have every metric, and no other.
func TestDocumented(t *testing.T) {
	h := inHall(t)
	h.Reloaded(nil)
	exercise(t, h)
	text, _ := scrape(t, h.Metrics)
	var there []string
	for _, m := range typed.FindAllStringSubmatch(text, -1) {
		there = append(there, m[1])
	}
	slices.Sort(there)
	for _, file := range []string{"docs/metrics.md", "docs/zh/metrics.md"} {
		page, err := os.ReadFile(filepath.Join("..", "..", file))
		require.NoError(t, err)
		var told []string
		for _, row := range tabulated.FindAllString(string(page), -1) {
			for _, m := range named.FindAllStringSubmatch(row, -1) {
				told = append(told, m[1])
			}
		}
		slices.Sort(told)
		require.Equal(t, there, told, file)
	}
}
