package apdu_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
)

// step is one exchange of a scripted card: the command it must see and the answer it gives, in hexadecimal.
type step struct{ command, answer string }

// script is a card that knows its lines, in order.
type script struct {
	t     *testing.T
	steps []step
}

func (s *script) Transmit(_ context.Context, command []byte) ([]byte, error) {
	require.NotEmpty(s.t, s.steps, "a command too many: %X", command)
	next := s.steps[0]
	s.steps = s.steps[1:]
	require.Equal(s.t, next.command, apdu.Hex(command))
	return wire(s.t, next.answer, 0, ""), nil
}

// cardFunc is a card that is a function.
type cardFunc func(ctx context.Context, command []byte) ([]byte, error)

func (f cardFunc) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	return f(ctx, command)
}

var (
	_ apdu.Transmitter = (*script)(nil)
	_ apdu.Transmitter = cardFunc(nil)
)

// always is a card with one answer.
func always(t *testing.T, answer string) apdu.Transmitter {
	b := wire(t, answer, 0, "")
	return cardFunc(func(context.Context, []byte) ([]byte, error) { return b, nil })
}

func TestChannelSend(t *testing.T) {
	record := apdu.ReadRecord(apdu.CurrentEF, apdu.RecordFirstByID, 1, 0x10)
	for _, row := range []struct {
		name  string
		cmd   apdu.Command
		steps []step
		data  string
		sw    apdu.StatusWord
	}{
		{"answered at once", record, []step{{"00B2010010", "01029000"}}, "0102", 0x9000},
		{"refused", record, []step{{"00B2010010", "6A83"}}, "", 0x6A83},
		{"a warning keeps its data", record, []step{{"00B2010010", "01026282"}}, "0102", 0x6282},
		{"61xx", record, []step{
			{"00B2010010", "6102"}, {"00C0000002", "01029000"}}, "0102", 0x9000},
		{"6100 is 256", record, []step{
			{"00B2010010", "6100"}, {"00C0000000", "01029000"}}, "0102", 0x9000},
		{"61xx with data", record, []step{
			{"00B2010010", "016101"}, {"00C0000001", "029000"}}, "0102", 0x9000},
		{"61xx in several pieces", record, []step{
			{"00B2010010", "6102"}, {"00C0000002", "01026101"}, {"00C0000001", "036101"}, {"00C0000001", "049000"}}, "01020304", 0x9000},
		{"61xx that ends in a warning", record, []step{
			{"00B2010010", "6102"}, {"00C0000002", "01026281"}}, "0102", 0x6281},
		{"6Cxx", record, []step{
			{"00B2010010", "6C12"}, {"00B2010012", "01029000"}}, "0102", 0x9000},
		{"6C00 is 256", record, []step{
			{"00B2010010", "6C00"}, {"00B2010000", "01029000"}}, "0102", 0x9000},
		{"6Cxx then 61xx", record, []step{
			{"00B2010010", "6C12"}, {"00B2010012", "6102"}, {"00C0000002", "01029000"}}, "0102", 0x9000},
		{"6Cxx twice is the answer", record, []step{
			{"00B2010010", "6C12"}, {"00B2010012", "6C13"}}, "", 0x6C13},
		{"6Cxx to GET RESPONSE", record, []step{
			{"00B2010010", "6104"}, {"00C0000004", "6C02"}, {"00C0000002", "01029000"}}, "0102", 0x9000},
		{"a command with data", apdu.SelectFile(apdu.SelectEFByID, 0xEF05), []step{{"00A4020002EF05", "9000"}}, "", 0x9000},
	} {
		t.Run(row.name, func(t *testing.T) {
			card := &script{t: t, steps: row.steps}
			ch := apdu.NewChannel(card)
			resp, err := ch.Send(t.Context(), row.cmd)
			require.NoError(t, err)
			require.Equal(t, row.data, apdu.Hex(resp.Data))
			require.Equal(t, row.sw, resp.SW)
			require.Empty(t, card.steps)
			require.Equal(t, len(row.steps), ch.Exchanges())
		})
	}
}

func TestChannelBoundsGetResponse(t *testing.T) {
	for _, row := range []struct {
		name, answer string
		exchanges    int
	}{
		{"one byte at a time", "016101", 257},
		{"never a byte", "6101", 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			ch := apdu.NewChannel(always(t, row.answer))
			_, err := ch.Send(t.Context(), apdu.GetChallenge(8))
			require.ErrorIs(t, err, apdu.ErrProtocol)
			require.Equal(t, row.exchanges, ch.Exchanges())
		})
	}
}

func TestChannelTakesTheLongestAnswer(t *testing.T) {
	left := apdu.MaxExtendedNe
	ch := apdu.NewChannel(cardFunc(func(_ context.Context, command []byte) ([]byte, error) {
		cmd, err := apdu.Parse(command)
		require.NoError(t, err)
		if cmd.INS != apdu.InsGetResponse {
			return apdu.Response{SW: 0x6100}.Bytes(), nil
		}
		left -= cmd.Ne
		if left > 0 {
			return apdu.Response{Data: fill(cmd.Ne), SW: 0x6100}.Bytes(), nil
		}
		return apdu.Response{Data: fill(cmd.Ne), SW: 0x9000}.Bytes(), nil
	}))
	data, err := ch.Do(t.Context(), "READ BINARY", apdu.Command{INS: apdu.InsReadBinary, Ne: apdu.MaxExtendedNe})
	require.NoError(t, err)
	require.Len(t, data, apdu.MaxExtendedNe)
	require.Equal(t, 257, ch.Exchanges())
}

func TestChannelDo(t *testing.T) {
	for _, row := range []struct {
		name, answer string
		want         error // nil: the data come back
	}{
		{"done", "01029000", nil},
		{"refused", "6982", apdu.ErrSecurityStatus},
		{"a warning is no success", "01026282", apdu.ErrRefused},
		{"6Cxx without end", "6C12", apdu.ErrProtocol},
	} {
		t.Run(row.name, func(t *testing.T) {
			data, err := apdu.NewChannel(always(t, row.answer)).Do(t.Context(), "READ RECORD EF05", apdu.GetChallenge(8))
			if row.want == nil {
				require.NoError(t, err)
				require.Equal(t, []byte{1, 2}, data)
				return
			}
			require.ErrorIs(t, err, row.want)
			var refused *apdu.StatusError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, "READ RECORD EF05", refused.Command)
			require.Nil(t, data)
		})
	}
}

func TestChannelFailures(t *testing.T) {
	pulled := errors.New("card pulled")
	fails := cardFunc(func(context.Context, []byte) ([]byte, error) { return nil, pulled })
	verify := apdu.Command{INS: apdu.InsVerify, Data: []byte{0x12, 0x34, 0x56}}
	for _, row := range []struct {
		name      string
		card      apdu.Transmitter
		cmd       apdu.Command
		want      error
		exchanges int
	}{
		{"the card is gone", fails, verify, pulled, 1},
		{"no answer", always(t, ""), verify, apdu.ErrMalformed, 1},
		{"half a status word", always(t, "90"), verify, apdu.ErrMalformed, 1},
		{"gone before GET RESPONSE", after(t, "6108", fails), verify, pulled, 2},
		{"gone before the repetition", after(t, "6C08", fails), verify, pulled, 2},
		{"a command that cannot be sent", fails, apdu.Command{INS: apdu.InsVerify, Ne: -1}, apdu.ErrMalformed, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			ch := apdu.NewChannel(row.card)
			_, err := ch.Do(t.Context(), "VERIFY", row.cmd)
			require.ErrorIs(t, err, row.want)
			require.NotContains(t, err.Error(), "123456")
			require.Equal(t, row.exchanges, ch.Exchanges())
		})
	}
}

// after is a card that gives one answer and is then another card.
func after(t *testing.T, answer string, then apdu.Transmitter) apdu.Transmitter {
	first := always(t, answer)
	return cardFunc(func(ctx context.Context, command []byte) ([]byte, error) {
		now := first
		first = then
		return now.Transmit(ctx, command)
	})
}

func TestChannelPassesTheContextOn(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "mine")
	ch := apdu.NewChannel(cardFunc(func(ctx context.Context, _ []byte) ([]byte, error) {
		require.Equal(t, "mine", ctx.Value(key{}))
		return []byte{0x90, 0x00}, nil
	}))
	_, err := ch.Send(ctx, apdu.GetChallenge(8))
	require.NoError(t, err)
}
