package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

const axeFile = "../../clients/js/node_modules/axe-core/axe.min.js"

// axe is the accessibility checker's source.
func axe(t testing.TB) string {
	t.Helper()
	source, err := os.ReadFile(axeFile)
	if os.IsNotExist(err) && os.Getenv(browserRequired) == "" {
		t.Skip("no axe-core: npm ci in clients/js")
	}
	require.NoError(t, err)
	return string(source)
}

// finding is what the checker has against a page.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

func (f finding) String() string {
	text := fmt.Sprintf("%s (%s): %s", f.ID, f.Impact, f.Help)
	for _, n := range f.Nodes {
		text += "\n" + n.HTML + "\n" + n.FailureSummary
	}
	return text
}

// findings are those of the page as it is.
func (b *tab) findings() (all []finding) {
	b.t.Helper()
	if !evaluates[bool](b, "'axe' in window") {
		evaluates[bool](b, axe(b.t)+"; true")
	}
	const run = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => JSON.stringify(violations))`
	require.NoError(b.t, json.Unmarshal([]byte(evaluates[string](b, run)), &all))
	return all
}

// checkAccess fails the test for each finding.
func (b *tab) checkAccess(state string) {
	b.t.Helper()
	for _, f := range b.findings() {
		b.keep()
		b.t.Errorf("%s: %v", state, f)
	}
}

// checkLooks does so in both themes and both languages. The buttons are pressed by script: behind a dialog nobody can.
func (d *desk) checkLooks(state string) {
	d.t.Helper()
	press := func(act, attribute string) {
		before := d.attribute("html", attribute)
		d.eval("document.querySelector('[data-act=" + act + "]').click()")
		d.until(fmt.Sprintf("document.documentElement.getAttribute(%q) !== %q", attribute, before))
	}
	for range 2 {
		for range 2 {
			d.checkAccess(fmt.Sprintf("%s, %s, %s", state, d.attribute("html", "lang"), d.attribute("html", "data-theme")))
			press("theme", "data-theme")
		}
		press("lang", "lang")
	}
}

// Nobody is kept out of the daemon's page: there is no finding in any of its states, in both themes and languages.
func TestConsoleAccessibility(t *testing.T) {
	needBrowser(t)
	axe(t)
	cfg := withSAM()
	cfg.PIN.Entry = "console"
	s := serving(t, cfg)
	d := openConsole(t, s)
	d.stills()
	slot := stack.Readers()[0]
	d.checkLooks("no card")

	takeOut := d.puts(slot, builtIn(t, "gen2-unset"), "identified")
	d.clicks(d.at(slot) + " [data-act=read]")
	d.sees("#card[data-state=read]", "[data-warning]", "[data-missing]")
	d.clicks(d.at(slot) + " [data-act=verify]")
	d.sees("#verify[data-result]")
	d.checkLooks("a card that was read")
	takeOut()

	card, err := softwareCard{name: "gen2", fault: "mute-atr"}.make()
	require.NoError(t, err)
	takeOut = d.puts(slot, card, "unreadable")
	d.clicks(d.at(slot) + " [data-act=read]")
	d.sees("#message[data-code]")
	d.checkLooks("a card that cannot be read")
	takeOut()

	d.puts(slot, builtIn(t, "gen3"), "identified")
	ended := d.calls("iVerifyPIN")
	d.sees("dialog#pin-dialog[open]")
	d.checkLooks("the holder's PIN")
	d.clicks("[data-act=pin-cancel]")
	<-ended

	d.clicks("#tab-check")
	d.clicks("[data-act=selftest]")
	d.sees("#selftest[data-state=done]")
	d.checkLooks("the self-test")

	require.Equal(t, 403, asked(t, s.url, evil))
	require.Equal(t, 403, asked(t, s.url, "http://xn--fsq.example"))
	require.NoError(t, s.AllowOrigin(t.Context(), apitype.AllowOrigin{Origin: "https://hall.example", Fields: []string{"holder.name"}}))
	d.clicks("#tab-origins")
	d.sees("#refused [data-origin=" + strconv.Quote(evil) + "]")
	d.checkLooks("pages that call")

	d.clicks("#tab-log")
	d.sees("#log [data-level]", "#audit [data-seq]")
	d.checkLooks("the logs")

	d.clicks("#tab-trace")
	d.checkLooks("no trace")
	d.clicks("[data-act=trace-start]")
	d.sees("#trace[data-state=recording]")
	d.checkLooks("a trace that is recorded")
	d.clicks("[data-act=trace-stop]")
	d.sees("#trace[data-state=done]")
	d.checkLooks("a trace")

	s.stop()
	d.sees("body[data-state=lost]")
	d.checkLooks("no daemon")
	s.start()
	d.sees("#signin")
	d.checkLooks("sign-in")
}

// The example page of a counter has none either.
func TestCounterAccessibility(t *testing.T) {
	axe(t)
	s := serving(t, allowing(config.Origin{Origin: hallOrigin(t)}))
	c := enterCounter(t, s.url)
	c.stills()
	c.sees("#state[data-state=ready]")
	insert(t, stack.Readers()[0], builtIn(t, "gen2-unset"))
	c.until(`document.querySelector("[name=name]").value !== ""`)
	c.checkAccess("a form that is filled")
	c.clicks("#language")
	c.checkAccess("in English")
}

// The checker finds what it should; else the others would hold for nothing.
func TestAccessibilityChecker(t *testing.T) {
	axe(t)
	b := open(t, hallOrigin(t)+hallPage)
	b.eval(`document.body.insertAdjacentHTML("beforeend", "<input><p style='color: #999; background: #fff'>grey</p>")`)
	var found []string
	for _, f := range b.findings() {
		found = append(found, f.ID)
	}
	require.Subset(t, found, []string{"label", "color-contrast"})
}
