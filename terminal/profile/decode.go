package profile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Format is how the value of a record is coded.
type Format string

const (
	Text   Format = "text"   // an: GBK or GB18030, ended by 00, padded with 00, FF or spaces
	Digits Format = "digits" // cn: packed BCD, left aligned, padded with the nibble F
	Hex    Format = "hex"    // bytes as they are, in upper-case hexadecimal
	Date   Format = "date"   // cn of YYYYMMDD, given as 2006-01-02
)

var decoders = map[Format]func([]byte) (string, error){
	Text:   decodeText,
	Digits: decodeDigits,
	Hex:    decodeHex,
	Date:   decodeDate,
}

// ErrValue says that a value breaks the rules of its format. Errors never quote the value: it may be personal.
var ErrValue = errors.New("malformed value")

// Value is a decoded value.
type Value struct {
	Text        string
	Raw         []byte // what was decoded, not copied
	Set         bool   // false: the card keeps the record and nothing in it
	Undecodable bool   // Text has U+FFFD where Raw has characters outside GB18030
}

// Decode decodes the value bytes of a record. A value of nothing but FF or nothing but 00 is not set, and neither is
// a text of nothing but padding. A value that breaks its format gives an [ErrValue], and its bytes as Raw.
func Decode(f Format, raw []byte) (Value, error) {
	decode, ok := decoders[f]
	switch {
	case !ok:
		return Value{Raw: raw}, fmt.Errorf("%w: no format %q", ErrValue, f)
	case filled(raw, 0xFF), filled(raw, 0x00):
		return Value{Raw: raw}, nil
	}
	text, err := decode(raw)
	if err != nil {
		return Value{Raw: raw, Set: true}, fmt.Errorf("%w: %w", ErrValue, err)
	}
	return Value{
		Text:        text,
		Raw:         raw,
		Set:         text != "",
		Undecodable: strings.ContainsRune(text, utf8.RuneError),
	}, nil
}

// JoinContinued joins the values of a record and those that continue it: each without its 00 and FF padding, by
// bytes, since a character may begin in one record and end in the next. Spaces stay: a full record may end in one.
func JoinContinued(parts ...[]byte) []byte {
	var joined []byte
	for _, part := range parts {
		joined = append(joined, trimPad(part)...)
	}
	return joined
}

func filled(raw []byte, with byte) bool {
	return bytes.Count(raw, []byte{with}) == len(raw)
}

// trimPad cannot cut a character: no byte of a GB18030 character is 00 or FF. (bytes.TrimRight would: to it every
// byte outside UTF-8 is the same character.)
func trimPad(raw []byte) []byte {
	raw, _, _ = bytes.Cut(raw, []byte{0x00})
	for len(raw) > 0 && raw[len(raw)-1] == 0xFF {
		raw = raw[:len(raw)-1]
	}
	return raw
}

func decodeText(raw []byte) (string, error) {
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(trimPad(raw))
	return strings.TrimRight(string(text), " \u3000"), err
}

func decodeDigits(raw []byte) (string, error) {
	digits := strings.TrimRight(hex.EncodeToString(raw), "f")
	if i := strings.IndexFunc(digits, func(r rune) bool { return r > '9' }); i >= 0 {
		return "", fmt.Errorf("nibble %d is no decimal digit", i+1)
	}
	return digits, nil
}

func decodeHex(raw []byte) (string, error) {
	return strings.ToUpper(hex.EncodeToString(raw)), nil
}

func decodeDate(raw []byte) (string, error) {
	day, err := time.Parse("20060102", hex.EncodeToString(raw))
	if err != nil || day.Year() == 0 {
		return "", errors.New("no date of the calendar") // and not err, which quotes the value
	}
	return day.Format(time.DateOnly), nil
}
