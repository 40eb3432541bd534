package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
	"sscard/terminal/door"
)

// browserTime is how soon a browser fails that cannot be started. One that is there may run on in the place of its starter.
const browserTime = 3 * time.Second

func (p *program) consoleCommand() *cobra.Command {
	var listen string
	var noBrowser bool
	c := &cobra.Command{Use: "console", Short: p.say(sayConsole), Args: cobra.NoArgs, Example: "  sscard console\n  sudo sscard console --no-browser"}
	c.Flags().StringVar(&listen, "listen", "", "where the daemon is, if not where the configuration says")
	c.Flags().BoolVar(&noBrowser, "no-browser", false, "print the address of the page, and start no browser")
	c.RunE = func(c *cobra.Command, _ []string) error { return p.console(c.Context(), listen, noBrowser) }
	return c
}

// console opens the daemon's page, with a code in the place of the token. The address is an argument of the browser, which other users of the machine
// can see: the code is good once, and not for long.
func (p *program) console(ctx context.Context, listen string, noBrowser bool) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	if listen != "" {
		cfg.Listen = listen
	}
	if err := cfg.Validate(); err != nil { // the token goes to this machine only
		return err
	}
	url, until, err := p.consolePage(ctx, cfg)
	if err != nil {
		return err
	}
	if !noBrowser && browse(ctx, url) == nil {
		p.note("%s", p.say(sayConsoleOpened))
		return nil
	}
	p.note(p.say(sayConsoleOnce), until.Local().Format(time.TimeOnly))
	_, err = fmt.Fprintln(p.stdout, url)
	return err
}

// consolePage asks the daemon for a code, and makes of it the address of the page. That is not taken from the daemon: what a system does with
// an address depends on what it begins with, and another program may have taken the port.
func (p *program) consolePage(ctx context.Context, cfg config.Config) (url string, until time.Time, err error) {
	base := cfg.URL()
	token, err := wiring.ReadToken(p.stateDir)
	var made apitype.ConsoleCode
	if err == nil {
		made, err = (&client.Client{BaseURL: base, Token: token}).ConsoleCode(ctx)
	}
	another := err == nil && (made.Code == "" || strings.ContainsFunc(made.Code, notInCodes))
	if another || errors.Is(err, fs.ErrNotExist) || isAway(err) {
		return "", until, complaint{sayConsoleAway, []any{cfg.Listen, p.stateDir}}
	}
	return door.ConsoleURL(base, made.Code), made.Expires, err
}

func notInCodes(c rune) bool { return !('A' <= c && c <= 'Z' || '0' <= c && c <= '9') }

// browsers start the browser of the person, by system; others have that of freedesktop.org.
var browsers = map[string][]string{
	"windows": {"rundll32", "url.dll,FileProtocolHandler"},
	"darwin":  {"open"},
}

var errNoBrowser = errors.New("there is no screen, or it is not this user's")

// browse opens the address in the person's browser.
func browse(ctx context.Context, url string) error {
	starter, known := browsers[runtime.GOOS]
	if !known {
		starter = []string{"xdg-open"}
		if os.Getenv("DISPLAY")+os.Getenv("WAYLAND_DISPLAY") == "" || os.Getenv("SUDO_USER") != "" { // it would be root's browser
			return errNoBrowser
		}
	}
	browser := exec.Command(starter[0], append(starter[1:len(starter):len(starter)], url)...)
	if err := browser.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- browser.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(browserTime):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
