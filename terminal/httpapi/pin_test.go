package httpapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/terminal/function"
)

const fullCard = `"pCardInfo": "510100D15600000500000011FFFFFFFF|`

// pinCard is a card with PIN, keys and applications, and what it was asked.
func (d *daemon) pinCard(t *testing.T, name string) (info string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	own := card(t, name)
	d.insert(t, softcard.WithLog(own, func(command, _ []byte) { *asked = append(*asked, apdu.Hex(command)) }))
	basic := requireDocument[function.Result](t, d.function("iReadCardBas", `{"iType": 3}`))
	require.Zero(t, basic.Return, basic.OutInfo)
	field := strings.Split(basic.OutInfo, "|")
	*asked = nil
	return field[3] + "|" + field[2] + "|", asked
}

func TestPINFunctions(t *testing.T) {
	for _, name := range []string{"gen2-full", "gen3-full"} {
		t.Run(name, func(t *testing.T) {
			serve(t, samRule, func(t *testing.T, d *daemon) {
				d.insertPSAM(t, "psam")
				info, asked := d.pinCard(t, name)
				calls := func(function_, body string) (int, string) {
					t.Helper()
					r := requireDocument[function.Result](t, d.function(function_, body))
					return r.Return, r.OutInfo
				}
				expect := func(want int, function_, body string) {
					t.Helper()
					got, out := calls(function_, body)
					require.Equal(t, want, got, "%s: %s", function_, out)
				}
				reset := `{"iType": 3, "pCardInfo": "` + info + `"`

				expect(0, "iVerifyPIN", `{"iType": 3, "pPIN": "123456"}`)
				expect(-27010, "iVerifyPIN", `{"iType": 3}`)
				require.NotContains(t, strings.Join(*asked, " "), "0020000003FFFFFF", "no PIN is made up")
				expect(-33, "iVerifyPIN", `{"iType": 3, "pPIN": "123"}`)
				number, out := calls("iVerifyPIN", `{"iType": 3, "pPIN": "000000"}`)
				require.Equal(t, -51, number)
				require.Contains(t, out, "剩余2次")
				expect(0, "iVerifyPIN", `{"iType": 3, "pPIN": "123456"}`)

				expect(0, "iChangePIN", `{"iType": 3, "pPIN": "123456", "pNewPIN": "24680"}`)
				expect(-51, "iVerifyPIN", `{"iType": 3, "pPIN": "123456"}`)
				expect(-51, "iVerifyPIN", `{"iType": 3, "pPIN": "123456"}`)
				expect(-51, "iVerifyPIN", `{"iType": 3, "pPIN": "123456"}`)
				*asked = nil
				expect(-52, "iVerifyPIN", `{"iType": 3, "pPIN": "24680"}`)
				for _, command := range *asked {
					require.NotEqual(t, "0020000003", command[:min(10, len(command))], "a blocked PIN is not tried")
				}
				expect(-22, "iUnblockPIN", `{"iType": 3, `+fullCard+`X|"}`)
				expect(0, "iUnblockPIN", reset+`}`)
				expect(0, "iVerifyPIN", `{"iType": 3, "pPIN": "24680"}`)
				expect(0, "iReloadPIN", reset+`, "pNewPIN": "135791"}`)
				expect(0, "iVerifyPIN", `{"iType": 3, "pPIN": "135791"}`)
			})
		})
	}
}
