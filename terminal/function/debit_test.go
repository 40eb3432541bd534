package function_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/sm"
)

const payInfo = "100.00|87.66|20260101123015|"

func TestDoDebit(t *testing.T) {
	open(t, true, func(t *testing.T, c *counter) {
		got := c.call("iDoDebit", "3", gen3, payInfo)
		require.Zero(t, got.Return, got.OutInfo)
		require.Regexp(t, `^03\|00B5\|00000000000004D20000223E\|31\|510100000001\|00000010\|20260101123015\|[0-9A-F]{8}\|$`, got.OutInfo)
		require.Len(t, c.updates(), 1)
		c.play([]row{{"its record", "iReadDebitRecord", []string{"3"}, 0, "7^510100000001^20260101123015^100.00^87.66^|6^"}})

		again := c.call("iDoDebit", "3", gen3, payInfo)
		require.Equal(t, -23, again.Return)
		require.Contains(t, again.OutInfo, "，但扣款已完成")
		require.Len(t, c.updates(), 1, "never twice")
	})
}

func TestDoDebitRefused(t *testing.T) {
	open(t, true, func(t *testing.T, c *counter) {
		for name, info := range map[string]string{
			"empty": "", "no end": strings.TrimSuffix(payInfo, "|"), "too much": payInfo + "1|",
			"no decimals": "100|87.66|20260101123015|", "one decimal": "100.0|87.66|20260101123015|",
			"three decimals": "100.000|87.66|20260101123015|", "a comma": "100,00|87.66|20260101123015|",
			"negative": "-1.00|0.00|20260101123015|", "spaces": " 100.00|87.66|20260101123015|",
			"more covered than there is": "100.00|100.01|20260101123015|", "nothing": "0.00|0.00|20260101123015|",
			"beyond four bytes": "42949672.96|0.00|20260101123015|", "no such day": "100.00|87.66|20260230123015|",
			"no such hour": "100.00|87.66|20260101243015|", "a short time": "100.00|87.66|202601011230|", "full width": "１00.00|87.66|20260101123015|",
		} {
			require.Equal(t, -23, c.call("iDoDebit", "3", gen3, info).Return, name)
			require.Equal(t, -23, c.call("iDoDebit_HSM_Step1", "3", gen3, info).Return, name)
		}
		c.play([]row{
			{"another card", "iDoDebit", []string{"3", "X||", payInfo}, -22, "卡已更换，未扣款"},
			{"no card information", "iDoDebit", []string{"3", "", payInfo}, -23, ""},
			{"no such type", "iDoDebit", []string{"9", gen3, payInfo}, -14, ""},
			{"no card there", "iDoDebit", []string{"2", gen3, payInfo}, -2, "没有卡，未扣款"},
			{"step 2 without step 1", "iDoDebit_HSM_Step2", []string{"00000010|20260101123015|00000000|"}, -12, "没有这个会话，未扣款"},
			{"no such type of reading", "iReadDebitRecord", []string{"7"}, -14, ""},
		})
		require.Equal(t, -51, c.callWith("654321", "iDoDebit", "3", gen3, payInfo).Return)
		require.Equal(t, -27010, c.callWith("", "iReadDebitRecord", "3").Return)
		require.Empty(t, c.updates())
	})
	open(t, false, func(t *testing.T, c *counter) {
		c.play([]row{{"no PSAM", "iDoDebit", []string{"3", gen3, payInfo}, -2201, "无 PSAM 卡，未扣款"}})
	})
}

// What a caller hears of a debit whose answer was lost, and what he hears of the same call after that.
func TestDoDebitLost(t *testing.T) {
	const debit = 12 // command to the card is DEBIT
	open(t, true, func(t *testing.T, c *counter) {
		c.insert(softcard.WithFault(c.card, softcard.Fault{Kind: softcard.Torn, At: debit}))
		c.play([]row{{"lost", "iDoDebit", []string{"3", gen3, payInfo}, -4, "读卡过程中卡被取走，扣款结果未知"}})
		c.insert(c.card)
		c.play([]row{{"again", "iDoDebit", []string{"3", gen3, payInfo}, 0, "03|00B5|00000000000004D20000223E|31|510100000001|00000010|20260101123015|"}})
		require.Len(t, c.updates(), 1, "never twice")
	})
	open(t, true, func(t *testing.T, c *counter) {
		c.insert(softcard.WithFault(c.card, softcard.Fault{Kind: softcard.Torn, At: debit}))
		defer time.AfterFunc(5*time.Second, func() { _ = c.driver.Insert(slot, c.card) }).Stop()
		c.play([]row{{"and put in again", "iDoDebit", []string{"3", gen3, payInfo}, 0, "03|00B5|"}})
	})
}

func TestDoDebitInSteps(t *testing.T) {
	open(t, false, func(t *testing.T, c *counter) {
		request := c.call("iDoDebit_HSM_Step1", "3", gen3, payInfo)
		require.Zero(t, request.Return, request.OutInfo)
		part := strings.Split(request.OutInfo, "|")
		require.Equal(t, []string{"03", "017F"}, part[:2])
		require.Equal(t, []string{"0007", "000004D20000223E", "31", "000000000000", "20260101123015", ""}, part[3:])

		historical, err := apdu.HistoricalBytes(c.card.ATR())
		require.NoError(t, err)
		dpk, err := sm.CardKey(sm.SM4, unhex(t, "01112233445566778899AABBCCDDEEFF"), "510100", historical)
		require.NoError(t, err)
		session, err := sm.SessionKey(sm.SM4, dpk, unhex(t, part[2]+part[3]+"0010"))
		require.NoError(t, err)
		mac1, err := sm.MAC(sm.SM4, session, unhex(t, "00000000"+part[4]+part[5]+part[6]+part[7]))
		require.NoError(t, err)
		mac2, err := sm.MAC(sm.SM4, session, unhex(t, "00000000"+part[4]))
		require.NoError(t, err)
		c.play([]row{{
			"step 2", "iDoDebit_HSM_Step2", []string{"00000010|20260101123015|" + apdu.Hex(mac1[:]) + "|"}, 0,
			apdu.Hex(mac2[:]) + "|03|00B5|00000000000004D20000223E|31|000000000000|00000010|20260101123015|",
		}})
	})
}
