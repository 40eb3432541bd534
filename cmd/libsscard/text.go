//go:build cgo

package main

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// decode takes what GBK can say and, where a host says it, what only GB18030 can.
func decode(text []byte) (string, error) {
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(text)
	if err != nil || strings.ContainsRune(string(decoded), utf8.RuneError) {
		return "", errData
	}
	return string(decoded), nil
}

// inC stands for what a text in GBK cannot have: runes that GBK lacks, which the encoder makes SUB, and NUL, which would
// end it early.
var inC = strings.NewReplacer("\x1A", "?", "\x00", "?")

func encode(text string) string {
	// The error is about what GBK lacks, and that has been replaced.
	encoded, _ := encoding.ReplaceUnsupported(simplifiedchinese.GBK.NewEncoder()).String(text)
	return inC.Replace(encoded)
}
