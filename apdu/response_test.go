package apdu_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sscard/apdu"
)

func TestParseResponse(t *testing.T) {
	for _, row := range []struct {
		name string
		in   []byte
		want apdu.Response
	}{
		{"status only", []byte{0x6A, 0x82}, apdu.Response{Data: []byte{}, SW: 0x6A82}},
		{"data and status", []byte{0x90, 0x00, 0x90, 0x00}, apdu.Response{Data: []byte{0x90, 0x00}, SW: 0x9000}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := apdu.ParseResponse(row.in)
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

func TestParseResponseRefuses(t *testing.T) {
	for _, row := range []struct {
		name string
		in   []byte
	}{
		{"nothing", nil},
		{"one byte", []byte{0x90}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := apdu.ParseResponse(row.in)
			require.ErrorIs(t, err, apdu.ErrMalformed)
		})
	}
}

func TestResponseLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 2, 300).Draw(t, "bytes")
		resp, err := apdu.ParseResponse(b)
		require.NoError(t, err)
		require.True(t, bytes.Equal(b, resp.Bytes()))
	})
}
