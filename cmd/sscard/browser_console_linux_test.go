package main

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/vpcd"
	"sscard/terminal/config"
)

// desk is the daemon's own page, and who works with it has signed in.
type desk struct {
	*tab
	s *service
}

// consoleWeight is what the page may come to over the wire, in bytes, headers included.
const consoleWeight = 100 << 10

// withSAM is a configuration with one slot for a PSAM.
func withSAM() config.Config {
	cfg := config.Default()
	cfg.Readers = []config.Reader{{Match: psamSlot().Name, Role: string(reader.RoleSAM)}}
	return cfg
}

func psamSlot() vpcd.Reader { return stack.Readers()[10] }

// openConsole opens the page as `sscard console` does.
func openConsole(t testing.TB, s *service) *desk {
	t.Helper()
	b := blank(t, s.url)
	b.in("en")
	d := &desk{b, s}
	d.visits(d.address())
	d.sees("body[data-state=ready]", "#readers [data-reader]")
	return d
}

// address has a new code in it.
func (d *desk) address() string {
	d.t.Helper()
	code, err := d.s.ConsoleCode(d.t.Context())
	require.NoError(d.t, err)
	return code.URL
}

// at is the slot on the page.
func (d *desk) at(slot vpcd.Reader) string {
	d.t.Helper()
	return d.named(slot.Name)
}

// named is the reader on the page.
func (d *desk) named(reader string) string {
	d.t.Helper()
	readers, err := d.s.Readers(d.t.Context())
	require.NoError(d.t, err)
	for _, r := range readers {
		if r.Name == reader {
			return "[data-reader=" + strconv.Quote(r.ID) + "]"
		}
	}
	require.Fail(d.t, "no such reader", reader)
	return ""
}

// puts puts a card in, and waits until the page says so; what it returns takes it out and waits likewise.
func (d *desk) puts(slot vpcd.Reader, card vpcd.Card, state string) (takeOut func()) {
	d.t.Helper()
	at := d.at(slot)
	remove := insert(d.t, slot, card)
	d.sees(at + "[data-card=" + state + "]")
	return func() {
		d.t.Helper()
		remove()
		d.sees(at + "[data-card=none]")
	}
}

// putsSAM puts the PSAM in, and waits likewise.
func (d *desk) putsSAM() (takeOut func()) {
	d.t.Helper()
	takeOut = insert(d.t, psamSlot(), builtIn(d.t, "psam"))
	d.sees(d.at(psamSlot()) + ":not([data-card=none])")
	return takeOut
}

// A card is put in, read, shown as the clerk wants it, and taken out; then nothing of its holder is on the page.
func TestConsoleCard(t *testing.T) {
	needBrowser(t)
	slot := stack.Readers()[0]
	d := openConsole(t, serving(t, withSAM()))
	d.putsSAM()
	for _, row := range []struct {
		card       string
		generation int
		name       string
		shows      []string
		method     string
	}{
		{"gen1", 1, "李四", []string{`#card [data-field="issuer.card_number"]`, "#authenticity[data-result=genuine]"}, "irk"},
		{"gen2-unset", 2, "赵六", []string{`[data-missing="holder.birth_date"][data-reason="file.absent"]`, `[data-warning="expiry_date.expired"]`}, "irk"},
		{"gen3", 3, "张三", []string{`[data-field="holder.ethnicity"]`, "#authenticity[data-result=genuine]"}, "irk"},
	} {
		t.Run(row.card, func(t *testing.T) {
			takeOut := d.puts(slot, builtIn(t, row.card), "identified")
			at := d.at(slot)
			require.Equal(t, strconv.Itoa(row.generation), d.attribute(at, "data-generation"))
			d.clicks(at + " [data-act=read]")
			d.sees("#card[data-state=read]")
			require.Equal(t, row.name, d.text(`#card [data-field="holder.name"] dd`))
			require.Equal(t, row.method, d.attribute("#authenticity", "data-method"))
			d.sees(row.shows...)
			takeOut()
			d.sees("#card[data-state=empty]")
			require.False(t, evaluates[bool](d.tab, "document.documentElement.outerHTML.includes("+strconv.Quote(row.name)+")"))
		})
	}
}

// The photo is shown on demand, where the card has one and a PSAM opens it, and goes with the card.
func TestConsolePhoto(t *testing.T) {
	needBrowser(t)
	slot := stack.Readers()[0]
	d := openConsole(t, serving(t, withSAM()))
	d.putsSAM()
	takeOut := d.puts(slot, builtIn(t, "gen3-photo"), "identified")
	d.clicks(d.at(slot) + " [data-act=read]")
	d.clicks("[data-act=photo]")
	d.sees("#photo")
	require.Equal(t, 208, evaluates[int](d.tab, "document.querySelector('#photo').naturalWidth"))
	takeOut()
	d.misses("#photo")

	d.puts(slot, builtIn(t, "gen3"), "identified")
	d.clicks(d.at(slot) + " [data-act=read]")
	d.clicks("[data-act=photo]")
	d.misses("[data-act=photo]")
	d.sees("#no-photo p")
	d.misses("#photo, #message .notice")
}

// What goes wrong is told with its code, and the next card is read.
func TestConsoleFaults(t *testing.T) {
	needBrowser(t)
	slot := stack.Readers()[0]
	d := openConsole(t, serving(t, allowingNothingYet()))
	t.Run("an answer that makes no sense", func(t *testing.T) {
		card, err := softwareCard{name: "gen2", fault: "wrong-length@2"}.make()
		require.NoError(t, err)
		takeOut := d.puts(slot, card, "present")
		d.clicks(d.at(slot) + " [data-act=read]")
		d.sees("#card[data-state=failed]", `#message[data-code="data.malformed"]`)
		d.clicks(d.at(slot) + " [data-act=verify]")
		d.hides("#verify")
		d.sees("#message[data-code]")
		takeOut()
		d.misses("#message[data-code]")
		defer d.puts(slot, builtIn(t, "gen1"), "present")()
		d.clicks(d.at(slot) + " [data-act=read]")
		d.sees("#card[data-state=read]")
	})
	t.Run("a card that is pulled out", func(t *testing.T) {
		card, err := softwareCard{name: "gen2", fault: "removed@2"}.make()
		require.NoError(t, err)
		d.puts(slot, card, "present")
		d.clicks(d.at(slot) + " [data-act=read]")
		d.sees(d.at(slot)+"[data-card=none]", "#card[data-state=failed]", `#message[data-code="card.removed"]`)
		defer d.puts(slot, builtIn(t, "gen1"), "present")()
		d.sees("#card[data-state=empty]")
		d.misses("#message[data-code]")
	})
	t.Run("a card that does not answer its reset", func(t *testing.T) {
		card, err := softwareCard{name: "gen2", fault: "mute-atr"}.make()
		require.NoError(t, err)
		defer d.puts(slot, card, "unreadable")()
		d.clicks(d.at(slot) + " [data-act=read]")
		d.sees("#card[data-state=failed]", `#message[data-code="card.mute"]`)
	})
}

// allowingNothingYet is a configuration that leaves cards alone until somebody asks for them.
func allowingNothingYet() config.Config {
	cfg := config.Default()
	cfg.Events.Identify = false
	return cfg
}

// A genuine card and those that are not, with the step that finds it out.
func TestConsoleVerifies(t *testing.T) {
	needBrowser(t)
	slot := stack.Readers()[0]
	d := openConsole(t, serving(t, withSAM()))
	removeSAM := d.putsSAM()
	for _, row := range []struct{ name, card, forgery, result, steps string }{
		{"genuine, by SM2", "gen3", "", "genuine", "certificate=passed key=passed signature=passed chain=passed usage=passed validity=passed revocation=unchecked card_number=passed"},
		{"genuine, by IRK", "gen2", "", "genuine", "irk=passed"},
		{"a signature that does not fit", "gen3", "flip@17", "not_genuine", "certificate=passed key=passed signature=failed chain=not_reached usage=not_reached validity=not_reached revocation=not_reached card_number=not_reached"},
		{"another key", "gen3", "other-key", "not_genuine", "certificate=passed key=passed signature=failed chain=not_reached usage=not_reached validity=not_reached revocation=not_reached card_number=not_reached"},
		{"no certificate but rubbish", "gen3", "certificate-junk", "not_genuine", "certificate=failed key=not_reached signature=not_reached chain=not_reached usage=not_reached validity=not_reached revocation=not_reached card_number=not_reached"},
		{"nothing to check it with", "gen1", "", "unchecked", "irk=unchecked"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.result == "unchecked" {
				removeSAM()
				d.sees(d.at(psamSlot()) + "[data-card=none]")
			}
			card, err := softwareCard{name: row.card, forgery: row.forgery}.make()
			require.NoError(t, err)
			takeOut := d.puts(slot, card, "identified")
			d.clicks(d.at(slot) + " [data-act=verify]")
			d.sees("#verify[data-result=" + row.result + "]")
			require.Equal(t, row.steps, evaluates[string](d.tab, `[...document.querySelectorAll("#verify-steps [data-step]")].map((e) => e.dataset.step + "=" + e.dataset.result).join(" ")`))
			if strings.Contains(row.steps, "signature=failed") {
				require.Contains(t, d.text("#verify-content"), "the card does not have the certificate's key")
			}
			if strings.Contains(row.steps, "revocation=unchecked") {
				require.Contains(t, d.text(`#verify-steps [data-step="revocation"]`), "no revocation list is configured")
			}
			takeOut()
			d.hides("#verify")
		})
	}
}

// The page is light, and all of it comes from the daemon; the code leaves the address at once.
func TestConsoleIsLight(t *testing.T) {
	needBrowser(t)
	d := openConsole(t, serving(t, config.Default()))
	page, data := 0, 0
	for path, n := range d.watch.bytes() {
		if strings.HasPrefix(path, "/v1/") {
			data += n
		} else {
			page += n
		}
	}
	t.Logf("the page is %d bytes over the wire, the daemon's answers %d", page, data)
	require.Less(t, page, consoleWeight)
	require.Equal(t, d.s.url+"/", evaluates[string](d.tab, "location.href"))
}

// A daemon that goes is told of, and what was shown is gone; when it comes back the person signs in anew, for a session
// dies with its daemon.
func TestConsoleLosesTheDaemon(t *testing.T) {
	needBrowser(t)
	d := openConsole(t, serving(t, config.Default()))
	at := d.at(stack.Readers()[0])
	d.puts(stack.Readers()[0], builtIn(t, "gen2"), "identified")
	d.clicks(at + " [data-act=read]")
	d.sees("#card[data-state=read]")
	d.s.stop()
	d.sees("body[data-state=lost]", "#card[data-state=empty]")
	d.s.start()
	d.sees("body[data-state=signin]", "#signin")
	d.visits(d.address())
	d.sees("body[data-state=ready]", at+"[data-card=identified]")
}
