package softcard

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"

	"sscard/apdu"
	"sscard/apdu/tlv"
)

// Bounds of what a file holds: a record is read in one go, and an offset has 15 bits.
const (
	maxRecord  = apdu.MaxShortNe
	maxRecords = 0xFE // a record number is one byte
	tlvHeader  = 2
	maxBinary  = 1 << 15
	blankByte  = 0xFF
)

// build makes a record with tag and length, or a bare one, which has no tag.
func (s recordSpec) build(bare bool) (record, error) {
	value, err := s.value()
	switch {
	case err != nil:
		return record{}, err
	case bare && s.Tag != "":
		return record{}, within("tag", errors.New("in a cyclic file"))
	case bare && (len(value) == 0 || len(value) > maxRecord):
		return record{}, fmt.Errorf("%d bytes are not 1 to %d", len(value), maxRecord)
	case bare:
		return record{bytes: value}, nil
	case len(value) > maxRecord-tlvHeader:
		return record{}, fmt.Errorf("%d bytes are over %d", len(value), maxRecord-tlvHeader)
	}
	tag, err := parseByte(s.Tag)
	if err == nil && (tag == 0x00 || tag == 0xFF) {
		err = errors.New("00 and FF are padding")
	}
	if err != nil {
		return record{}, within("tag", err)
	}
	return record{id: tag, bytes: tlv.AppendSimple(nil, tag, value)}, nil
}

// coding turns one way to write a value into bytes; filler makes it up to the length asked for.
type coding struct {
	name   string
	text   *string
	bytes  func(string) ([]byte, error)
	filler byte
}

// value is the record's value, which is written in exactly one way.
func (s recordSpec) value() ([]byte, error) {
	codings := []coding{
		{"hex", s.Hex, apdu.ParseHex, 0x00},
		{"text", s.Text, encodeGBK, 0x00},
		{"digits", s.Digits, packDigits, 0xFF},
	}
	var chosen []coding
	for _, c := range codings {
		if c.text != nil {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) != 1 {
		return nil, errors.New("needs one of hex, text, digits")
	}
	c := chosen[0]
	value, err := c.bytes(*c.text)
	if err != nil {
		return nil, within(c.name, err)
	}
	if s.Length == 0 {
		return value, nil
	}
	if s.Length < len(value) || s.Length > maxRecord {
		return nil, within("length", fmt.Errorf("%d bytes in %d", len(value), s.Length))
	}
	return append(value, bytes.Repeat([]byte{c.filler}, s.Length-len(value))...), nil
}

func encodeGBK(s string) ([]byte, error) {
	return simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
}

// packDigits is packed BCD, an odd digit filled with F.
func packDigits(s string) ([]byte, error) {
	if strings.Trim(s, "0123456789") != "" {
		return nil, errors.New("not digits")
	}
	if len(s)%2 == 1 {
		s += "F"
	}
	return apdu.ParseHex(s)
}

func parseByte(s string) (byte, error) {
	n, err := strconv.ParseUint(s, 16, 8)
	if err != nil || len(s) != 2 {
		return 0, fmt.Errorf("%q is not one byte of hexadecimal", s)
	}
	return byte(n), nil
}

func parseUint16(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 16, 16)
	if err != nil || len(s) != 4 {
		return 0, fmt.Errorf("%q is not two bytes of hexadecimal", s)
	}
	return uint16(n), nil
}

// parseSFI takes 0 for none.
func parseSFI(n int) (byte, error) {
	const maxSFI = 30
	if n < 0 || n > maxSFI {
		return 0, fmt.Errorf("%d is not 1 to %d", n, maxSFI)
	}
	return byte(n), nil
}
