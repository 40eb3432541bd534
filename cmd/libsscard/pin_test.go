//go:build cgo && linux

package main

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal"
	"sscard/terminal/function"
)

// holder is a person at the daemon's own page, who enters the PIN that he knows, and another when he is to choose one.
type holder struct {
	mu          sync.Mutex
	knows, next string
}

func (h *holder) Enter(_ context.Context, prompt terminal.PINPrompt) (terminal.PIN, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if prompt.Kind == terminal.PINCurrent {
		return terminal.PIN(h.knows), nil
	}
	return terminal.PIN(h.next), nil
}

func (h *holder) set(knows, next string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.knows, h.next = knows, next
}

// What wants the holder's PIN, called from C at a daemon where somebody can enter it.
func TestWithTheHolder(t *testing.T) {
	for _, name := range []string{"gen2-full", "gen3-full"} {
		t.Run(name, func(t *testing.T) {
			person := &holder{}
			pc := newCounterPCWith(t, function.Config{PIN: person})
			pc.insert(t, cardSlot, software(t, description(t, "cards/"+name+".yaml")))
			pc.insert(t, samSlot, software(t, description(t, "sams/psam.yaml")))
			c := pc.start(t, atDaemon)
			expect := func(want int, name string, params ...string) string {
				t.Helper()
				result := c.call(name, params...)
				require.Equal(t, want, result.Return, "%s: %s", name, result.OutInfo)
				return result.OutInfo
			}
			fields := strings.Split(expect(0, "iReadCardBas", "1"), "|")
			card := fields[3] + "|" + fields[2] + "|"

			person.set("123456", "")
			expect(0, "iVerifyPIN", "1")
			person.set("111111", "")
			require.Contains(t, expect(-51, "iVerifyPIN", "1"), "剩余2次")
			person.set("123456", "24680")
			expect(0, "iChangePIN", "1")
			person.set("24680", "")
			expect(0, "iVerifyPIN", "1")
			person.set("", "135791")
			expect(0, "iReloadPIN", "1", card)
			person.set("135791", "")

			hsm := newBackEnd(t)
			hsm.read(expect(0, "iReadCardBas_HSM_Step1", "1"))
			person.set("", "97531")
			request := expect(0, "iReloadPIN_HSM_Step1", "1", card)
			request = expect(0, "iReloadPIN_HSM_Step2", hsm.open(request))
			expect(0, "iReloadPIN_HSM_Step3", hsm.resetPIN(request))
			person.set("97531", "")
			expect(0, "iVerifyPIN", "1")

			before := expect(0, "iReadDebitRecord", "1")
			debited := expect(0, "iDoDebit", "1", card, "100.00|87.66|20260101123015|")
			require.Contains(t, debited, "20260101123015")
			after := expect(0, "iReadDebitRecord", "1")
			require.NotEqual(t, before, after)
			require.Contains(t, after, "20260101123015")
			expect(-23, "iDoDebit", "1", card, "1.00|")

			request = expect(0, "iDoDebit_HSM_Step1", "1", card, "10.00|5.00|20260102090000|")
			expect(0, "iDoDebit_HSM_Step2", hsm.debit(request))
			require.Contains(t, expect(0, "iReadDebitRecord", "1"), "20260102090000")
		})
	}
}
