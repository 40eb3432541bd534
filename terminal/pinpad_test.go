package terminal_test

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
)

// padDriver is a virtual reader with a key pad, on which somebody types (PC/SC part 10).
type padDriver struct {
	*virtual.Driver
	types func() (digits string, sw apdu.StatusWord)
	sent  *[]byte // the structure that the pad was given
}

type padConn struct {
	reader.Conn
	padDriver
}

func (d padDriver) Open(name string) reader.Conn { return &padConn{d.Driver.Open(name), d} }

const padCode = 0x42330006

func (c *padConn) Features(context.Context) ([]byte, error) {
	return append([]byte{0x12, 4, 0x42, 0x33, 0, 0x12, byte(reader.FeatureVerifyPIN), 4}, binary.BigEndian.AppendUint32(nil, padCode)...), nil
}

// Control takes PIN_VERIFY_STRUCTURE apart as a reader does, and sends the template with what was typed.
func (c *padConn) Control(ctx context.Context, code uint32, in []byte) ([]byte, error) {
	const header = 19
	if code != padCode || len(in) < header {
		return nil, errors.New("not for the pad")
	}
	*c.sent = in
	digits, sw := c.types()
	if sw != 0 {
		return apdu.Response{SW: sw}.Bytes(), nil
	}
	template := append([]byte{}, in[header:]...)
	for i := 0; i < len(digits); i += 2 {
		pair := digits[i:min(i+2, len(digits))] + "F"
		packed, err := apdu.ParseHex(pair[:2])
		if err != nil {
			return nil, err
		}
		template = append(template, packed...)
	}
	template[4] = byte(len(template) - 5)
	return c.Transmit(ctx, template)
}

func TestPINPad(t *testing.T) {
	typed := func(digits string) func() (string, apdu.StatusWord) {
		return func() (string, apdu.StatusWord) { return digits, 0 }
	}
	pad := func(sw apdu.StatusWord) func() (string, apdu.StatusWord) {
		return func() (string, apdu.StatusWord) { return "", sw }
	}
	tests := []struct {
		name  string
		types func() (string, apdu.StatusWord)
		code  apitype.Code
	}{
		{"the right PIN", typed("123456"), ""},
		{"a wrong PIN", typed("654321"), apitype.PINWrong},
		{"an odd number of digits", typed("12345"), apitype.PINWrong},
		{"cancelled", pad(0x6401), apitype.PINCancelled},
		{"nothing entered", pad(0x6400), apitype.PINTimeout},
		{"too short", pad(0x6403), apitype.PINLength},
		{"a pad that is slow, as people are", func() (string, apdu.StatusWord) { time.Sleep(20 * time.Second); return "123456", 0 }, ""},
	}
	profiles, err := profile.Load("")
	require.NoError(t, err)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				driver := padDriver{virtual.New(slot), test.types, new([]byte)}
				require.NoError(t, driver.Insert(slot, card(t, "gen2-full")))
				pool := reader.NewPool(driver, reader.Config{})
				counter := terminal.New(terminal.Config{Pool: pool, Profiles: profiles, Log: slog.New(slog.DiscardHandler)})
				ctx, cancel := context.WithCancel(t.Context())
				defer func() { cancel(); synctest.Wait() }()
				go pool.Run(ctx)
				require.NoError(t, pool.Ready(ctx))

				tries, err := counter.VerifyPIN(ctx, terminal.PINRequest{Entry: terminal.PINPad{}})
				require.Equal(t, "1E1E81000010040201040800000000050000000020000000", apdu.Hex(*driver.sent), "PIN_VERIFY_STRUCTURE")
				if test.code != "" {
					require.Equal(t, test.code, terminal.AsError(err).Code, "%v", err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, terminal.Tries{Before: 3, After: 3}, tries)
			})
		})
	}
}

// A reader without a key pad says so, and no PIN is sent.
func TestNoPINPad(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.insert(card(t, "gen2-full"))
		_, err := c.terminal.VerifyPIN(t.Context(), terminal.PINRequest{Entry: terminal.PINPad{}})
		require.ErrorIs(t, err, reader.ErrNoFeature)
		require.Equal(t, apitype.AuthRequired, terminal.AsError(err).Code)
	})
}

// At the desk the prompt waits for an answer, a cancellation, or its time.
func TestPINDesk(t *testing.T) {
	tests := []struct {
		name   string
		answer func(d *terminal.PINDesk, id string)
		want   string
		err    error
	}{
		{"answered", func(d *terminal.PINDesk, id string) { d.Answer(id, terminal.PIN("123456")) }, "123456", nil},
		{"cancelled", func(d *terminal.PINDesk, id string) { d.Answer(id, nil) }, "", terminal.ErrPINCancelled},
		{"nobody there", func(*terminal.PINDesk, string) {}, "", terminal.ErrPINTimeout},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var desk terminal.PINDesk
				entered := make(chan terminal.PIN)
				var err error
				go func() {
					var pin terminal.PIN
					pin, err = desk.Enter(t.Context(), terminal.PINPrompt{Kind: terminal.PINNew})
					entered <- pin
				}()
				synctest.Wait()
				prompts := desk.Prompts()
				require.Len(t, prompts, 1)
				require.Equal(t, terminal.PINNew, prompts[0].Kind)
				test.answer(&desk, prompts[0].ID)
				require.Equal(t, test.want, string(<-entered))
				require.ErrorIs(t, err, test.err)
				require.Empty(t, desk.Prompts())
				late := terminal.PIN("999999")
				require.False(t, desk.Answer(prompts[0].ID, late), "the prompt has gone")
				require.NotContains(t, string(late), "9", "a PIN that nobody wants is cleared")
			})
		})
	}
}
