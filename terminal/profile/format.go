package profile

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Format is how a value is coded.
type Format string

const (
	Text   Format = "text"   // an: GBK or GB18030, ended by 00, padded with 00, FF or spaces
	Digits Format = "digits" // cn: packed BCD, left aligned, padded with the nibble F
	Hex    Format = "hex"    // bytes as they are, in upper-case hexadecimal
	Number Format = "number" // b: big-endian, in decimal
	Date   Format = "date"   // cn of YYYYMMDD, given as 2006-01-02
	Time   Format = "time"   // cn of YYYYMMDDhhmmss, given as 2006-01-02 15:04:05
)

// codec is both ways of a format. It is not asked for values that are not set.
type codec struct {
	decode func([]byte) (string, error)
	encode func(text string, length int) ([]byte, error) // may be shorter than length, or longer
	pad    byte
	zero   bool // nothing but 00 is a value
}

var codecs = map[Format]codec{
	Text:   {decode: decodeText, encode: encodeText, pad: 0x00},
	Digits: {decode: decodeDigits, encode: encodeDigits, pad: 0xFF},
	Hex:    {decode: decodeHex, encode: encodeHex, pad: 0xFF},
	Number: {decode: decodeNumber, encode: encodeNumber, pad: 0xFF, zero: true},
	Date:   {decode: date.decode, encode: date.encode, pad: 0xFF},
	Time:   {decode: dateTime.decode, encode: dateTime.encode, pad: 0xFF},
}

func decodeText(raw []byte) (string, error) {
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(trimPad(raw))
	return strings.TrimRight(string(text), " \u3000"), err
}

// encodeText keeps to GBK, as the standard does: other readers do not know the characters of four bytes.
func encodeText(text string, _ int) ([]byte, error) {
	raw, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%w: a character is not in GBK", ErrUnencodable)
	}
	return raw, nil
}

func decodeDigits(raw []byte) (string, error) {
	digits := strings.TrimRight(hex.EncodeToString(raw), "f")
	if i := strings.IndexFunc(digits, notDigit); i >= 0 {
		return "", fmt.Errorf("nibble %d is no decimal digit", i+1)
	}
	return digits, nil
}

func encodeDigits(text string, _ int) ([]byte, error) {
	if strings.ContainsFunc(text, notDigit) {
		return nil, fmt.Errorf("%w: not all are decimal digits", ErrUnencodable)
	}
	return hex.DecodeString(text + strings.Repeat("f", len(text)%2))
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

func decodeHex(raw []byte) (string, error) {
	return strings.ToUpper(hex.EncodeToString(raw)), nil
}

func encodeHex(text string, length int) ([]byte, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) < length {
		return nil, fmt.Errorf("%w: not %d bytes in hexadecimal", ErrUnencodable, length)
	}
	return raw, nil
}

func decodeNumber(raw []byte) (string, error) {
	return new(big.Int).SetBytes(raw).String(), nil
}

func encodeNumber(text string, length int) ([]byte, error) {
	if strings.ContainsFunc(text, notDigit) {
		return nil, fmt.Errorf("%w: no decimal number", ErrUnencodable)
	}
	n, _ := new(big.Int).SetString(text, 10)
	return n.FillBytes(make([]byte, max(length, (n.BitLen()+7)/8))), nil
}

// stamp is a point in time as digits on the card and as text.
type stamp struct{ digits, text string }

var (
	date     = stamp{"20060102", time.DateOnly}
	dateTime = stamp{"20060102150405", time.DateTime}
)

func (s stamp) decode(raw []byte) (string, error) {
	t, err := time.Parse(s.digits, hex.EncodeToString(raw))
	if err != nil || t.Year() == 0 {
		return "", ErrDate // and not err, which quotes the value
	}
	return t.Format(s.text), nil
}

// encode takes the digits, which are how the functions of 人社信息函〔2016〕38号 write, as well as the text.
func (s stamp) encode(text string, _ int) ([]byte, error) {
	for _, layout := range []string{s.text, s.digits} {
		t, err := time.Parse(layout, text)
		if err == nil && t.Year() != 0 && t.Format(layout) == text {
			return hex.DecodeString(t.Format(s.digits))
		}
	}
	return nil, ErrDate
}
