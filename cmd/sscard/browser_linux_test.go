package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// The tests in the browser_ files use a real Chromium without a window, before a daemon over the real stack.

const (
	browserRequired = "SSCARD_BROWSER"  // "required": a test that finds no browser fails instead of being left out
	browserPath     = "SSCARD_CHROMIUM" // the browser to use
)

// realBrowser is the Chromium of this test process, started by the first test that wants it. Every test has a context of
// its own in it, as a private window is.
type realBrowser struct {
	sync.Mutex
	ctx   context.Context
	pages *pages
	asks  bool // whether it asks the person before a page from elsewhere may call this machine: since Chromium 142
	stop  func()
}

var chromium realBrowser

var errNoChromium = errors.New("no browser (package chromium)")

// find gives the program.
func (*realBrowser) find() (path string, err error) {
	if path := os.Getenv(browserPath); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "google-chrome", "google-chrome-stable", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNoChromium
}

// start starts it, where it does not run. The servers of pages come first: the browser is told where they are.
func (b *realBrowser) start() error {
	b.Lock()
	defer b.Unlock()
	if b.ctx != nil {
		return nil
	}
	path, err := b.find()
	if err != nil {
		return err
	}
	b.pages = servePages()
	ctx, stop, err := launch(path, b.pages)
	b.stop = func() { stop(); b.pages.close() }
	if err != nil {
		return err
	}
	b.ctx = ctx
	b.asks = allowLoopback(ctx, cdpbrowser.PermissionSettingPrompt) == nil
	return nil
}

// launch starts a Chromium that resolves no name but those of the pages.
func launch(path string, p *pages, options ...chromedp.ExecAllocatorOption) (ctx context.Context, stop func(), err error) {
	allocator, end := chromedp.NewExecAllocator(context.Background(), slices.Concat(chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // it sees nothing but these tests' own pages
		chromedp.IgnoreCertErrors,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("host-resolver-rules", "MAP *.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("ip-address-space-overrides", p.addressSpaces()),
	}, options)...)
	ctx, _ = chromedp.NewContext(allocator)
	stop = func() { _ = chromedp.Cancel(ctx); end() }
	if err := chromedp.Do(ctx); err != nil {
		return ctx, stop, fmt.Errorf("%s: %w", path, err)
	}
	return ctx, stop, nil
}

// loopbackPermission is what a page of elsewhere needs for calling this machine.
const loopbackPermission = "loopback-network"

// allowLoopback says what the person says when the browser asks whether a page may call this machine.
func allowLoopback(ctx context.Context, s cdpbrowser.PermissionSetting) error {
	_, err := chromedp.CallBrowser(ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: loopbackPermission}, Setting: s,
		BrowserContextID: chromedp.FromContext(ctx).BrowserContextID,
	})
	return err
}

// end stops it, where it was started.
func (b *realBrowser) end() {
	b.Lock()
	defer b.Unlock()
	if b.stop != nil {
		b.stop()
	}
}

func needBrowser(t testing.TB) {
	t.Helper()
	needStack(t)
	err := chromium.start()
	if errors.Is(err, errNoChromium) && os.Getenv(browserRequired) == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
}
