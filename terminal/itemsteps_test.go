package terminal_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

// hsmFile answers 算法|密钥地址|外部因子|外部原始| as a back end does.
func (c *counter) hsmFile(name, request string) string {
	c.t.Helper()
	part := strings.Split(request, "|")
	require.Len(c.t, part, 5)
	layout := c.terminal.Profiles().Layout("3.00", "510100")
	var key string
	for _, k := range layout.Keys() {
		if len(k.HSM) > 0 && k.HSM[0] == part[1] {
			key = k.Name
		}
	}
	user := card(c.t, name)
	historical, err := apdu.HistoricalBytes(user.ATR())
	require.NoError(c.t, err)
	answer, err := hsmKeys(c.t).Answer(c.t.Context(),
		sam.Card{Algorithm: algorithms[part[0]], Region: "510100", Historical: historical}, sam.Key{Name: key},
		sam.Challenge{Factor: [8]byte(unhex(c.t, part[2])), Original: [8]byte(unhex(c.t, part[3]))})
	require.NoError(c.t, err, key)
	return apdu.Hex(answer[:]) + part[3]
}

// What an HSM opens is what a PSAM opens.
func TestItemsInTwoSteps(t *testing.T) {
	dir := full(t)
	for _, name := range fullCards {
		t.Run(name, func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				c.insert(card(t, name))
				for _, f := range everyFile(c, name) {
					request := terminal.ItemsRequest{Files: []profile.FileAddress{f.address}, Entry: &holder{pin: "123456"}}
					pending, err := c.terminal.BeginReadItems(t.Context(), request)
					if _, some := f.file.Read.Key(); !some {
						require.ErrorIs(t, err, terminal.ErrNoKey, f.address)
						continue
					}
					require.NoError(t, err, f.address)
					got, err := c.terminal.FinishReadItems(t.Context(), pending.Session, c.hsmFile(name, pending.Request))
					require.NoError(t, err, f.address)
					require.NotEmpty(t, got.Rows)

					if len(f.file.Update) == 0 {
						continue
					}
					values := again(f, got.Rows)
					request.Files = []profile.FileAddress{values.Address}
					pending, err = c.terminal.BeginWriteItems(t.Context(), request)
					require.NoError(t, err, f.address)
					values.Address.Items = nil // the first step has named them
					written, err := c.terminal.FinishWriteItems(t.Context(), pending.Session, c.hsmFile(name, pending.Request), values)
					require.NoError(t, err, f.address)
					require.Equal(t, len(values.Rows), written.Rows, f.address)
				}
			})
		})
	}
}

func TestItemsInTwoStepsStrings(t *testing.T) {
	random := unhex(t, "C0C1C2C3C4C5C6C7"+"D0D1D2D3D4D5D6D7")
	for name, want := range map[string]string{"gen2-full": "01|004C|", "gen3-full": "03|004C|"} {
		t.Run(name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				card, err := softcard.Parse([]byte(describe(t, name)), softcard.WithRandom(strings.NewReader(string(random))))
				require.NoError(t, err)
				c.insert(card)
				pending, err := c.terminal.BeginReadItems(t.Context(), terminal.ItemsRequest{Files: addresses(t, "SSSEEF07|$")})
				require.NoError(t, err)
				require.Equal(t, want+"D0D1D2D3D4D5D6D7|C0C1C2C3C4C5C6C7|", pending.Request)
			})
		})
	}
}

// exchanged is a card in whose place another comes without the reader's notice.
type exchanged struct {
	*softcard.Card
	other *softcard.Card
	now   atomic.Bool
}

func (e *exchanged) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if e.now.Load() {
		return e.other.Transmit(ctx, command)
	}
	return e.Card.Transmit(ctx, command)
}

func TestItemsInTwoStepsGoWrong(t *testing.T) {
	const file = "DF01EF0A|37|$"
	flip := func(s string) string { return strings.Map(func(r rune) rune { return '0' + (r+1)%10 }, s[:1]) + s[1:] }
	tests := []struct {
		name   string
		answer func(c *counter, e *exchanged, right string) string
		code   apitype.Code
	}{
		{"a wrong answer", func(_ *counter, _ *exchanged, a string) string { return flip(a) }, apitype.AuthFailed},
		{"another original", func(_ *counter, _ *exchanged, a string) string { return a[:16] + flip(a[16:]) }, apitype.RequestInvalid},
		{"no answer", func(*counter, *exchanged, string) string { return "" }, apitype.RequestInvalid},
		{"half an answer", func(_ *counter, _ *exchanged, a string) string { return a[:16] }, apitype.RequestInvalid},
		{"no hexadecimal", func(_ *counter, _ *exchanged, a string) string { return "XY" + a[2:] }, apitype.RequestInvalid},
		{"too late", func(_ *counter, _ *exchanged, a string) string { time.Sleep(2 * time.Minute); return a }, apitype.SessionExpired},
		{"the card has left", func(c *counter, _ *exchanged, a string) string { require.NoError(c.t, c.driver.Eject(slot)); return a }, apitype.CardRemoved},
		{"the card was exchanged", func(_ *counter, e *exchanged, a string) string { e.now.Store(true); return a }, apitype.CardChanged},
		{"begun anew", func(c *counter, _ *exchanged, a string) string {
			_, err := c.terminal.BeginReadItems(c.t.Context(), terminal.ItemsRequest{Files: addresses(c.t, file)})
			require.NoError(c.t, err)
			return a
		}, apitype.SessionUnknown},
	}
	dir := full(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				e := &exchanged{Card: card(t, "gen3-full"), other: card(t, "gen2-full")}
				c.insert(e)
				values := values(t, file, "USA")
				pending, err := c.terminal.BeginWriteItems(t.Context(), terminal.ItemsRequest{Files: addresses(t, file)})
				require.NoError(t, err)
				answer := test.answer(c, e, c.hsmFile("gen3-full", pending.Request))
				_, err = c.terminal.FinishWriteItems(t.Context(), pending.Session, answer, values)
				require.Error(t, err)
				require.Equal(t, test.code, terminal.AsError(err).Code, "%v", err)
				require.Empty(t, c.updates())

				_, err = c.terminal.FinishWriteItems(t.Context(), pending.Session, answer, values)
				require.Equal(t, "session", strings.Split(string(terminal.AsError(err).Code), ".")[0], "a session is used once")
				c.insert(card(t, "gen3"))
				c.read(terminal.ReadRequest{}) // the reader is free again
			})
		})
	}
}

func TestBeginItemsRefused(t *testing.T) {
	tests := []struct {
		name, address string
		card          terminal.CardIdentity
		read, write   apitype.Code // "": begun
	}{
		{"a free file", "SSSEEF05|07|$", terminal.CardIdentity{}, apitype.RequestInvalid, ""},
		{"a file of the PIN", "DF04EF08|$", terminal.CardIdentity{}, apitype.RequestInvalid, apitype.RequestInvalid},
		{"the PIN or a key", "DF01EF05|20|$", terminal.CardIdentity{}, "", ""},
		{"two files", "DF01EF05|20|$DF01EF06|23|$", terminal.CardIdentity{}, apitype.RequestInvalid, apitype.RequestInvalid},
		{"an unknown file", "DF01EFFE|20|$", terminal.CardIdentity{}, apitype.RequestInvalid, apitype.RequestInvalid},
		{"another card", "DF01EF05|20|$", terminal.CardIdentity{CardNumber: "A00000003"}, apitype.CardChanged, apitype.CardChanged},
	}
	dir := full(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				c.insert(card(t, "gen3-full"))
				request := terminal.ItemsRequest{Card: test.card, Files: addresses(t, test.address)}
				_, err := c.terminal.BeginReadItems(t.Context(), request)
				require.Equal(t, test.read, code(err), "%v", err)
				_, err = c.terminal.BeginWriteItems(t.Context(), request)
				require.Equal(t, test.write, code(err), "%v", err)
			})
		})
	}
	t.Run("a key without an id", func(t *testing.T) {
		open(t, "", func(t *testing.T, c *counter) {
			c.insert(card(t, "gen3-full"))
			_, err := c.terminal.BeginReadItems(t.Context(), terminal.ItemsRequest{Files: addresses(t, "DF01EF05|20|$")})
			require.Equal(t, apitype.SAMKey, code(err))
		})
	})
}

// code is that of the error, "" of none.
func code(err error) apitype.Code {
	if err == nil {
		return ""
	}
	return terminal.AsError(err).Code
}

// A session for reading does not write, and the other way about; both end it.
func TestItemsOfAnotherUse(t *testing.T) {
	open(t, full(t), func(t *testing.T, c *counter) {
		c.insert(card(t, "gen3-full"))
		request := terminal.ItemsRequest{Files: addresses(t, "DF01EF0A|37|$")}
		pending, err := c.terminal.BeginReadItems(t.Context(), request)
		require.NoError(t, err)
		answer := c.hsmFile("gen3-full", pending.Request)
		_, err = c.terminal.FinishWriteItems(t.Context(), pending.Session, answer, values(t, "DF01EF0A|37|$", "USA"))
		require.Equal(t, apitype.SessionUnknown, code(err))
		_, err = c.terminal.FinishReadItems(t.Context(), pending.Session, answer)
		require.Equal(t, apitype.SessionUnknown, code(err))

		pending, err = c.terminal.BeginWriteItems(t.Context(), request)
		require.NoError(t, err)
		c.asked = nil
		_, err = c.terminal.FinishWriteItems(t.Context(), pending.Session, c.hsmFile("gen3-full", pending.Request), values(t, "DF01EF0A|37|$", "ABCD"))
		require.Equal(t, apitype.RequestInvalid, code(err))
		require.Empty(t, c.asked, "a value that does not fit is not even unlocked for")
	})
}
