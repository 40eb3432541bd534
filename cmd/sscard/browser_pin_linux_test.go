package main

import (
	"context"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

// calls has a program call a function of the card in the contact reader, and waits for nothing.
func (d *desk) calls(function string) <-chan apitype.FunctionResult {
	result := make(chan apitype.FunctionResult, 1)
	go func() {
		r, err := d.s.Function(context.Background(), function, map[string]any{"iType": 1})
		if err != nil {
			d.t.Error(err)
		}
		result <- r
	}()
	return result
}

// A function asks for the holder's PIN; the holder enters it on the page, and it goes nowhere else.
func TestConsolePIN(t *testing.T) {
	needBrowser(t)
	cfg := config.Default()
	cfg.PIN.Entry = "console"
	d := openConsole(t, serving(t, cfg))
	slot := stack.Readers()[0]
	takeOut := d.puts(slot, builtIn(t, "gen3"), "identified")
	for _, row := range []struct {
		name, function string
		prompts        []string
		entries        []string // an empty one is a press of Escape
		number         int
	}{
		{"right", "iVerifyPIN", []string{"current"}, []string{"123456"}, 0},
		{"wrong", "iVerifyPIN", []string{"current"}, []string{"000000"}, -51},
		{"cancelled", "iVerifyPIN", []string{"current"}, []string{""}, -31},
		{"changed", "iChangePIN", []string{"current", "new", "repeat"}, []string{"123456", "24680", "24680"}, 0},
		{"changed to one that is mistyped", "iChangePIN", []string{"current", "new", "repeat"}, []string{"24680", "13579", "13578"}, -34},
	} {
		t.Run(row.name, func(t *testing.T) {
			result := d.calls(row.function)
			for i, prompt := range row.prompts {
				d.sees("dialog#pin-dialog[open][data-prompt="+prompt+"]", "#pin")
				require.Equal(t, "pin", evaluates[string](d.tab, "document.activeElement.id"))
				require.Equal(t, "Reader "+slot.Name, d.text("#pin-for"))
				if row.entries[i] == "" {
					d.presses(kb.Escape)
					continue
				}
				d.types("#pin", row.entries[i])
				d.clicks("[data-act=pin-ok]")
				require.NotContains(t, evaluates[string](d.tab, "document.documentElement.outerHTML + document.querySelector('#pin').value"), row.entries[i])
			}
			require.Equal(t, row.number, (<-result).Return)
			d.misses("dialog#pin-dialog[open]")
		})
	}
	t.Run("cancelled with the button", func(t *testing.T) {
		result := d.calls("iVerifyPIN")
		d.clicks("[data-act=pin-cancel]")
		require.Equal(t, -31, (<-result).Return)
	})
	t.Run("the card is taken out", func(t *testing.T) {
		result := d.calls("iVerifyPIN")
		d.sees("dialog#pin-dialog[open]")
		takeOut()
		require.Equal(t, apitype.CardRemoved.Entry().Function, (<-result).Return)
		d.misses("dialog#pin-dialog[open]")
		d.sees("#message[data-code]")
	})
	require.NotContains(t, d.watch.log(), "123456")
}

// The dialog says for which reader the PIN is, and who asks for it.
func TestConsolePINSaysForWhom(t *testing.T) {
	needBrowser(t)
	s := serving(t, config.Default())
	d := &desk{blank(t, s.url), s}
	d.in("en")
	d.before(`window.fetch = ((real) => (url, options) => (url.includes("/v1/pin?") ? Response.json({ prompts: window.prompts ?? [] }) : real(url, options)))(fetch)`)
	d.visits(d.address())
	d.sees("body[data-state=ready]")
	for _, row := range []struct{ prompt, says string }{
		{`{ id: "A", prompt: "current", reader: { id: "r1", name: "Desk \u202e1" }, caller: "https://hall.example" }`, "Reader Desk \ufffd1 · asked for by https://hall.example"},
		{`{ id: "B", prompt: "new", reader: { id: "r1", name: "Desk 1" } }`, "Reader Desk 1"},
		{`{ id: "C", prompt: "repeat" }`, ""},
	} {
		d.eval("window.prompts = [" + row.prompt + "]")
		d.until("document.querySelector('#pin-dialog[open] #pin-for')?.innerText === " + strconv.Quote(row.says))
	}
}
