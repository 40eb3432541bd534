package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// tab is a page that is open, in a context of its own. Its methods wait, as a person would, and fail the test when they
// wait in vain.
type tab struct {
	t     testing.TB
	ctx   context.Context
	watch watcher
	kept  bool
}

const (
	tabWidth, tabHeight = 1280, 800
	lookEvery           = 20 * time.Millisecond
)

// open opens a page that may use its own origin and the others, and nothing else.
func open(t testing.TB, url string, others ...string) *tab {
	t.Helper()
	b := blank(t, append(others, url)...)
	b.visits(url)
	return b
}

// blank is a tab that shows nothing yet.
func blank(t testing.TB, uses ...string) *tab {
	t.Helper()
	needBrowser(t)
	return blankIn(t, chromium.ctx, uses...)
}

// blankIn is one of another browser.
func blankIn(t testing.TB, browser context.Context, uses ...string) *tab {
	t.Helper()
	b := &tab{t: t}
	b.watch.uses(uses)
	var end context.CancelFunc
	b.ctx, end = chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.watch.hear))
	t.Cleanup(func() { b.end(); end() })
	// The first action has no deadline of its own: it would be the tab's.
	require.NoError(t, chromedp.Do(b.ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, audits.Enable, cdp.Empty{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: reportViolations})
		return err
	}), chromedp.EmulateViewport(tabWidth, tabHeight)))
	return b
}

// in has the page in a language, zh or en, as the browser's own language would.
func (b *tab) in(language string) {
	b.t.Helper()
	b.do("set the language", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "sscard-test", AcceptLanguage: language})
		return err
	}))
}

// stills has nothing move, as who asks their system for it.
func (b *tab) stills() {
	b.t.Helper()
	b.do("ask for less motion", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

// before has a script run in each page before the page's own.
func (b *tab) before(script string) {
	b.t.Helper()
	b.do("run a script first", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}))
}

// end looks whether all was well, and keeps what may explain a failure.
func (b *tab) end() {
	_, _ = chromedp.Run(b.ctx, chromedp.Title()) // what was said before it, has been heard after it
	if faults := b.watch.faults(); len(faults) > 0 {
		b.t.Errorf("the page did what none of ours may:\n%s", strings.Join(faults, "\n"))
	}
	if b.t.Failed() {
		b.keep()
	}
}

// must ends the test where there is an error, with the page as it is then: cards are taken out while a test ends.
func (b *tab) must(err error, what string) {
	b.t.Helper()
	if err != nil {
		b.keep()
	}
	require.NoError(b.t, err, what)
}

// keep writes the page as it is, and what it said. The cards are software and their holders invented.
func (b *tab) keep() {
	if b.kept {
		return
	}
	b.kept = true
	ctx, done := context.WithTimeout(b.ctx, patience)
	defer done()
	dir, err := os.MkdirTemp("", "sscard-browser-")
	if err != nil {
		b.t.Log(err)
		return
	}
	b.t.Log("the page as it was, and what it said, are in", dir)
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "page.png"), picture, 0o600)
	}
	if err != nil {
		b.t.Log(err)
	}
	document, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.documentElement.outerHTML"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "page.html"), []byte(document), 0o600)
	}
	if err != nil {
		b.t.Log(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "console.txt"), []byte(b.watch.log()), 0o600); err != nil {
		b.t.Log(err)
	}
}

// do does the actions one after the other; what tells what they are for.
func (b *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, done := context.WithTimeout(b.ctx, patience)
	defer done()
	b.must(chromedp.Do(ctx, actions...), what)
}

// visits goes to an address.
func (b *tab) visits(url string) {
	b.t.Helper()
	b.do("go to "+url, chromedp.Navigate(url))
}

// sees waits until the elements are there and visible.
func (b *tab) sees(selectors ...string) {
	b.t.Helper()
	for _, s := range selectors {
		b.do("see "+s, chromedp.WaitVisible(chromedp.CSS(s), chromedp.RetryInterval(lookEvery)))
	}
}

// has waits until an element is there, visible or not.
func (b *tab) has(selector string) {
	b.t.Helper()
	b.do("have "+selector, chromedp.WaitReady(chromedp.CSS(selector), chromedp.RetryInterval(lookEvery)))
}

// misses waits until there is no such element.
func (b *tab) misses(selector string) {
	b.t.Helper()
	b.do("miss "+selector, chromedp.WaitNotPresent(chromedp.CSS(selector), chromedp.RetryInterval(lookEvery)))
}

// hides waits until no such element is visible.
func (b *tab) hides(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf("![...document.querySelectorAll(%q)].some((e) => e.checkVisibility())", selector))
}

// middle is where to click on an element: null until it can be seen, stands still, and nothing lies over it.
const middle = `(async (selector) => {
	const find = () => document.querySelector(selector);
	const box = (e) => JSON.stringify(e.getBoundingClientRect());
	const e = find();
	if (!e?.checkVisibility() || e.disabled) return null;
	e.scrollIntoView({ block: "center", behavior: "instant" });
	const before = box(e);
	for (const _ of "12") await new Promise(requestAnimationFrame);
	if (find() !== e || box(e) !== before) return null;
	const { x, y, width, height } = e.getBoundingClientRect();
	const at = [x + width / 2, y + height / 2];
	return e.contains(document.elementFromPoint(...at)) ? at : null;
})`

// clicks clicks on the middle of an element.
func (b *tab) clicks(selector string) {
	b.t.Helper()
	ctx, done := context.WithTimeout(b.ctx, patience)
	defer done()
	for {
		at, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](fmt.Sprintf("%s(%q)", middle, selector), chromedp.EvalAwaitPromise))
		if err == nil && len(at) == 2 {
			err = chromedp.Do(ctx, chromedp.MouseClickXY(at[0], at[1]))
			b.must(err, "click on "+selector)
			return
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		b.must(err, "click on "+selector)
		pause(ctx, lookEvery)
	}
}

// types types into an element.
func (b *tab) types(selector, text string) {
	b.t.Helper()
	b.do("type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text, chromedp.NodeVisible, chromedp.RetryInterval(lookEvery)))
}

// presses presses keys, wherever the focus is.
func (b *tab) presses(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.do("press a key", chromedp.KeyEvent(k))
	}
}

// text is what an element says, once it is there.
func (b *tab) text(selector string) string {
	b.t.Helper()
	b.has(selector)
	return evaluates[string](b, fmt.Sprintf("document.querySelector(%q).innerText.trim()", selector))
}

// attribute is that of an element, empty where it has none.
func (b *tab) attribute(selector, name string) string {
	b.t.Helper()
	b.has(selector)
	return evaluates[string](b, fmt.Sprintf("document.querySelector(%q).getAttribute(%q) ?? ''", selector, name))
}

// until waits until an expression is true.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, done := context.WithTimeout(b.ctx, patience)
	defer done()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(lookEvery), chromedp.WithPollingTimeout(0)))
	b.must(err, expression)
}

// evaluates is the value of an expression, or of the promise that it gives.
func evaluates[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, done := context.WithTimeout(b.ctx, patience)
	defer done()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	b.must(err, expression)
	return value
}
