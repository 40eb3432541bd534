package main

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/terminal/config"
)

// deskOver is the page over readers in memory, of these names.
func deskOver(t *testing.T, names ...string) (*desk, *virtual.Driver) {
	t.Helper()
	needBrowser(t)
	v := virtual.New()
	for _, name := range names {
		v.AddReader(name)
	}
	return openConsole(t, servingOver(t, config.Default(), func() reader.Driver { return v })), v
}

// What is under way when the card leaves ends in words that are about it, and goes with the next card; the focus stays near.
func TestConsoleCardLeavesMeanwhile(t *testing.T) {
	d, v := deskOver(t, "Desk 1", "Desk 2")
	one := d.named("Desk 1")
	require.NoError(t, v.Insert("Desk 1", builtIn(t, "gen1")))
	d.sees(one + "[data-card=identified]")
	require.NoError(t, v.SetHung("Desk 1", true))
	d.clicks(one + " [data-act=read]")
	d.sees("#card[data-state=reading]", one+" [data-act=read][aria-disabled=true]:focus")
	require.NoError(t, v.Insert("Desk 2", builtIn(t, "gen1")))
	d.sees(d.named("Desk 2")+" [data-act=read]:not([aria-disabled])", one+" [data-act=read][aria-disabled=true]:focus")

	require.NoError(t, v.Eject("Desk 1"))
	require.NoError(t, v.SetHung("Desk 1", false))
	d.sees("#card[data-state=failed]", `#message[data-code="card.removed"]`, one+" h3:focus")
	require.Contains(t, d.text("#card"), d.text("#message .strong"))
	require.NoError(t, v.Insert("Desk 1", builtIn(t, "gen1")))
	d.sees("#card[data-state=empty]")
	d.misses("#message[data-code]")
}

// A smart card service that goes is no card that leaves.
func TestConsoleServiceLeaves(t *testing.T) {
	d, v := deskOver(t, "Desk 1")
	require.NoError(t, v.Insert("Desk 1", builtIn(t, "gen1")))
	d.clicks(d.named("Desk 1") + " [data-act=read]")
	d.sees("#card[data-state=read]")
	v.Stop(reader.ErrNoService)
	d.sees("#card[data-state=empty]")
	require.Regexp(t, "(?i)^the smart card service is not running; what was shown is cleared", d.text("#card"))
}

// A message is closed where it stands, and the focus is not lost with it.
func TestConsoleDismisses(t *testing.T) {
	d, v := deskOver(t, "Desk 1")
	card, err := softwareCard{name: "gen2", fault: "wrong-length@2"}.make()
	require.NoError(t, err)
	require.NoError(t, v.Insert("Desk 1", card))
	d.clicks(d.named("Desk 1") + " [data-act=verify]")
	d.clicks("[data-act=dismiss]")
	d.misses("#message[data-code]")
	d.sees("#tab-counter:focus")
}

// What would reorder or hide other text is shown by a mark, in whatever it stands.
func TestConsoleShowsWhatIsThere(t *testing.T) {
	d, _ := deskOver(t, "Desk \u202e1")
	require.Equal(t, "Desk \ufffd1", d.text("#readers h3"))
	for text, shown := range map[string]string{
		"\u202ea\u2066b\u200bc\u0000\u3164": "\ufffda\ufffdb\ufffdc\ufffd\ufffd",
		"two\nlines\tand ü 张三 😀":            "two\nlines\tand ü 张三 😀",
	} {
		require.Equal(t, shown, evaluates[string](d.tab, `import("/console/dom.js").then(({ el }) => el("p", `+strconv.Quote(text)+`).textContent)`))
	}
}
