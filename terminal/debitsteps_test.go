package terminal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/sm"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

// settled is how a back end numbers its settlements in these tests.
const settled = "00000010"

// hsmDebit answers 算法|密钥地址|伪随机数|交易序号|后两金额|类型|终端机编号|时间| as a back end does.
func hsmDebit(t *testing.T, name, request string) (answer string, mac2 string) {
	t.Helper()
	part := strings.Split(request, "|")
	require.Len(t, part, 9)
	require.Equal(t, "017F", part[1])
	alg := algorithms[part[0]]
	historical, err := apdu.HistoricalBytes(card(t, name).ATR())
	require.NoError(t, err)
	dpk, err := sm.CardKey(alg, unhex(t, "01112233445566778899AABBCCDDEEFF"), "510100", historical)
	require.NoError(t, err)
	session, err := sm.SessionKey(alg, dpk, unhex(t, part[2]+part[3]+settled[4:]))
	require.NoError(t, err)
	amounts := "00000000" + part[4]
	mac, err := sm.MAC(alg, session, unhex(t, amounts+part[5]+part[6]+part[7]))
	require.NoError(t, err)
	check, err := sm.MAC(alg, session, unhex(t, amounts))
	require.NoError(t, err)
	return settled + "|" + part[7] + "|" + apdu.Hex(mac[:]) + "|", apdu.Hex(check[:])
}

func TestDebitInTwoSteps(t *testing.T) {
	for _, name := range fullCards {
		t.Run(name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				user := card(t, name)
				c.insert(user)
				pending, err := c.terminal.BeginDebit(t.Context(), paying())
				require.NoError(t, err)
				algorithm := map[string]string{"gen2-full": "01", "gen3-full": "03"}[name]
				require.Regexp(t, "^"+algorithm+`\|017F\|[0-9A-F]{8}\|0007\|000004D20000223E\|31\|000000000000\|20260101123015\|$`, pending.Request)
				time.Sleep(50 * time.Second) // the back end takes its time
				answer, mac2 := hsmDebit(t, name, pending.Request)
				d, err := c.terminal.FinishDebit(t.Context(), pending.Session, answer)
				require.NoError(t, err)
				require.Equal(t, mac2, apdu.Hex(d.MAC2[:]))
				require.Equal(t, tac(t, name, d), apdu.Hex(d.TAC[:]))
				balances, _ := books(t, user)
				require.Equal(t, booksAfter, balances)

				_, err = c.terminal.FinishDebit(t.Context(), pending.Session, answer)
				require.Equal(t, apitype.SessionUnknown, code(err), "a session is used once")
				_, err = c.terminal.BeginDebit(t.Context(), paying())
				require.Equal(t, terminal.DebitDone, state(t, err), "a request is carried out once")
			})
		})
	}
}

func TestDebitInTwoStepsGoesWrong(t *testing.T) {
	tests := []struct {
		name   string
		answer func(c *counter, e *exchanged, right string) string
		code   apitype.Code
	}{
		{"a wrong MAC1", func(_ *counter, _ *exchanged, a string) string { return a[:24] + "00000000|" }, apitype.AuthFailed},
		{"another time", func(_ *counter, _ *exchanged, a string) string { return strings.Replace(a, "|2026", "|2025", 1) }, apitype.RequestInvalid},
		{"no answer", func(*counter, *exchanged, string) string { return "" }, apitype.RequestInvalid},
		{"no MAC1", func(_ *counter, _ *exchanged, a string) string { return a[:24] }, apitype.RequestInvalid},
		{"no hexadecimal", func(_ *counter, _ *exchanged, a string) string { return "XY" + a[2:] }, apitype.RequestInvalid},
		{"more than there is to say", func(_ *counter, _ *exchanged, a string) string { return a + "1|" }, apitype.RequestInvalid},
		{"too late", func(_ *counter, _ *exchanged, a string) string { time.Sleep(2 * time.Minute); return a }, apitype.SessionExpired},
		{"the card was exchanged", func(_ *counter, e *exchanged, a string) string { e.now.Store(true); return a }, apitype.CardChanged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				e := &exchanged{Card: card(t, "gen3-full"), other: card(t, "gen2-full")}
				c.insert(e)
				pending, err := c.terminal.BeginDebit(t.Context(), paying())
				require.NoError(t, err)
				right, _ := hsmDebit(t, "gen3-full", pending.Request)
				_, err = c.terminal.FinishDebit(t.Context(), pending.Session, test.answer(c, e, right))
				require.Equal(t, test.code, code(err), "%v", err)
				require.Equal(t, terminal.DebitNotDone, state(t, err))
				requireBooks(t, e.Card, terminal.DebitNotDone)
				c.insert(card(t, "gen3"))
				c.read(terminal.ReadRequest{}) // the reader is free again
			})
		})
	}
}

func TestBeginDebitRefused(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.insert(card(t, "gen3-full"))
		request := paying()
		request.Amounts.Account = 1
		_, err := c.terminal.BeginDebit(t.Context(), request)
		require.Equal(t, apitype.RequestInvalid, code(err), "the HSM would not know of it")
		require.Equal(t, terminal.DebitNotDone, state(t, err))
		c.read(terminal.ReadRequest{}) // the reader is free again
	})
}

// The card is lost with the DEBIT of the second step, or comes to it no more.
func TestDebitInTwoStepsLost(t *testing.T) {
	const debit = debitCommand - 1 // the IRK is not asked
	for _, test := range []struct {
		fault softcard.Fault
		state terminal.DebitState
	}{
		{softcard.Fault{Kind: softcard.Removed, At: debit}, terminal.DebitNotDone},
		{softcard.Fault{Kind: softcard.Torn, At: debit}, terminal.DebitDone},
	} {
		t.Run(test.fault.String(), func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				user := card(t, "gen3-full")
				c.insert(softcard.WithFault(user, test.fault))
				pending, err := c.terminal.BeginDebit(t.Context(), paying())
				require.NoError(t, err)
				answer, _ := hsmDebit(t, "gen3-full", pending.Request)
				defer time.AfterFunc(10*time.Second, func() { _ = c.driver.Insert(slot, user) }).Stop()
				d, err := c.terminal.FinishDebit(t.Context(), pending.Session, answer)
				require.Len(t, c.updates(), 1)
				require.Equal(t, test.state, state(t, err))
				balances, _ := books(t, user)
				if test.state == terminal.DebitDone {
					require.Equal(t, tac(t, "gen3-full", d), apdu.Hex(d.TAC[:]))
					require.Equal(t, booksAfter, balances)
				} else {
					require.Equal(t, booksBefore, balances)
				}
			})
		})
	}
}
