package tlv

import (
	"bytes"
	"fmt"
)

// Record is one object of the one-byte coding. A value may hold such objects again (LD/T 32, B-TLV).
type Record struct {
	Tag   byte
	Value []byte
}

const maxSimpleLength = 255

// ParseSimple is [Limits.ParseSimple] with [DefaultLimits].
func ParseSimple(b []byte) ([]Record, error) { return DefaultLimits().ParseSimple(b) }

// ParseSimple lists the records that follow one another in b, as READ RECORD gives them. A tail all of 00
// or all of FF is padding; anywhere else these are no tags. The length byte FF means 255.
func (l Limits) ParseSimple(b []byte) ([]Record, error) {
	var records []Record
	for rest := b; len(rest) > 0 && !isPadding(rest); {
		if len(records) == l.Count {
			return records, fmt.Errorf("%w: more than %d records", ErrLimit, l.Count)
		}
		r, after, err := l.record(rest)
		if err != nil {
			return records, fmt.Errorf("%w, at byte %d", err, len(b)-len(rest))
		}
		records, rest = append(records, r), after
	}
	return records, nil
}

func isPadding(b []byte) bool { return isFiller(b[0]) && bytes.Count(b, b[:1]) == len(b) }

// record takes the record that b begins with.
func (l Limits) record(b []byte) (Record, []byte, error) {
	tag := b[0]
	switch {
	case isFiller(tag):
		return Record{}, nil, fmt.Errorf("%w: %02X in place of a tag", ErrMalformed, tag)
	case len(b) == 1:
		return Record{}, nil, fmt.Errorf("%w: %02X without a length", ErrMalformed, tag)
	}
	n, b := int(b[1]), b[2:]
	switch {
	case n > l.Length:
		return Record{}, nil, fmt.Errorf("%w: %02X of %d bytes", ErrLimit, tag, n)
	case n > len(b):
		return Record{}, nil, fmt.Errorf("%w: %02X of %d bytes, %d there", ErrMalformed, tag, n, len(b))
	}
	return Record{tag, b[:n:n]}, b[n:], nil
}

// AppendSimple appends a record. It panics where tag is 00 or FF or value is over 255 bytes: both are
// mistakes of the program, not of a card.
func AppendSimple(dst []byte, tag byte, value []byte) []byte {
	if isFiller(tag) || len(value) > maxSimpleLength {
		panic(fmt.Sprintf("tlv: no record %02X of %d bytes", tag, len(value)))
	}
	return append(append(dst, tag, byte(len(value))), value...)
}
