package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/apitype"
)

// apiVersion is that of the paths under /v1.
const apiVersion = "1"

func version() apitype.Version {
	v := apitype.Version{Version: wiring.Release, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, API: apiVersion}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
	}
	return v
}

func (p *program) versionCommand() *cobra.Command {
	c := &cobra.Command{Use: "version", Short: p.say(sayVersion), Args: cobra.NoArgs, Example: "  sscard version --json"}
	p.jsonFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		v := version()
		if p.json {
			return p.printJSON(v)
		}
		_, err := fmt.Fprintf(p.stdout, "sscard %s %s %s/%s\n", v.Version, v.Go, v.OS, v.Arch)
		return err
	}
	return c
}
