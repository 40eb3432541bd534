package apdu

import (
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
