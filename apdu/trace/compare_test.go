package trace_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu/trace"
)

func TestCompare(t *testing.T) {
	const base = "> 00A4020002EF05\n< 9000 +1ms\n> 00B2030006\n< 0304332E3030 9000\n> 00B207000B\n< 0709413030303030303033 9000\n"
	for _, row := range []struct {
		name, other string
		want        []string
	}{
		{"the same", base, nil},
		{"another time", "> 00A4020002EF05\n< 9000 +9ms\n" + base[len("> 00A4020002EF05\n< 9000 +1ms\n"):], nil},
		{"in pieces", "> 00A4020002EF05\n< 9000\n> 00B2030006\n< 0304 6104\n> 00C0000004\n< 332E3030 9000\n> 00B2070000\n< 6C0B\n> 00B207000B\n< 0709413030303030303033 9000\n", nil},
		{"another answer", "> 00A4020002EF05\n< 9000\n> 00B2030006\n< 0304322E3030 9000\n> 00B207000B\n< 6A83\n",
			[]string{"answer READ RECORD 00B20300", "answer READ RECORD 00B20700"}},
		{"a fault", "> 00A4020002EF05\n< 9000\n> 00B2030006\n! removed\n", []string{"answer READ RECORD 00B20300", "missing READ RECORD 00B20700"}},
		{"one more at the beginning", "> 0084000008\n< 0102030405060708 9000\n" + base, []string{"extra GET CHALLENGE 00840000"}},
		{"another in the middle", "> 00A4020002EF05\n< 9000\n> 00B2010012\n< 6A83\n> 00B207000B\n< 0709413030303030303033 9000\n",
			[]string{"missing READ RECORD 00B20300", "extra READ RECORD 00B20100"}},
		{"another file", "> 00A4020002EF06\n< 9000\n> 00B2030006\n< 6A83\n", []string{"missing SELECT 00A40200", "missing READ RECORD 00B20300",
			"missing READ RECORD 00B20700", "extra SELECT 00A40200", "extra READ RECORD 00B20300"}},
		{"a feature of the reader", base + "* 06\n< 9000\n", []string{"extra feature 06 of the reader"}},
		{"metadata", "@ interface contactless\n" + base, []string{"metadata interface"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, d := range trace.Compare(parseAll(t, first+base)[0], parseAll(t, first+row.other)[0]) {
				what := d.Key
				switch {
				case d.A != nil:
					what = d.A.Name()
				case d.B != nil:
					what = d.B.Name()
				}
				got = append(got, string(d.Kind)+" "+what)
			}
			require.Equal(t, row.want, got)
		})
	}
}

func TestCompareSeesNoPIN(t *testing.T) {
	a, b := parseAll(t, first+"> 0020000003123456\n< 9000\n")[0], parseAll(t, first+"> 0020000003000000\n< 9000\n")[0]
	require.Empty(t, trace.Compare(a, b))
}

func TestSteps(t *testing.T) {
	s := parseAll(t, first+`> 00B2013D00
< 61 04
> 00C0000004
< 0304 9000
> 00A4040006D1560000050A
< 6A82
> 00B0950004
< 6C02
> 00B0950002
< 3132 9000
> 00A40400 06 D15600000503
< 6282
> 00B0000004
! removed +2ms
* 06
< 6401
> 00
< 6D00
`)[0]
	type row struct {
		name, place string
		first, last int
		done        bool
	}
	var got []row
	for _, step := range s.Steps() {
		got = append(got, row{step.Name(), step.Place.String(), step.First, step.Last, step.Done()})
	}
	require.Equal(t, []row{
		{"READ RECORD 00B2013D", "SSSE EF07", 0, 1, true},
		{"SELECT 00A40400", "DF0A", 2, 2, false},
		{"READ BINARY 00B09500", "SSSE EF15", 3, 4, true},
		{"SELECT 00A40400", "DF04", 5, 5, true},
		{"READ BINARY 00B00000", "DF04", 6, 6, false},
		{"feature 06 of the reader", "DF04", 7, 7, false},
		{"not a command", "DF04", 8, 8, false},
	}, got)
}

func TestCard(t *testing.T) {
	const one, two = first + "@ atr 3B00\n> 00A40000\n< 9000\n> 00B20000\n< 6A83\n", first + "@ atr 3B01\n> 00A40000\n< 6A82\n"
	const none = first + "@ connect mute\n"
	card, err := trace.NewCard(parseAll(t, one+none+two))
	require.NoError(t, err)
	var lost []error
	card.Lost = func(err error) { lost = append(lost, err) }
	ask := func(command ...byte) []byte {
		response, err := card.Transmit(t.Context(), command)
		require.NoError(t, err)
		return response
	}
	card.Reset()
	card.Reset()
	require.Equal(t, []byte{0x3B, 0x00}, card.ATR(), "nothing has begun")
	require.Equal(t, []byte{0x90, 0x00}, ask(0x00, 0xA4, 0x00, 0x00))
	card.Reset()
	require.Equal(t, []byte{0x3B, 0x01}, card.ATR(), "reset in the middle")
	require.Equal(t, []byte{0x6A, 0x82}, ask(0x00, 0xA4, 0x00, 0x00))
	require.Equal(t, []byte{0x90, 0x00}, ask(0x00, 0xA4, 0x00, 0x00), "from the beginning again")
	require.Equal(t, []byte{0x6A, 0x83}, ask(0x00, 0xB2, 0x00, 0x00))
	_, err = card.Transmit(t.Context(), []byte{0x00, 0xB2, 0x00, 0x00})
	require.Error(t, err)
	require.Len(t, lost, 1)
	require.EqualError(t, lost[0], "exchange 0: READ RECORD 00B20000, but recorded is SELECT 00A40000")

	_, err = trace.NewCard(parseAll(t, none))
	require.ErrorIs(t, err, trace.ErrNoSession)
}
