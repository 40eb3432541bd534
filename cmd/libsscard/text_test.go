//go:build cgo

package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestText(t *testing.T) {
	tests := []struct{ name, utf8, gbk string }{
		{"empty", "", ""},
		{"ASCII", "510100|", "510100|"},
		{"GB 2312", "张三", "\xD5\xC5\xC8\xFD"},
		{"GBK", "喆", "\x86\xB4"},
		{"interpunct", "古丽·热", "\xB9\xC5\xC0\xF6\xA1\xA4\xC8\xC8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.gbk, encode(test.utf8))
			text, err := decode([]byte(test.gbk))
			require.NoError(t, err)
			require.Equal(t, test.utf8, text)
		})
	}
	require.Equal(t, "\xCD\xF5?|", encode("王𬭳|"), "a rune that GBK lacks")
	require.Equal(t, "1?2", encode("1\x002"), "NUL")
	_, err := decode([]byte{0x81, 0xFF})
	require.ErrorIs(t, err, errData)
}
