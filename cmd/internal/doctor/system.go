package doctor

import (
	"os"
	"runtime"
	"strings"
)

// systemOf is what the machine runs on, as it says itself.
func systemOf(env Environment) string {
	release, _ := os.ReadFile(env.path("etc/os-release"))
	for line := range strings.Lines(string(release)) {
		if name, is := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); is {
			return strings.Trim(name, `"`) + " · " + runtime.GOARCH
		}
	}
	return runtime.GOOS + " · " + runtime.GOARCH
}
