package function_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
	"sscard/terminal/function"
)

// row is a call, what it returns, and how its output begins.
type row struct {
	name     string
	function string
	params   []string
	returns  int
	out      string
}

func (c *counter) play(rows []row) {
	for _, r := range rows {
		got := c.call(r.function, r.params...)
		require.Equal(c.t, r.returns, got.Return, "%s: %s", r.name, got.OutInfo)
		require.True(c.t, strings.HasPrefix(got.OutInfo, r.out), "%s: %s", r.name, got.OutInfo)
	}
}

func TestWriteCard(t *testing.T) {
	open(t, true, func(t *testing.T, c *counter) {
		c.play([]row{
			{"write", "iWriteCard", []string{"3", gen3, "DF01EF0A|37|38|39|$DF01EF06|28|$", "DF01EF0A|USA||20250102|$DF01EF06|010|$"}, 0, ""},
			{"read", "iReadCard", []string{"3", "1", gen3, "DF01EF0A|37|38|39|$DF01EF06|28|$"}, 0, "DF01EF0A|USA||20250102|$DF01EF06|010|$"},
			{"append", "iWriteCard", []string{"3", gen3, "DF02EF07|$", "df02ef07|1^20250101^20250102^工厂|$"}, 0, ""},
			{"read the newest", "iReadCard", []string{"3", "1", gen3, "DF02EF07|1|$"}, 0, "DF02EF07|1^20250101^20250102^工厂|$"},
		})
	})
}

func TestWriteCardRefused(t *testing.T) {
	const file, data = "DF01EF0A|37|$", "DF01EF0A|USA|$"
	open(t, true, func(t *testing.T, c *counter) {
		for _, r := range []row{
			{"another card", "iWriteCard", []string{"3", "510100D15600000500000099FFFFFFFF|H00000047|", file, data}, -22, ""},
			{"no card there", "iWriteCard", []string{"2", gen3, file, data}, -2, ""},
			{"no such type", "iWriteCard", []string{"0", gen3, file, data}, -14, ""},
			{"no card information", "iWriteCard", []string{"3", "", file, data}, -23, ""},
			{"no end of the card information", "iWriteCard", []string{"3", strings.TrimSuffix(gen3, "|"), file, data}, -23, ""},
			{"no address", "iWriteCard", []string{"3", gen3, "", data}, -23, ""},
			{"an address without end", "iWriteCard", []string{"3", gen3, "DF01EF0A|37|", data}, -23, ""},
			{"no data", "iWriteCard", []string{"3", gen3, file, ""}, -23, ""},
			{"data without end", "iWriteCard", []string{"3", gen3, file, "DF01EF0A|USA|"}, -23, ""},
			{"a value without end", "iWriteCard", []string{"3", gen3, file, "DF01EF0A|USA$"}, -23, ""},
			{"data of another file", "iWriteCard", []string{"3", gen3, file, "DF01EF09|USA|$"}, -23, ""},
			{"data of more files", "iWriteCard", []string{"3", gen3, file, data + data}, -23, ""},
			{"fewer values than items", "iWriteCard", []string{"3", gen3, "DF01EF0A|37|38|$", data}, -23, ""},
			{"more values than items", "iWriteCard", []string{"3", gen3, file, "DF01EF0A|USA|CHN|$"}, -23, ""},
			{"a value too long", "iWriteCard", []string{"3", gen3, file, "DF01EF0A|ABCD|$"}, -23, ""},
			{"an unknown file", "iWriteCard", []string{"3", gen3, "DF01EFFE|37|$", "DF01EFFE|USA|$"}, -23, ""},
			{"a file that nobody writes", "iWriteCard", []string{"3", gen3, "DF04EF15|$", "DF04EF15|1^1|$"}, -23, ""},
			{"a key that is not to be had", "iWriteCard", []string{"3", gen3, "DF01EF15|2A|$", "DF01EF15|21|$"}, -2203, ""},
		} {
			c.asked = nil
			c.play([]row{r})
			require.Empty(t, c.updates(), r.name)
		}
	})
	open(t, false, func(t *testing.T, c *counter) {
		c.play([]row{{"no PSAM", "iWriteCard", []string{"3", gen3, file, data}, -2201, "无 PSAM 卡，已写入0项"}})
		require.Empty(t, c.updates())
	})
}

func TestWriteCardTorn(t *testing.T) {
	open(t, true, func(t *testing.T, c *counter) {
		const second = 9 // command is the UPDATE of the second item
		c.insert(softcard.WithFault(c.card, softcard.Fault{Kind: softcard.Removed, At: second}))
		c.play([]row{{"torn", "iWriteCard", []string{"3", gen3, "DF01EF0A|37|38|$", "DF01EF0A|USA|01|$"}, -4, "读卡过程中卡被取走，已写入1项，下一项不确定"}})
	})
}

func TestReadCardByPIN(t *testing.T) {
	open(t, false, func(t *testing.T, c *counter) {
		const file = "DF01EF0A|37|$"
		require.Equal(t, function.Result{OutInfo: "DF01EF0A|CHN|$"}, c.call("iReadCard", "3", "1", gen3, file))
		require.Equal(t, -2201, c.call("iReadCard", "3", "2", gen3, file).Return)
		require.Equal(t, -14, c.call("iReadCard", "3", "3", gen3, file).Return)
		require.Equal(t, -27010, c.callWith("", "iReadCard", "3", "1", gen3, file).Return)
		require.Equal(t, -51, c.callWith("654321", "iReadCard", "3", "1", gen3, file).Return)
	})
}

func TestItemsInSteps(t *testing.T) {
	open(t, false, func(t *testing.T, c *counter) {
		request := c.call("iWriteCard_HSM_Step1", "3", gen3, "SSSEEF06|0A|0B|$")
		require.Zero(t, request.Return)
		require.Regexp(t, `^03\|0094\|[0-9A-F]{16}\|[0-9A-F]{16}\|$`, request.OutInfo)
		answer := hsm(t, c.card, request.OutInfo)
		c.play([]row{
			{"step 2", "iWriteCard_HSM_Step2", []string{answer, "SSSEEF06|2|02|$"}, 0, ""},
			{"step 2 once more", "iWriteCard_HSM_Step2", []string{answer, "SSSEEF06|2|02|$"}, -12, ""},
		})

		request = c.call("iReadCard_HSM_Step1", "3", gen3, "SSSEEF06|0A|0B|$")
		require.Regexp(t, `^03\|004C\|[0-9A-F]{16}\|[0-9A-F]{16}\|$`, request.OutInfo)
		c.play([]row{{"step 2", "iReadCard_HSM_Step2", []string{hsm(t, c.card, request.OutInfo)}, 0, "SSSEEF06|2|02|$"}})
	})
}

func TestItemsInStepsRefused(t *testing.T) {
	open(t, false, func(t *testing.T, c *counter) {
		c.play([]row{
			{"a free file", "iReadCard_HSM_Step1", []string{"3", gen3, "SSSEEF05|07|$"}, -2204, "不需要加密机认证"},
			{"a file of the PIN", "iReadCard_HSM_Step1", []string{"3", gen3, "DF04EF08|$"}, -2204, ""},
			{"two files", "iReadCard_HSM_Step1", []string{"3", gen3, "SSSEEF06|0A|$SSSEEF06|0B|$"}, -23, ""},
			{"another card", "iReadCard_HSM_Step1", []string{"3", "X||", "SSSEEF06|0A|$"}, -22, ""},
			{"no address", "iWriteCard_HSM_Step1", []string{"3", gen3, "SSSE"}, -23, ""},
			{"no such type", "iWriteCard_HSM_Step1", []string{"5", gen3, "SSSEEF06|0A|$"}, -14, ""},
			{"no card information", "iWriteCard_HSM_Step1", []string{"3", "|", "SSSEEF06|0A|$"}, -23, ""},
			{"reading without step 1", "iReadCard_HSM_Step2", []string{strings.Repeat("0", 32)}, -12, ""},
			{"writing without step 1", "iWriteCard_HSM_Step2", []string{strings.Repeat("0", 32), "SSSEEF06|2|$"}, -12, ""},
		})
		for _, data := range []string{"", "SSSEEF06|2|", "SSSEEF07|00|$", "SSSEEF06|22|$", "SSSEEF06|2|$SSSEEF06|2|$"} {
			request := c.call("iWriteCard_HSM_Step1", "3", gen3, "SSSEEF06|0A|$")
			require.Zero(t, request.Return)
			got := c.call("iWriteCard_HSM_Step2", hsm(t, c.card, request.OutInfo), data)
			require.Equal(t, -23, got.Return, data)
			require.Zero(t, c.call("iReadCard", "3", "1", gen3, "SSSEEF05|07|$").Return, "the card was let go")
		}
		for answer, returns := range map[string]int{"": -23, "00": -23, strings.Repeat("0", 32): -23} {
			require.Zero(t, c.call("iWriteCard_HSM_Step1", "3", gen3, "SSSEEF06|0A|$").Return)
			require.Equal(t, returns, c.call("iWriteCard_HSM_Step2", answer, "SSSEEF06|2|$").Return, answer)
		}
		request := c.call("iWriteCard_HSM_Step1", "3", gen3, "SSSEEF06|0A|$")
		wrong := strings.Repeat("0", 16) + hsm(t, c.card, request.OutInfo)[16:]
		require.Equal(t, -25538, c.call("iWriteCard_HSM_Step2", wrong, "SSSEEF06|2|$").Return, "63C2: two tries are left")
		require.Empty(t, c.updates())
	})
}
