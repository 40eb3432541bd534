package apdu

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHistoricalBytes(t *testing.T) {
	tests := []struct{ name, atr, want string }{
		{"3.0 contact", "3B6D00000081544C968684510100000001", "0081544C968684510100000001"},
		{"contactless", "3B8D80010081544C96868451010000000150", "0081544C968684510100000001"},
		{"no interface bytes", "3B02AABB", "AABB"},
		{"no historical bytes", "3B00", ""},
		{"TA1 to TD1, TA2", "3BF3112233104455AABBCC", "55AABB"},
		{"contactless without historical bytes", "3B80800101", ""},
		{"inverse convention", "3F6500000102030405", "0102030405"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			atr, err := ParseHex(test.atr)
			require.NoError(t, err)
			got, err := HistoricalBytes(atr)
			require.NoError(t, err)
			require.Equal(t, test.want, Hex(got))
			for n := range len(atr) {
				_, _ = HistoricalBytes(atr[:n]) // cut anywhere: no panic
			}
		})
	}
	for _, short := range []string{"", "3B", "3B02AA", "3B80", "3B8080", "3BF011", "3B6D0000"} {
		atr, err := ParseHex(short)
		require.NoError(t, err)
		_, err = HistoricalBytes(atr)
		require.ErrorIs(t, err, ErrMalformed, short)
	}
}

func FuzzHistoricalBytes(f *testing.F) {
	f.Add([]byte{0x3B, 0x6D, 0, 0, 0, 0x81, 0x54, 0x4C, 0x96, 0x86, 0x84, 0x51, 0x01, 0, 0, 0, 1})
	f.Add([]byte{0x3B, 0x8D, 0x80, 0x01})
	f.Fuzz(func(t *testing.T, atr []byte) {
		if got, err := HistoricalBytes(atr); err == nil {
			require.LessOrEqual(t, len(got), 15)
		}
	})
}

func TestParseATR(t *testing.T) {
	for _, row := range []struct {
		name, atr  string
		bytes      string // interface bytes
		protocols  []int
		f, d       int
		historical string
		check      string // what is wrong with the check byte
	}{
		{"3.0 contact", "3B6D00000081544C968684510100000001", "TB1=00 TC1=00", []int{0}, 372, 1, "0081544C968684510100000001", ""},
		{"contactless", "3B8D80010081544C96868451010000000150", "TD1=80 TD2=01", []int{0, 1}, 372, 1, "0081544C968684510100000001", ""},
		{"nothing but T0", "3B00", "", []int{0}, 372, 1, "", ""},
		{"inverse convention", "3F6500000102030405", "TB1=00 TC1=00", []int{0}, 372, 1, "0102030405", ""},
		{"fast", "3B1296AABB", "TA1=96", []int{0}, 512, 32, "AABB", ""},
		{"reserved rates", "3B107F", "TA1=7F", []int{0}, 0, 0, "", ""},
		{"T=1 and its bytes", "3BF01100FF8131FE4515", "TA1=11 TB1=00 TC1=FF TD1=81 TD2=31 TA3=FE TB3=45", []int{1, 1}, 372, 1, "", ""},
		{"T=0 and global bytes", "3B9095801FC359", "TA1=95 TD1=80 TD2=1F TA3=C3", []int{0}, 512, 16, "", ""},
		{"wrong check byte", "3B80800102", "TD1=80 TD2=01", []int{0, 1}, 372, 1, "", "exclusive or"},
		{"no check byte", "3B808001", "TD1=80 TD2=01", []int{0, 1}, 372, 1, "", "no TCK"},
		{"check byte of T=0 only", "3B0055", "", []int{0}, 372, 1, "", "only T=0"},
	} {
		t.Run(row.name, func(t *testing.T) {
			raw, err := ParseHex(row.atr)
			require.NoError(t, err)
			atr, err := ParseATR(raw)
			require.NoError(t, err)
			var named []string
			for _, b := range atr.Interface {
				named = append(named, fmt.Sprintf("%s=%02X", b.Name(), b.Value))
			}
			require.Equal(t, row.bytes, strings.Join(named, " "))
			require.Equal(t, row.protocols, atr.Protocols())
			f, d := atr.Rates()
			require.Equal(t, []int{row.f, row.d}, []int{f, d})
			require.Equal(t, row.historical, Hex(atr.Historical))
			if row.check == "" {
				require.NoError(t, atr.Check())
			} else {
				require.ErrorContains(t, atr.Check(), row.check)
			}
		})
	}
}

func TestParseATRRefuses(t *testing.T) {
	for _, row := range []struct{ name, atr, want string }{
		{"nothing", "", "0 bytes"},
		{"TS only", "3B", "1 bytes"},
		{"too long", "3B" + strings.Repeat("00", 33), "34 bytes"},
		{"another TS", "3C00", "begins with 3C"},
		{"interface bytes cut short", "3BF011", "cut short"},
		{"historical bytes cut short", "3B6D0000", "cut short"},
		{"groups without end", "3B80" + strings.Repeat("80", 31), "cut short"},
		{"bytes behind", "3B000102", "2 bytes behind"},
	} {
		t.Run(row.name, func(t *testing.T) {
			raw, err := ParseHex(row.atr)
			require.NoError(t, err)
			_, err = ParseATR(raw)
			require.ErrorIs(t, err, ErrMalformed)
			require.ErrorContains(t, err, row.want)
		})
	}
}

func TestParseHistorical(t *testing.T) {
	b, err := ParseHex("0081544C968684510100000001")
	require.NoError(t, err)
	h, err := ParseHistorical(b)
	require.NoError(t, err)
	require.Equal(t, Historical{
		ChipMaker: [2]byte{0x00, 0x81}, System: [3]byte{0x54, 0x4C, 0x96}, CardMaker: [2]byte{0x86, 0x84},
		Region: "5101", Serial: [4]byte{0, 0, 0, 1},
	}, h)
	_, err = ParseHistorical(b[:12])
	require.ErrorIs(t, err, ErrMalformed)
}

func TestMaskATR(t *testing.T) {
	for _, row := range []struct{ name, atr, want string }{
		{"3.0 contact", "3B6D00000081544C968684510112345678", "3B6D00000081544C9686845101........"},
		{"contactless, the check byte too", "3B8D80010081544C96868451011234567858", "3B8D80010081544C9686845101.........."},
		{"another card", "3B02AABB", "3B02AABB"},
		{"no answer to reset", "510100200001010019", "51010020.........."},
		{"something behind a short one", "3B02AABB1234", "3B02AABB...."},
		{"nothing", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			atr, err := ParseHex(row.atr)
			require.NoError(t, err)
			require.Equal(t, row.want, MaskATR(atr))
		})
	}
}

func FuzzParseATR(f *testing.F) {
	for _, seed := range []string{
		"3B6D00000081544C968684510100000001", "3B8D80010081544C96868451010000000150", "3F6500000102030405",
		"3BF01100FF8131FE4515", "3B9095801FC359", "3B80808080",
	} {
		b, err := ParseHex(seed)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		atr, err := ParseATR(raw)
		require.Len(t, MaskATR(raw), 2*len(raw))
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		again := []byte{atr.TS, atr.T0}
		for _, b := range atr.Interface {
			again = append(again, b.Value)
		}
		require.Equal(t, raw, append(append(again, atr.Historical...), atr.TCK...), "every byte has its place")
		lenient, err := HistoricalBytes(raw)
		require.NoError(t, err)
		require.Equal(t, atr.Historical, lenient)
		require.NotEmpty(t, atr.Protocols())
		_ = atr.Check()
	})
}
