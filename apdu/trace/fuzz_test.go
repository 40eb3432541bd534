package trace_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu/trace"
)

func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := trace.Parse(bytes.NewReader(b))
		if err != nil {
			var at *trace.ParseError
			require.ErrorAs(t, err, &at)
			return
		}
		s.ATR()
		var out bytes.Buffer
		_, err = s.WriteTo(&out)
		require.NoError(t, err)
		again, err := trace.Parse(&out)
		require.NoError(t, err)
		requireSame(t, s, again)
	})
}
