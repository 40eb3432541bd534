package main

import (
	"fmt"
	"net/url"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

const counterPage = "/docs/examples/counter/index.html"

// enterCounter opens the example page as if it had been written for the daemon at this address.
func enterCounter(t testing.TB, daemon string) *tab {
	t.Helper()
	b := blank(t, hallOrigin(t), daemon)
	b.permit(cdpbrowser.PermissionSettingGranted)
	b.visits(counterAt(t, daemon))
	return b
}

func counterAt(t testing.TB, daemon string) string {
	at, err := url.Parse(daemon)
	require.NoError(t, err)
	return hallOrigin(t) + counterPage + "?daemon=" + at.Host
}

// value is what stands in a field of the form.
func (b *tab) value(name string) string {
	b.t.Helper()
	return evaluates[string](b, fmt.Sprintf(`document.querySelector("[name=%s]").value`, name))
}

// The example fills its form from each card that comes, empties it when the card goes, and has it verified.
func TestCounterExample(t *testing.T) {
	s := serving(t, allowing(config.Origin{Origin: hallOrigin(t)}))
	c := enterCounter(t, s.url)
	c.sees("#state[data-state=ready]")
	slot := stack.Readers()[0]
	for _, row := range []struct{ card, name, number, sex, birth, result string }{
		{"gen2", "王小明", "A00000038", "1", "", "unchecked"},
		{"gen3", "", "A00000003", "", "", "genuine"}, // without keys it does not tell who its holder is
	} {
		t.Run(row.card, func(t *testing.T) {
			takeOut := insert(t, slot, builtIn(t, row.card))
			c.until(fmt.Sprintf(`document.querySelector("[name=card_number]").value === %q`, row.number))
			require.Equal(t, row.name, c.value("name"))
			require.Equal(t, row.sex, c.value("sex"))
			c.sees("#notes li")
			c.clicks("#verify")
			c.sees("#authenticity[data-result=" + row.result + "]")
			takeOut()
			c.until(`["name", "social_security_number", "card_number", "sex", "birth_date"].every((name) => document.querySelector("[name=" + name + "]").value === "")`)
			c.misses("#authenticity[data-result]")
			c.hides("#notes li")
		})
	}
	t.Run("one that does not answer", func(t *testing.T) {
		card, err := softwareCard{name: "gen2", fault: "mute-atr"}.make()
		require.NoError(t, err)
		takeOut := insert(t, slot, card)
		c.sees(`#message[data-code="card.mute"]`)
		takeOut()
		c.misses("#message[data-code]")
	})
}

// The example says why it cannot read, and goes on by itself once it can.
func TestCounterExampleStates(t *testing.T) {
	s := serving(t, allowing())
	c := enterCounter(t, s.url)
	c.sees("#state[data-state=origin_denied]", "#connect")
	require.NoError(t, s.AllowOrigin(t.Context(), apitype.AllowOrigin{Origin: hallOrigin(t)}))
	c.clicks("#connect")
	c.sees("#state[data-state=ready]")
	insert(t, stack.Readers()[0], builtIn(t, "gen2"))
	filled := func(with string) { c.until(fmt.Sprintf(`document.querySelector("[name=name]").value === %q`, with)) }
	filled("王小明")
	s.stop()
	c.sees("#state[data-state=absent]")
	filled("") // nobody would say that the card has left
	c.hides("#connect")
	s.start()
	c.sees("#state[data-state=ready]")
	filled("王小明")
}

// A connection that breaks under a card that stays leaves the form as it was.
func TestCounterExampleGoesOn(t *testing.T) {
	s := serving(t, allowing(config.Origin{Origin: hallOrigin(t)}))
	insert(t, stack.Readers()[0], builtIn(t, "gen2"))
	c := blank(t, hallOrigin(t), s.url)
	c.permit(cdpbrowser.PermissionSettingGranted)
	c.before(`window.sockets = []; window.WebSocket = class extends WebSocket { constructor(...of) { super(...of); window.sockets.push(this); } }`)
	c.visits(counterAt(t, s.url))
	const filled = `document.querySelector("[name=name]").value === "王小明"`
	c.until(filled)
	c.eval("window.sockets[0].close()")
	c.until("!(" + filled + ")")
	c.until("window.sockets.length === 2 && " + filled)
}

// It asks for leave on a click only.
func TestCounterExampleAsks(t *testing.T) {
	s := serving(t, allowing(config.Origin{Origin: hallOrigin(t)}))
	if !chromium.asks {
		t.Skip("this browser asks nobody")
	}
	c := blank(t, hallOrigin(t), s.url)
	c.visits(counterAt(t, s.url))
	c.sees("#state[data-state=permission_asked]", "#connect")
	c.clicks("#connect")
	c.sees("#state[data-state=permission_denied]") // the browser answers no, without a window
	c.permit(cdpbrowser.PermissionSettingGranted)
	c.clicks("#connect")
	c.sees("#state[data-state=ready]")
}
