package tlv_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sscard/apdu"
	"sscard/apdu/tlv"
)

func TestParseSimple(t *testing.T) {
	of := func(tag byte, value string) tlv.Record { return tlv.Record{Tag: tag, Value: unhex(t, value)} }
	for _, row := range []struct {
		name, in string
		want     []tlv.Record
	}{
		{"nothing", "", nil},
		{"one record", "0304 332E3030", []tlv.Record{of(0x03, "332E3030")}},
		{"no value", "0300", []tlv.Record{of(0x03, "")}},
		{"a file", "0201 33 0304 322E3000 0504 20140601", []tlv.Record{of(0x02, "33"), of(0x03, "322E3000"), of(0x05, "20140601")}},
		{"a tail of 00", "0201 33 0000", []tlv.Record{of(0x02, "33")}},
		{"a tail of FF", "0201 33 FFFFFF", []tlv.Record{of(0x02, "33")}},
		{"padding only", "FFFF", nil},
		{"an unset value", "0D04 FFFFFFFF", []tlv.Record{of(0x0D, "FFFFFFFF")}},
		{"an unset value before padding", "0B01 FF FF", []tlv.Record{of(0x0B, "FF")}},
		{"records in a record", "4305 5A 03 010203", []tlv.Record{of(0x43, "5A03010203")}},
		{"a tag that BER would take for two", "1F01 AA", []tlv.Record{of(0x1F, "AA")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := tlv.ParseSimple(unhex(t, row.in))
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

func TestParseSimpleRefuses(t *testing.T) {
	small := tlv.Limits{Count: 2, Length: 2}
	for _, row := range []struct {
		name, in string
		limits   tlv.Limits
		want     error
		before   int // records told beside the error
	}{
		{"a tag alone", "0201 33 03", tlv.DefaultLimits(), tlv.ErrMalformed, 1},
		{"a value cut short", "0201 33 0304 332E", tlv.DefaultLimits(), tlv.ErrMalformed, 1},
		{"00 in place of a tag", "0201 33 00 0201 33", tlv.DefaultLimits(), tlv.ErrMalformed, 1},
		{"FF in place of a tag", "FF01 33", tlv.DefaultLimits(), tlv.ErrMalformed, 0},
		{"a mixed tail", "0201 33 00FF", tlv.DefaultLimits(), tlv.ErrMalformed, 1},
		{"a value over the limit", "0201 33 0304 332E3030", small, tlv.ErrLimit, 1},
		{"more records than the limit", "0200 0300 0400", small, tlv.ErrLimit, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			records, err := row.limits.ParseSimple(unhex(t, row.in))
			require.ErrorIs(t, err, row.want)
			require.Len(t, records, row.before)
		})
	}
}

func TestParseSimpleCopiesNothing(t *testing.T) {
	b := unhex(t, "0201 33 0301 34")
	records, err := tlv.ParseSimple(b)
	require.NoError(t, err)
	require.Same(t, &b[2], &records[0].Value[0])
	_ = append(records[0].Value, 0xEE)
	require.Equal(t, byte(0x03), b[3], "appending to a value must not reach the next record")
}

func TestAppendSimple(t *testing.T) {
	require.Equal(t, "EE0304332E3030", apdu.Hex(tlv.AppendSimple([]byte{0xEE}, 0x03, []byte("3.00"))))
}

func TestAppendSimplePanics(t *testing.T) {
	for _, row := range []struct {
		name   string
		tag    byte
		length int
	}{
		{"tag 00", 0x00, 1},
		{"tag FF", 0xFF, 1},
		{"a value of 256 bytes", 0x03, 256},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Panics(t, func() { tlv.AppendSimple(nil, row.tag, make([]byte, row.length)) })
		})
	}
}

func TestParseSimpleUndoesAppendSimple(t *testing.T) {
	record := rapid.Custom(func(t *rapid.T) tlv.Record {
		return tlv.Record{
			Tag:   rapid.ByteRange(0x01, 0xFE).Draw(t, "tag"),
			Value: rapid.SliceOfN(rapid.Byte(), 0, 255).Draw(t, "value"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(record, 0, 20).Draw(t, "records")
		var b []byte
		for _, r := range want {
			b = tlv.AppendSimple(b, r.Tag, r.Value)
		}
		padding := rapid.SampledFrom([]byte{0x00, 0xFF}).Draw(t, "padding")
		b = append(b, bytes.Repeat([]byte{padding}, rapid.IntRange(0, 40).Draw(t, "tail"))...)

		got, err := tlv.ParseSimple(b)
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, want[i], got[i])
		}
	})
}
