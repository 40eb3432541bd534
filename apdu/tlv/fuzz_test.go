package tlv_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu/tlv"
)

// requireFault allows the two faults a parse may end in.
func requireFault(t *testing.T, err error) {
	require.True(t, err == nil || errors.Is(err, tlv.ErrMalformed) || errors.Is(err, tlv.ErrLimit), err)
}

func FuzzBER(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		objects, err := tlv.Parse(b)
		requireFault(t, err)

		var again []byte
		for _, o := range objects {
			again = tlv.AppendBER(again, o.Tag, o.Value)
		}
		require.LessOrEqual(t, len(again), len(b))
		same, err := tlv.Parse(again)
		require.NoError(t, err)
		require.Equal(t, objects, same)
	})
}

func FuzzSimple(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		records, err := tlv.ParseSimple(b)
		requireFault(t, err)

		var again []byte
		for _, r := range records {
			again = tlv.AppendSimple(again, r.Tag, r.Value)
		}
		require.True(t, bytes.HasPrefix(b, again))
	})
}

func FuzzFind(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte, outer, inner uint32) {
		value, found, err := tlv.Find(b, tlv.Tag(outer), tlv.Tag(inner))
		requireFault(t, err)
		if !found {
			require.Nil(t, value)
			return
		}
		require.NoError(t, err)
		require.True(t, bytes.Contains(b, value))

		nested := tlv.AppendBER(nil, tlv.Tag(outer), tlv.AppendBER(nil, tlv.Tag(inner), value))
		again, found, err := tlv.Find(nested, tlv.Tag(outer), tlv.Tag(inner))
		require.NoError(t, err)
		require.True(t, found)
		require.True(t, bytes.Equal(value, again))
	})
}
