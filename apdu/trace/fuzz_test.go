package trace_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu/trace"
)

func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		sessions, err := trace.ParseAll(bytes.NewReader(b))
		if err != nil {
			var at *trace.ParseError
			require.ErrorAs(t, err, &at)
			return
		}
		for _, s := range sessions {
			s.ATR()
			s.Steps()
		}
		var out bytes.Buffer
		require.NoError(t, trace.WriteAll(&out, sessions))
		again, err := trace.ParseAll(&out)
		require.NoError(t, err)
		require.Len(t, again, len(sessions))
		for i := range sessions {
			requireSame(t, sessions[i], again[i])
		}
	})
}

// Whatever is in a file, it is redacted or refused; what comes out has the shape of what came in, says the same when it
// is redacted again, and goes with the original as the same commands.
func FuzzRedact(f *testing.F) {
	f.Add([]byte(first + someone))
	f.Add([]byte(first + "@ atr 3B6D00000081544C968684510112345678\n> 00A4040006D1560000050A\n< 9000\n> 00B0950010\n< 300E0203123456130541393939390500FFFF 9000\n"))
	f.Add([]byte(first + "> 0020000003123456\n< 9000\n> BFDE670A28868451010000000135313031303073783531303030307368A1A2A3A4A5A6A7A80000000000000000\n< 9000\n* 06\n< 9000\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		sessions, err := trace.ParseAll(bytes.NewReader(b))
		if err != nil {
			return
		}
		how := seeded(1)
		how.BlankUnknown = true
		redacted, err := trace.Redact(sessions, how)
		if err != nil {
			require.ErrorIs(t, err, trace.ErrRemains)
			return
		}
		for i, s := range redacted {
			require.Len(t, s.Exchanges, len(sessions[i].Exchanges))
			for j, x := range s.Exchanges {
				was := sessions[i].Exchanges[j]
				require.Len(t, x.Command, len(was.Command))
				require.Len(t, x.Response, len(was.Response))
				require.Equal(t, was.Fault, x.Fault)
			}
		}
		again, err := trace.Redact(redacted, seeded(2))
		require.NoError(t, err)
		require.Equal(t, redacted, again)
	})
}
