package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

// The parts of the daemon's page for who mends: the self-test, which pages may call, the logs, the trace.

// A page of another site is refused, appears, is let in with one click, and goes on as it is.
func TestConsoleAllowsAPage(t *testing.T) {
	s := serving(t, allowing())
	h := enter(t, s.url)
	require.Equal(t, "origin_denied", h.probes(false).State)

	d := openConsole(t, s)
	d.clicks("#tab-origins")
	d.clicks(`#refused [data-origin="` + h.origin + `"] [data-act=allow]`)
	d.sees(`#allowed [data-origin="`+h.origin+`"]`, `#refused [data-origin="`+h.origin+`"] [data-level=ok]`)
	d.misses(`#refused [data-act=allow]`)
	require.Equal(t, "ready", h.probes(false).State)

	d.clicks(`#allowed [data-origin="` + h.origin + `"] [data-act=deny]`)
	d.misses(`#allowed [data-origin]`)
	require.Equal(t, "origin_denied", h.probes(false).State)
}

// Only some items may be read by the page that is let in.
func TestConsoleAllowsAPageSomeFields(t *testing.T) {
	s := serving(t, allowing())
	h := enter(t, s.url)
	require.Equal(t, "origin_denied", h.probes(false).State)

	d := openConsole(t, s)
	d.clicks("#tab-origins")
	item := `#refused [data-origin="` + h.origin + `"] `
	d.clicks(item + "label:has([type=radio]):nth-of-type(2)")
	d.sees(item + "[data-act=allow]:disabled")
	d.clicks(item + `[type=checkbox][value="holder.name"]`)
	d.clicks(item + "[data-act=allow]:enabled")
	d.sees(`#allowed [data-origin="` + h.origin + `"]`)
	found := h.probes(false)
	require.Equal(t, "ready", found.State)
	require.Equal(t, []string{"holder.name"}, found.Fields)
}

// A double click lets in one page. No row goes or moves under the pointer, and the focus stays where it is, whoever else asks.
func TestConsoleAllowsOnePageAtATime(t *testing.T) {
	needBrowser(t)
	s := serving(t, allowing())
	one, other, late := "https://one.example", "https://other.example", "https://late.example"
	require.Equal(t, 403, asked(t, s.url, one))
	require.Equal(t, 403, asked(t, s.url, other))
	d := openConsole(t, s)
	d.clicks("#tab-origins")
	row := func(origin string) string { return "#refused [data-origin=" + strconv.Quote(origin) + "]" }
	allow := func(origin string) string { return row(origin) + " [data-act=allow]" }
	d.sees(allow(one))
	d.eval("document.querySelector(`" + allow(one) + "`).focus()")
	require.Equal(t, 403, asked(t, s.url, late))
	d.sees(row(late), allow(one)+":focus")

	d.clicks(allow(one))
	d.sees("#allowed [data-origin="+strconv.Quote(one)+"]", row(one)+" h3:focus")
	at := evaluates[[]float64](d.tab, "(({ x, y }) => [x + 5, y + 5])(document.querySelector(`"+allow(other)+"`).getBoundingClientRect())")
	d.do("the second click of a double click", chromedp.MouseClickXY(at[0], at[1], chromedp.ClickCount(2)))
	require.Equal(t, 403, asked(t, s.url, evil))
	d.sees(row(evil)) // what a click had changed would be seen with it
	require.Equal(t, 403, asked(t, s.url, other))
	d.sees(row(one)+":nth-child(1) [data-level=ok]", row(other)+":nth-child(2) [data-act=allow]")
	d.clicks("#tab-log")
	d.clicks("#tab-origins")
	d.sees(row(late))
	d.misses(row(one))
}

// An Allow of some fields stands until the page has heard that it holds: pressed again, it allows no more.
func TestConsoleAllowsSomeFieldsTwice(t *testing.T) {
	needBrowser(t)
	s := serving(t, allowing())
	require.Equal(t, 403, asked(t, s.url, evil))
	d := openConsole(t, s)
	d.clicks("#tab-origins")
	item := "#refused [data-origin=" + strconv.Quote(evil) + "] "
	d.clicks(item + "label:has([type=radio]):nth-of-type(2)")
	d.clicks(item + `[type=checkbox][value="holder.name"]`)
	d.eval(`window.fetch = ((real) => (url, options) => (url.endsWith("/v1/origins") && options.method === "GET" ? Promise.reject(new TypeError()) : real(url, options)))(fetch)`)
	for range 2 {
		d.clicks(item + "[data-act=allow]:not([aria-disabled])")
		d.sees("#message[data-code]")
		allowed, err := s.Origins(t.Context())
		require.NoError(t, err)
		require.Len(t, allowed.Allowed, 1)
		require.Equal(t, apitype.FieldList{"holder.name"}, allowed.Allowed[0].Fields)
		d.clicks("[data-act=dismiss]")
		d.misses("#message[data-code]")
	}
}

func TestConsoleSelfTest(t *testing.T) {
	needBrowser(t)
	d := openConsole(t, serving(t, withSAM()))
	d.puts(stack.Readers()[0], builtIn(t, "gen3"), "identified")
	d.clicks("#tab-check")
	d.sees("#selftest[data-state=idle]")
	d.clicks("[data-act=selftest]")
	d.has("#selftest[data-state=done]")
	levels := evaluates[string](d.tab, `[...new Set([...document.querySelectorAll("#selftest [data-check]")].map((e) => e.dataset.level))].join(" ")`)
	require.Contains(t, levels, "ok")
	require.Regexp(t, "^((ok|info|warn|error) ?)+$", levels)
}

// A page is warned of for what it is, before it is allowed and after: who could pose as it, and whether its name could mislead.
func TestConsoleWarnsOfPages(t *testing.T) {
	needBrowser(t)
	s := serving(t, allowing())
	warned := map[string]int{
		"https://hall.example": 0, "http://localhost:8080": 0, "http://127.0.0.2": 0, "http://[::1]:1": 0,
		"http://hall.example": 1, "http://localhost.evil.example": 1, "http://127.0.0.1.evil.example": 1, "https://xn--fsq.example": 1, "http://xn--fsq.example": 2,
	}
	for origin := range warned {
		require.Equal(t, 403, asked(t, s.url, origin))
	}
	d := openConsole(t, s)
	d.clicks("#tab-origins")
	count := func(place, origin string) int {
		row := place + " [data-origin=" + strconv.Quote(origin) + "]"
		d.has(row)
		return evaluates[int](d.tab, "document.querySelectorAll(`"+row+" .caution`).length")
	}
	for origin, n := range warned {
		require.Equal(t, n, count("#refused", origin), origin)
		require.NoError(t, s.AllowOrigin(t.Context(), apitype.AllowOrigin{Origin: origin}))
	}
	for origin, n := range warned {
		require.Equal(t, n, count("#allowed", origin), origin)
	}
}

// What the self-test has found is shown while it goes on; a daemon that does not tell is waited for all the same.
func TestConsoleSelfTestSoFar(t *testing.T) {
	d, _ := deskOver(t, "Desk 1")
	d.eval(`window.fetch = ((real) => async (url, options) => {
		if (!url.endsWith("/v1/doctor")) return real(url, options);
		if (options.method === "GET") return window.tells ? Response.json(window.tells) : real(url, options);
		await new Promise((end) => { window.end = end; });
		return real(url, options);
	})(fetch)`)
	d.clicks("#tab-check")
	d.clicks("[data-act=selftest]")
	d.sees("#selftest[data-state=running][aria-busy=true] progress")
	d.eval(`window.tells = { running: true, done: 2, of: 9, findings: [{ code: "config.none", level: "ok", title: { zh: "甲", en: "one" } }] }`)
	d.sees("#selftest[data-state=running] [data-check=\"config.none\"]")
	require.Contains(t, d.text("#selftest-report"), "2 / 9")
	d.eval("window.end()")
	d.sees("#selftest[data-state=done]")
}

// A slow card is waited for in sight of what was found before it.
func TestConsoleSelfTestOfASlowCard(t *testing.T) {
	d, v := deskOver(t, "Desk 1")
	require.NoError(t, v.Insert("Desk 1", builtIn(t, "gen1")))
	d.sees(d.named("Desk 1") + "[data-card=identified]")
	require.NoError(t, v.SetHung("Desk 1", true))
	d.clicks("#tab-check")
	d.clicks("[data-act=selftest]")
	d.until(`/\d+ \/ \d+/.test(document.querySelector("#selftest[data-state=running] #selftest-report:has([data-check])")?.innerText)`)
	require.NoError(t, v.SetHung("Desk 1", false))
	d.sees("#selftest[data-state=done]")
}

// Who signs out while the self-test runs is not told that the session is over, and who comes next does not see what it found.
func TestConsoleSelfTestEndsWithItsPerson(t *testing.T) {
	d, v := deskOver(t, "Desk 1")
	require.NoError(t, v.Insert("Desk 1", builtIn(t, "gen1")))
	d.sees(d.named("Desk 1") + "[data-card=identified]")
	require.NoError(t, v.SetHung("Desk 1", true))
	d.eval(`window.fetch = ((real) => (url, options) => {
		if (url.endsWith("/v1/doctor") && options.method === "GET") window.polls = (window.polls ?? 0) + 1;
		return real(url, options);
	})(fetch)`)
	d.eval("window.setTimeout = ((real) => (work, ms) => real(work, ms === 500 ? 0 : ms))(setTimeout)") // it asks as often as it can
	d.clicks("#tab-check")
	d.clicks("[data-act=selftest]")
	d.sees("#selftest[data-state=running] [data-check]")
	d.clicks("[data-act=signout]")
	d.sees("#signin")
	polls := evaluates[int](d.tab, "window.polls")
	require.NoError(t, v.SetHung("Desk 1", false))
	d.types("#secret", "rubbish\r")
	d.sees("#message[data-code]")
	d.hides("#signin-ended")
	d.types("#secret", d.address()+"\r")
	d.sees("body[data-state=ready]")
	require.Equal(t, polls, evaluates[int](d.tab, "window.polls"))
	d.clicks("#tab-check")
	d.sees("#selftest[data-state=idle]")
}

// What was read stands in the audit log, and the card's holder in neither log.
func TestConsoleLogs(t *testing.T) {
	needBrowser(t)
	d := openConsole(t, serving(t, config.Default()))
	slot := stack.Readers()[0]
	d.puts(slot, builtIn(t, "gen2"), "identified")
	d.clicks(d.at(slot) + " [data-act=read]")
	d.sees("#card[data-state=read]")
	number := d.text(`#card [data-field="holder.social_security_number"] dd`)
	d.clicks("#tab-log")
	d.sees("#log [data-level]", "#audit [data-seq]")
	for _, place := range []string{"#log", "#audit"} {
		text := d.text(place)
		require.NotContains(t, text, "王小明")
		require.NotContains(t, text, number)
	}

	d.eval(`Object.assign(document.querySelector("#log .scroll"), { scrollTop: 9 }).focus()`)
	require.Equal(t, 403, asked(t, d.s.url, evil))
	d.until(`document.querySelector("#log").innerText.includes("` + evil + `")`)
	d.sees("#log .scroll:focus")
	require.NotZero(t, evaluates[float64](d.tab, `document.querySelector("#log .scroll").scrollTop`))
}

// What is said to a card is recorded, redacted, shown, saved to a file, and forgotten.
func TestConsoleTrace(t *testing.T) {
	needBrowser(t)
	d := openConsole(t, serving(t, config.Default()))
	slot := stack.Readers()[0]
	d.puts(slot, builtIn(t, "gen2"), "identified")
	d.clicks("#tab-trace")
	d.clicks("[data-act=trace-start]")
	d.sees("#trace[data-state=recording]")
	d.eval("document.querySelector('[data-act=trace-stop]').focus()")
	before := d.text("#trace-content")
	_, err := d.s.Read(t.Context(), apitype.ReadRequest{Reader: slot.Name})
	require.NoError(t, err)
	d.until(fmt.Sprintf("document.querySelector('#trace-content').innerText.trim() !== %q", before))
	d.sees("[data-act=trace-stop]:focus")
	d.clicks("#tab-counter")
	d.clicks(d.at(slot) + " [data-act=read]")
	d.sees("#card[data-state=read]")
	d.clicks("#tab-trace")
	d.clicks("[data-act=trace-stop]")
	d.sees("#trace[data-state=done]")
	text := d.text("#trace-text")
	require.Contains(t, text, "00A4")
	require.NotContains(t, text, "CDF5D0A1C3F7", "the holder's name in GB 18030")

	dir := t.TempDir()
	_, err = chromedp.CallBrowser(d.ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, BrowserContextID: chromedp.FromContext(d.ctx).BrowserContextID,
	})
	require.NoError(t, err)
	d.clicks("[data-act=trace-save]")
	var saved []string
	require.Eventually(t, func() bool {
		saved, err = filepath.Glob(filepath.Join(dir, "sscard-*.trace"))
		return err == nil && len(saved) == 1
	}, patience, lookEvery)
	status, _, stderr := runs(t.Context(), "trace", "show", saved[0])
	require.Zero(t, status, stderr)
	content, err := os.ReadFile(saved[0])
	require.NoError(t, err)
	require.Contains(t, string(content), "00A4")

	d.clicks("[data-act=trace-discard]")
	d.sees("#trace[data-state=idle]")
	d.misses("#trace-text")
}

// A recording can be seen from everywhere on the page, and goes with who signs out.
func TestConsoleTraceEndsWithItsPerson(t *testing.T) {
	d, _ := deskOver(t, "Desk 1")
	d.clicks("#tab-trace")
	d.clicks("[data-act=trace-start]")
	d.clicks("#tab-counter")
	d.sees("#tab-trace.recording")
	d.do("load it again", chromedp.Reload())
	d.sees("#tab-trace.recording")
	d.clicks("[data-act=signout]")
	d.sees("#signin")
	d.visits(d.address())
	d.clicks("#tab-trace")
	d.sees("#trace[data-state=idle] [data-act=trace-start]")
	d.misses("#tab-trace.recording")
}

// What another has begun to record is shown, and left alone.
func TestConsoleTraceOfAnother(t *testing.T) {
	d, _ := deskOver(t, "Desk 1")
	require.NoError(t, d.s.tape.Start(""))
	d.clicks("#tab-trace")
	d.sees("#trace[data-state=recording]")
	d.clicks("[data-act=signout]")
	d.sees("#signin")
	d.visits(d.address()) // by then the session is over
	d.sees("body[data-state=ready]")
	require.True(t, d.s.tape.State().Recording)
}

// Who may sit at the page: a code works once, the token works, rubbish does not, and a session ends when it is ended.
func TestConsoleSignIn(t *testing.T) {
	needBrowser(t)
	s := serving(t, config.Default())
	d := openConsole(t, s)
	d.do("load it again", chromedp.Reload())
	d.sees("body[data-state=ready]")
	d.clicks("[data-act=signout]")
	d.sees("body[data-state=signin]", "#signin")
	d.do("load it again", chromedp.Reload())
	d.sees("body[data-state=signin]")

	d.types("#secret", "rubbish\r")
	d.sees(`#message[data-code="request.unauthorized"]`, "#secret:focus[aria-invalid=true]")
	d.types("#secret", d.address()+"\r") // as it is copied from a terminal
	d.sees("body[data-state=ready]")
	d.misses("#message[data-code]")
	d.clicks("[data-act=signout]")
	d.types("#secret", s.token+"\r")
	d.sees("body[data-state=ready]")
	require.NotContains(t, evaluates[string](d.tab, "JSON.stringify([{...sessionStorage}, {...localStorage}])"), s.token)

	used := d.address()
	d.visits(used)
	d.sees("body[data-state=ready]")
	another := blank(t, s.url)
	another.visits(used)
	another.sees("body[data-state=signin]", `#message[data-code="request.unauthorized"]`)

	require.NoError(t, s.RotateToken(t.Context()))
	d.sees("body[data-state=signin]")
}

// A browser that keeps nothing for the page has it work all the same, until it is loaded again.
func TestConsoleWithoutStorage(t *testing.T) {
	needBrowser(t)
	s := serving(t, config.Default())
	d := &desk{blank(t, s.url), s}
	d.before(`for (const area of ["localStorage", "sessionStorage"]) Object.defineProperty(window, area, { get() { throw new DOMException("denied", "SecurityError"); } });`)
	d.visits(d.address())
	d.sees("body[data-state=ready]", "#readers [data-reader]")
	theme := d.attribute("html", "data-theme")
	d.clicks("[data-act=theme]")
	d.until("document.documentElement.dataset.theme !== " + strconv.Quote(theme))
	d.do("load it again", chromedp.Reload())
	d.sees("#signin")
}
