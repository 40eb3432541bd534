package trace_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/apdu/trace"
)

func TestPlayerTakesAnyPINThatIsMasked(t *testing.T) {
	p := play(t, "> 0020000003000000\n< 63C2\n> 0020000003123456\n< 9000\n")
	response, err := transmit(t, p, "0020000003987654")
	require.NoError(t, err)
	require.Equal(t, []byte{0x63, 0xC2}, response)
	_, err = transmit(t, p, "0020000003987654")
	require.Error(t, err, "this one was written by hand")
}

func TestPlayerLoose(t *testing.T) {
	const twice = "> 00A40000\n< 9000\n> 00B20000\n< 6A83\n> 00A40000\n< 6A82\n"
	for _, row := range []struct {
		name string
		say  []string
		want []string
	}{
		{"in order", []string{"00A40000", "00B20000", "00A40000"}, []string{"9000", "6A83", "6A82"}},
		{"one left out", []string{"00B20000", "00A40000"}, []string{"6A83", "6A82"}},
		{"the next time first", []string{"00B20000", "00A40000", "00A40000"}, []string{"6A83", "6A82", "9000"}},
		{"again and again", []string{"00B20000", "00B20000"}, []string{"6A83", "6A83"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := play(t, twice)
			p.Loose = true
			for i, command := range row.say {
				response, err := transmit(t, p, command)
				require.NoError(t, err)
				require.Equal(t, row.want[i], apdu.Hex(response))
			}
		})
	}
	p := play(t, twice)
	p.Loose = true
	_, err := transmit(t, p, "00840000")
	require.Error(t, err, "what was never asked has no answer")
}

func TestPlayerFresh(t *testing.T) {
	for _, row := range []struct {
		name, recorded, sent string
		fresh                bool
	}{
		{"internal authentication", "0088000002A1A2", "0088000002B1B2", true},
		{"external authentication", "0082000A02A1A2", "0082000A02B1B2", true},
		{"with another key", "0082000A02A1A2", "0082000602A1A2", false},
		{"of another length", "0082000A02A1A2", "0082000A03A1A2A3", false},
		{"the input of a session key", "BFDE200A0A0102030405060708A1A2", "BFDE200A0A0102030405060708B1B2", true},
		{"its factors", "BFDE200A0A0102030405060708A1A2", "BFDE200A0A0102030405060709A1A2", false},
		{"a record", "00B2010012", "00B2010013", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			for fresh, answered := range map[bool]bool{true: row.fresh, false: false} {
				p := play(t, "> "+row.recorded+"\n< 9000\n")
				p.Fresh = fresh
				_, err := transmit(t, p, row.sent)
				require.Equal(t, answered, err == nil, "fresh: %v", fresh)
			}
		})
	}
}

func TestPlayerInRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := play(t, "> 00A40000\n< 9000 +40ms\n> 00B20000\n! removed +2s\n> 00B20000\n< 9000 +1h\n")
		p.RealTime = true
		start := time.Now()
		_, err := transmit(t, p, "00A40000")
		require.NoError(t, err)
		require.Equal(t, 40*time.Millisecond, time.Since(start))
		_, err = transmit(t, p, "00B20000")
		require.Error(t, err)
		require.Equal(t, 2040*time.Millisecond, time.Since(start))

		patience := errors.New("patience")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, patience)
		defer cancel()
		_, err = p.Transmit(ctx, []byte{0x00, 0xB2, 0x00, 0x00})
		require.ErrorIs(t, err, patience)
	})
}

func TestPlayerControl(t *testing.T) {
	p := play(t, "* 06\n< 9000\n> 00A40000\n< 9000\n")
	response, err := p.Control(t.Context(), 0x06)
	require.NoError(t, err)
	require.Equal(t, []byte{0x90, 0x00}, response)
	_, err = p.Control(t.Context(), 0x06)
	require.EqualError(t, err, "exchange 1: feature 06 of the reader, but recorded is SELECT 00A40000")
}

func TestRecorderOfReaders(t *testing.T) {
	r := trace.NewRecorder(nil, trace.Meta{Key: "reader", Value: "x"})
	_, err := r.Control(0x06, func() ([]byte, error) { return []byte{0x12, 0x34, 0x64, 0x01}, nil })
	require.NoError(t, err)
	r.SetMeta("features", "06")
	r.SetMeta("reader", "y")
	s := r.Session()
	require.Equal(t, []byte{0x64, 0x01}, s.Exchanges[0].Response)
	require.Equal(t, []trace.Meta{{Key: "reader", Value: "y"}, {Key: "features", Value: "06"}}, s.Meta)
}

func TestRecorderKeepsNoPIN(t *testing.T) {
	r := trace.NewRecorder(cardFunc(func(_ context.Context, command []byte) ([]byte, error) {
		require.Equal(t, "0020000003123456", apdu.Hex(command), "the card needs it")
		return []byte{0x90, 0x00}, nil
	}))
	_, err := r.Transmit(t.Context(), []byte{0x00, 0x20, 0x00, 0x00, 0x03, 0x12, 0x34, 0x56})
	require.NoError(t, err)
	require.Equal(t, "0020000003000000", apdu.Hex(r.Session().Exchanges[0].Command))
}
