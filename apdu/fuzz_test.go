package apdu_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
)

func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		cmd, err := apdu.Parse(b)
		if err != nil {
			require.ErrorIs(t, err, apdu.ErrMalformed)
			return
		}
		again, err := cmd.Bytes()
		require.NoError(t, err)
		require.Equal(t, b, again)
	})
}

func FuzzParseResponse(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		resp, err := apdu.ParseResponse(b)
		if err != nil {
			require.ErrorIs(t, err, apdu.ErrMalformed)
			return
		}
		require.Equal(t, b, resp.Bytes())
		require.NotEmpty(t, resp.SW.Meaning())
	})
}

func FuzzParseHex(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		b, err := apdu.ParseHex(s)
		if err != nil {
			require.ErrorIs(t, err, apdu.ErrMalformed)
			return
		}
		again, err := apdu.ParseHex(apdu.Hex(b))
		require.NoError(t, err)
		require.True(t, bytes.Equal(b, again))
	})
}
