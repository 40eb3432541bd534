package main

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"sscard/terminal/config"
)

// Everything that a clerk does is done without a mouse: the focus is where it is to be expected, and can be seen.
func TestConsoleKeyboard(t *testing.T) {
	needBrowser(t)
	d := openConsole(t, serving(t, config.Default()))
	slot := stack.Readers()[0]
	d.puts(slot, builtIn(t, "gen2"), "identified")

	d.focuses(kb.Tab, "#tab-counter")
	for _, tab := range []string{"check", "origins", "log", "trace", "counter"} {
		d.presses(kb.ArrowRight)
		d.sees("#tab-"+tab+"[aria-selected=true]:focus", "#panel-"+tab)
	}
	d.presses(kb.End)
	d.sees("#tab-trace[aria-selected=true]:focus")
	d.presses(kb.Home)
	d.sees("#tab-counter[aria-selected=true]:focus")

	d.focuses(kb.Tab, d.at(slot)+" [data-act=read]")
	d.presses(kb.Enter)
	d.sees("#card[data-state=read]")
	d.sees(d.at(slot) + " [data-act=read]:focus")
	d.presses(kb.Tab)
	d.sees(d.at(slot) + " [data-act=verify]:focus-visible")
	require.NotEqual(t, "none 0px", evaluates[string](d.tab, "(({ outlineStyle, outlineWidth }) => `${outlineStyle} ${outlineWidth}`)(getComputedStyle(document.activeElement))"))
	d.presses(" ")
	d.sees("#verify[data-result]")
}

// focuses presses the key until the element has the focus; a person would give up after some.
func (d *desk) focuses(key, selector string) {
	d.t.Helper()
	for range 30 {
		d.presses(key)
		if evaluates[bool](d.tab, "document.activeElement?.matches(`"+selector+"`) ?? false") {
			return
		}
	}
	d.keep()
	require.Fail(d.t, "cannot be reached by the keyboard", selector)
}

// The language and the theme are the browser's first, are switched, and stay.
func TestConsoleLooks(t *testing.T) {
	needBrowser(t)
	d := openConsole(t, serving(t, config.Default()))
	require.Equal(t, "en", d.attribute("html", "lang"))
	require.Equal(t, "light", d.attribute("html", "data-theme"))
	title := d.text("h1")
	d.clicks("[data-act=lang]")
	d.has("html[lang=zh-CN]")
	require.NotEqual(t, title, d.text("h1"))
	d.clicks("[data-act=theme]")
	d.has("html[data-theme=dark]")
	d.visits(d.address())
	d.has("html[lang=zh-CN][data-theme=dark]")
	require.Equal(t, []string{"language", "theme"}, evaluates[[]string](d.tab, "Object.keys(localStorage).sort()"), "nothing else is kept")
}
