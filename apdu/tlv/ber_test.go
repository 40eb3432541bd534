package tlv_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sscard/apdu"
	"sscard/apdu/tlv"
)

// ssse is what a third-generation card says of itself when it is selected.
const ssse = "6F1C 840F 7378312E73682EC9E7BBE1B1A3D5CF A509 8801 1E 9F0C03 8601 03"

func unhex(t require.TestingT, s string) []byte {
	b, err := apdu.ParseHex(s)
	require.NoError(t, err)
	return b
}

func TestParse(t *testing.T) {
	of := func(tag tlv.Tag, value string) tlv.Object { return tlv.Object{Tag: tag, Value: unhex(t, value)} }
	for _, row := range []struct {
		name, in string
		want     []tlv.Object
	}{
		{"nothing", "", nil},
		{"filler only", "0000FFFF00", nil},
		{"one object", "8801 1E", []tlv.Object{of(0x88, "1E")}},
		{"no value", "8800", []tlv.Object{of(0x88, "")}},
		{"two objects", "8801 1E 9F0C03 860103", []tlv.Object{of(0x88, "1E"), of(0x9F0C, "860103")}},
		{"filler before, between and after", "00 8801 1E FFFF 8601 03 0000", []tlv.Object{of(0x88, "1E"), of(0x86, "03")}},
		{"filler bytes as a value", "8802 00FF", []tlv.Object{of(0x88, "00FF")}},
		{"tag of two bytes", "7F4900", []tlv.Object{of(0x7F49, "")}},
		{"tag of three bytes", "DF8101 01 AA", []tlv.Object{of(0xDF8101, "AA")}},
		{"tag of four bytes", "DF818101 01 AA", []tlv.Object{of(0xDF818101, "AA")}},
		{"length 81", "88 8101 1E", []tlv.Object{of(0x88, "1E")}},
		{"length 82", "88 820001 1E", []tlv.Object{of(0x88, "1E")}},
		{"length 83", "88 83000001 1E", []tlv.Object{of(0x88, "1E")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := tlv.Parse(unhex(t, row.in))
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	small := tlv.Limits{Depth: 1, Count: 2, Length: 2}
	for _, row := range []struct {
		name, in string
		limits   tlv.Limits
		want     error
		before   int // objects told beside the error
	}{
		{"a tag alone", "88", tlv.DefaultLimits(), tlv.ErrMalformed, 0},
		{"a tag cut short", "9F", tlv.DefaultLimits(), tlv.ErrMalformed, 0},
		{"a tag of five bytes", "DF8181810100", tlv.DefaultLimits(), tlv.ErrMalformed, 0},
		{"an indefinite length", "A580 8801 1E 0000", tlv.DefaultLimits(), tlv.ErrMalformed, 0},
		{"a length cut short", "88 8201", tlv.DefaultLimits(), tlv.ErrMalformed, 0},
		{"a length of four bytes", "88 8400000001 1E", tlv.DefaultLimits(), tlv.ErrMalformed, 0},
		{"a value cut short", "8801 1E 8602 03", tlv.DefaultLimits(), tlv.ErrMalformed, 1},
		{"a length beyond all bytes", "88 83FFFFFF", tlv.Limits{Count: 1, Length: 1 << 24}, tlv.ErrMalformed, 0},
		{"a value over the limit", "8801 1E 8603 010203", small, tlv.ErrLimit, 1},
		{"more objects than the limit", "880086008700", small, tlv.ErrLimit, 2},
		{"a length over the default limit", "88 83010001", tlv.DefaultLimits(), tlv.ErrLimit, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			objects, err := row.limits.Parse(unhex(t, row.in))
			require.ErrorIs(t, err, row.want)
			require.Len(t, objects, row.before)
		})
	}
}

func TestConstructed(t *testing.T) {
	for _, row := range []struct {
		name string
		tag  tlv.Tag
		want bool
	}{
		{"template", 0x6F, true},
		{"name", 0x84, false},
		{"proprietary template", 0xA5, true},
		{"two bytes, constructed", 0x7F49, true},
		{"two bytes, primitive", 0x9F0C, false},
		{"two bytes, the bit in the second only", 0x5F20, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, tlv.Object{Tag: row.tag}.Constructed())
		})
	}
}

func TestFind(t *testing.T) {
	path := func(tags ...tlv.Tag) []tlv.Tag { return tags }
	for _, row := range []struct {
		name, in string
		path     []tlv.Tag
		want     string
		found    bool
	}{
		{"the algorithm, inside a primitive tag", ssse, path(0x6F, 0xA5, 0x9F0C, 0x86), "03", true},
		{"the SFI of the directory", ssse, path(0x6F, 0xA5, 0x88), "1E", true},
		{"a whole template", ssse, path(0x6F, 0xA5), "88011E9F0C03860103", true},
		{"no path is all", "8801 1E", nil, "88011E", true},
		{"an empty value is found", "8600", path(0x86), "", true},
		{"a tag that is not there", ssse, path(0x6F, 0x87), "", false},
		{"a level too few", ssse, path(0xA5), "", false},
		{"in nothing", "", path(0x6F), "", false},
		{"the first of its tag", "8601 01 8601 02", path(0x86), "01", true},
		{"a fault behind it", "8601 03 8809", path(0x86), "03", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, found, err := tlv.Find(unhex(t, row.in), row.path...)
			require.NoError(t, err)
			require.Equal(t, row.found, found)
			require.Equal(t, row.want, apdu.Hex(got))
		})
	}
}

func TestFindRefuses(t *testing.T) {
	for _, row := range []struct {
		name, in string
		path     []tlv.Tag
		want     error
	}{
		{"a fault before it", "8809 8601 03", []tlv.Tag{0x86}, tlv.ErrMalformed},
		{"a fault inside", "6F03 8609 03", []tlv.Tag{0x6F, 0x86}, tlv.ErrMalformed},
		{"a path too deep", ssse, make([]tlv.Tag, 9), tlv.ErrLimit},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, found, err := tlv.Find(unhex(t, row.in), row.path...)
			require.ErrorIs(t, err, row.want)
			require.False(t, found)
		})
	}
}

func TestErrorsTellNoValues(t *testing.T) {
	_, err := tlv.Parse(unhex(t, "8801 1E 9F0C05 A1A2"))
	require.EqualError(t, err, "tlv: malformed: 9F0C of 5 bytes, 2 there, at byte 3")
}

func TestAppendBER(t *testing.T) {
	for _, row := range []struct {
		name   string
		tag    tlv.Tag
		length int
		want   string
	}{
		{"nothing", 0x86, 0, "8600"},
		{"longest of one byte", 0x86, 127, "867F"},
		{"shortest 81", 0x86, 128, "868180"},
		{"longest 81", 0x86, 255, "8681FF"},
		{"shortest 82", 0x86, 256, "86820100"},
		{"longest 82", 0x86, 65535, "8682FFFF"},
		{"shortest 83", 0x86, 65536, "8683010000"},
		{"tag of two bytes", 0x9F0C, 1, "9F0C01"},
		{"tag of four bytes", 0xDF818101, 1, "DF81810101"},
	} {
		t.Run(row.name, func(t *testing.T) {
			value := bytes.Repeat([]byte{0x5A}, row.length)
			got := tlv.AppendBER([]byte{0xEE}, row.tag, value)
			require.Equal(t, "EE"+row.want, apdu.Hex(got[:len(got)-row.length]))
			require.True(t, bytes.HasSuffix(got, value))
		})
	}
}

func TestAppendBERPanics(t *testing.T) {
	for _, row := range []struct {
		name   string
		tag    tlv.Tag
		length int
	}{
		{"no tag", 0, 0},
		{"filler", 0xFF, 0},
		{"filler before a tag", 0xFF30, 0},
		{"half a tag", 0x9F, 0},
		{"two tags", 0x8486, 0},
		{"a value over 16 MiB", 0x86, 1 << 24},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Panics(t, func() { tlv.AppendBER(nil, row.tag, make([]byte, row.length)) })
		})
	}
}

// tags are well formed, of one to three bytes.
var tags = rapid.OneOf(
	rapid.SampledFrom([]tlv.Tag{0x4F, 0x50, 0x61, 0x6F, 0x84, 0x86, 0x88, 0xA5}),
	rapid.SampledFrom([]tlv.Tag{0x9F02, 0x9F0C, 0x7F49, 0x5F20, 0xDF8101}),
)

var objects = rapid.SliceOf(rapid.Custom(func(t *rapid.T) tlv.Object {
	n := rapid.SampledFrom([]int{0, 1, 126, 127, 128, 255, 256, 1000}).Draw(t, "length")
	return tlv.Object{Tag: tags.Draw(t, "tag"), Value: bytes.Repeat([]byte{rapid.Byte().Draw(t, "value")}, n)}
}))

func TestParseUndoesAppendBER(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := objects.Draw(t, "objects")
		filler := rapid.SliceOf(rapid.SampledFrom([]byte{0x00, 0xFF})).Draw(t, "filler")
		b := bytes.Clone(filler)
		for _, o := range want {
			b = append(tlv.AppendBER(b, o.Tag, o.Value), filler...)
		}
		got, err := tlv.Parse(b)
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, want[i], got[i])
		}
	})
}

func TestFindUndoesNesting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SliceOfN(tags, 0, tlv.DefaultLimits().Depth).Draw(t, "path")
		want := rapid.SliceOf(rapid.Byte()).Draw(t, "value")
		b := want
		for i := len(path) - 1; i >= 0; i-- {
			b = tlv.AppendBER(nil, path[i], b)
		}
		got, found, err := tlv.Find(b, path...)
		require.NoError(t, err)
		require.True(t, found)
		require.True(t, bytes.Equal(want, got))
	})
}
