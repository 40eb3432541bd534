//go:build cgo

package pcsc

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWholeATR(t *testing.T) {
	for _, row := range []struct{ name, atr string }{
		{"T=0", "3B6D00000081544C968684510100000002"},
		{"contactless", "3B8D80010081544C96868451010000000247"},
		{"contactless, no historical bytes", "3B80800101"},
		{"T=1", "3B800181"},
		{"T=1 by TA2", "3B8090810190"},
		{"inverse convention", "3F6500002001020304"},
		{"all interface bytes", "3BF5112233810A0B0102030405"},
	} {
		t.Run(row.name, func(t *testing.T) {
			atr, err := hex.DecodeString(row.atr)
			require.NoError(t, err)
			require.Equal(t, atr, wholeATR(atr))
			record := make([]byte, 33)
			copy(record, atr)
			require.Equal(t, atr, wholeATR(record))
			for n := range atr { // cut short
				require.Equal(t, atr[:n], wholeATR(atr[:n]))
			}
		})
	}
	for _, junk := range [][]byte{nil, {}, {0x3B}, {0, 0}, make([]byte, 33), {0x3B, 0x8F}, {0x3B, 0xF0, 1, 2, 3, 0xF0}} {
		require.Equal(t, junk, wholeATR(junk))
	}
}
