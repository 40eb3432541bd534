package terminal_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/sm"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/sam"
	"sscard/testdata"
)

// psam puts a software PSAM into the slot for it.
func (c *counter) psam(name string) {
	c.t.Helper()
	b, err := testdata.SAMs.ReadFile("sams/" + name + ".yaml")
	require.NoError(c.t, err)
	card, err := softcard.Parse(b)
	require.NoError(c.t, err)
	require.NoError(c.t, c.driver.Insert(samSlot, card))
	synctest.Wait()
}

func TestReadWithPSAM(t *testing.T) {
	irk := func(result string) apitype.Authenticity { return apitype.Authenticity{Method: "irk", Result: result} }
	unchecked := apitype.Authenticity{Method: "none", Result: "unchecked"}
	holder := func(reason apitype.Code) []apitype.Missing {
		return []apitype.Missing{{Field: "holder", Reason: reason}}
	}
	const otherIRK = "root: 404142434445464748494A4B4C4D4EFF"
	tests := []struct {
		name, card, psam string
		change           [2]string
		authenticity     apitype.Authenticity
		exchanges        int // with the user card
		missing          []apitype.Missing
	}{
		{"3.0 contact", "gen3", "psam", [2]string{}, irk("genuine"), 6, []apitype.Missing{}},
		{"3.0 contactless", "gen3-contactless", "psam", [2]string{}, irk("genuine"), 6, []apitype.Missing{}},
		{"2.0", "gen2", "psam", [2]string{}, irk("genuine"), 4, []apitype.Missing{}},
		{"1.0", "gen1", "psam", [2]string{}, irk("genuine"), 4, []apitype.Missing{}},
		{"a city's PSAM", "gen3", "psam-city", [2]string{}, irk("genuine"), 6, []apitype.Missing{}},
		{"no PSAM", "gen3", "", [2]string{}, unchecked, 3, holder(apitype.AuthRequired)},
		{"PSAM without SM4", "gen3", "psam-des", [2]string{}, unchecked, 2, holder(apitype.SAMAlgorithm)},
		{"PSAM without RKSSSE", "gen3", "psam-no-rksssse", [2]string{}, irk("genuine"), 4, holder(apitype.SAMKey)},
		{"a forged 3.0 card", "gen3", "psam", [2]string{"root: 404142434445464748494A4B4C4D4E4F", otherIRK}, irk("not_genuine"), 3, holder(apitype.AuthFailed)},
		{"a forged 2.0 card", "gen2", "psam", [2]string{"root: 404142434445464748494A4B4C4D4E4F", otherIRK}, irk("not_genuine"), 4, []apitype.Missing{}},
		{"a card with another RKSSSE", "gen3", "psam", [2]string{"root: 505152535455565758595A5B5C5D5E5F", "root: 505152535455565758595A5B5C5D5EFF"}, irk("genuine"), 5, holder(apitype.AuthFailed)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				if test.psam != "" {
					c.psam(test.psam)
				}
				description := describe(t, test.card)
				if test.change[0] != "" {
					description = describe(t, test.card, test.change[:]...)
				}
				c.insert(parse(t, description))
				got := c.read(terminal.ReadRequest{})
				require.Equal(t, test.authenticity, got.Authenticity)
				require.Equal(t, test.missing, got.Missing)
				require.Equal(t, test.exchanges, got.Exchanges)
				if len(test.missing) == 0 {
					require.NotEmpty(t, got.Holder.Get("name"))
				}
			})
		})
	}
}

// hsm answers a request as a back end does, with the test keys (人社信息函〔2016〕38号 §9.1).
func hsm(t *testing.T, request string) string {
	t.Helper()
	keys, err := sam.LoadTestKeys(strings.NewReader(
		"IRK: 404142434445464748494A4B4C4D4E4F\nRKSSSE: 505152535455565758595A5B5C5D5E5F\n"))
	require.NoError(t, err)
	part := strings.Split(request, "|")
	require.Len(t, part, 9)
	algorithm := map[string]sm.Algorithm{"01": sm.DES, "03": sm.SM4}[part[2]]
	card := sam.Card{Algorithm: algorithm, Region: part[0], ID: unhex(t, part[3]), Historical: unhex(t, part[1])}
	answer := func(key, factor, original string) string {
		c := sam.Challenge{Factor: [8]byte(unhex(t, factor)), Original: [8]byte(unhex(t, original))}
		a, err := keys.Answer(t.Context(), card, sam.Key{Name: key}, c)
		require.NoError(t, err)
		return apdu.Hex(a[:]) + original + "|"
	}
	answers := answer("IRK", part[4], part[5])
	if part[6] != "" {
		answers += answer("RKSSSE", part[6], part[7])
	}
	return answers
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestReadInTwoSteps(t *testing.T) {
	for _, name := range []string{"gen1", "gen2", "gen3", "gen3-contactless"} {
		t.Run(name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(card(t, name))
				pending, err := c.terminal.BeginRead(t.Context(), terminal.ReadRequest{})
				require.NoError(t, err)
				time.Sleep(50 * time.Second) // the back end takes its time; the card is kept awake
				reading, err := c.terminal.FinishRead(t.Context(), pending.Session, hsm(t, pending.Request))
				require.NoError(t, err)
				require.Equal(t, apitype.Authenticity{Method: "irk", Result: "genuine"}, reading.Authenticity)
				require.Empty(t, reading.Missing)
				require.NotEmpty(t, reading.Text("holder.name").Reveal())

				_, err = c.terminal.FinishRead(t.Context(), pending.Session, hsm(t, pending.Request))
				require.Equal(t, apitype.SessionUnknown, terminal.AsError(err).Code, "a session is used once")
				c.read(terminal.ReadRequest{}) // the reader is free again
			})
		})
	}
}

// The session of the standard's form, with challenges that are told in advance, byte for byte.
func TestTwoStepStrings(t *testing.T) {
	random := unhex(t, "A0A1A2A3A4A5A6A7"+"B0B1B2B3B4B5B6B7"+"C0C1C2C3C4C5C6C7"+"D0D1D2D3D4D5D6D7")
	open(t, "", func(t *testing.T, c *counter) {
		card, err := softcard.Parse([]byte(describe(t, "gen3")), softcard.WithRandom(strings.NewReader(string(random))))
		require.NoError(t, err)
		c.insert(card)
		pending, err := c.terminal.BeginRead(t.Context(), terminal.ReadRequest{})
		require.NoError(t, err)
		require.Equal(t, "510100|0081544C968684510100000001|03|510100D15600000500000001FFFFFFFF|"+
			"B0B1B2B3B4B5B6B7|A0A1A2A3A4A5A6A7|D0D1D2D3D4D5D6D7|C0C1C2C3C4C5C6C7|", pending.Request)
		reading, err := c.terminal.FinishRead(t.Context(), pending.Session,
			"CD4D57EC070CD94BA0A1A2A3A4A5A6A7|C7FDDBEB3A95A6B4C0C1C2C3C4C5C6C7|")
		require.NoError(t, err)
		require.Equal(t, "张三", reading.Text("holder.name").Reveal())
	})
}

func TestTwoStepsGoWrong(t *testing.T) {
	flip := func(s string, at int) string {
		return s[:at] + string("0123456789ABCDEF"[(strings.IndexByte("0123456789ABCDEF", s[at])+1)%16]) + s[at+1:]
	}
	tests := []struct {
		name   string
		answer func(c *counter, right string) string
		code   apitype.Code
		result string // where there is no code
	}{
		{"the card's answer is another", func(_ *counter, a string) string { return flip(a, 0) }, "", "not_genuine"},
		{"the original is another", func(_ *counter, a string) string { return flip(a, 16) }, apitype.RequestInvalid, ""},
		{"the terminal's answer is wrong", func(_ *counter, a string) string { return flip(a, 33) }, "", "genuine"},
		{"no answer", func(*counter, string) string { return "" }, apitype.RequestInvalid, ""},
		{"only the first part", func(_ *counter, a string) string { return a[:33] }, "", "genuine"},
		{"the card has left", func(c *counter, a string) string { require.NoError(c.t, c.driver.Eject(slot)); return a }, apitype.CardRemoved, ""},
		{"too late", func(_ *counter, a string) string { time.Sleep(2 * time.Minute); return a }, apitype.SessionExpired, ""},
		{"begun anew", func(c *counter, a string) string {
			_, err := c.terminal.BeginRead(c.t.Context(), terminal.ReadRequest{})
			require.NoError(c.t, err)
			return a
		}, apitype.SessionUnknown, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(card(t, "gen3"))
				pending, err := c.terminal.BeginRead(t.Context(), terminal.ReadRequest{})
				require.NoError(t, err)
				reading, err := c.terminal.FinishRead(t.Context(), pending.Session, test.answer(c, hsm(t, pending.Request)))
				if test.code != "" {
					require.Error(t, err)
					require.Equal(t, test.code, terminal.AsError(err).Code, "%v", err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, test.result, reading.Authenticity.Result)
				require.Equal(t, "holder", reading.Missing[0].Field, "nothing was opened")
			})
		})
	}
}

// A caller's session is nobody else's, who might read less; and his who began it, it stays.
func TestTwoStepsOfTwoCallers(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.insert(card(t, "gen3"))
		mine := terminal.WithCaller(t.Context(), terminal.Caller{User: "token"})
		page := terminal.WithCaller(t.Context(), terminal.Caller{Origin: "https://hall.example"})
		pending, err := c.terminal.BeginRead(mine, terminal.ReadRequest{})
		require.NoError(t, err)
		_, err = c.terminal.FinishRead(page, pending.Session, hsm(t, pending.Request))
		require.Equal(t, apitype.SessionUnknown, terminal.AsError(err).Code)
		reading, err := c.terminal.FinishRead(mine, pending.Session, hsm(t, pending.Request))
		require.NoError(t, err)
		require.Equal(t, "genuine", reading.Authenticity.Result)
	})
}

// The request to the HSM names the card: it is not for who may not know that.
func TestTwoStepsTellTheCard(t *testing.T) {
	for name, row := range map[string]struct {
		allowed []string
		code    apitype.Code
	}{
		"nothing":              {[]string{}, apitype.RequestFieldDenied},
		"other fields":         {[]string{"issuer.card_number", "holder.name"}, apitype.RequestFieldDenied},
		"the card's":           {[]string{"issuer.card_id"}, ""},
		"with its whole group": {[]string{"issuer"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(card(t, "gen3"))
				pending, err := c.terminal.BeginRead(t.Context(), terminal.ReadRequest{Allowed: row.allowed})
				if row.code != "" {
					require.Error(t, err)
					require.Equal(t, row.code, terminal.AsError(err).Code)
					require.Empty(t, pending)
					return
				}
				require.NoError(t, err)
				require.Contains(t, pending.Request, "|510100D15600000500000001FFFFFFFF|")
			})
		})
	}
}

// What a reading opened is closed for the next program.
func TestNothingStaysOpen(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.psam("psam")
		c.insert(card(t, "gen3"))
		require.NotEmpty(t, c.read(terminal.ReadRequest{}).Holder)

		next := c.driver.Open(slot)
		defer next.Close()
		_, err := next.Connect(t.Context())
		require.NoError(t, err)
		answer, err := next.Transmit(t.Context(), unhex(t, "00B201355B"))
		require.NoError(t, err)
		require.NotEqual(t, "9000", apdu.Hex(answer[len(answer)-2:]))
		_, err = next.Transmit(t.Context(), unhex(t, "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"))
		require.NoError(t, err)
		answer, err = next.Transmit(t.Context(), unhex(t, "00B201355B"))
		require.NoError(t, err)
		require.Equal(t, "6982", apdu.Hex(answer))
	})
}
