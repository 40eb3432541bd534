package profile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sscard/terminal/profile"
)

func TestEncode(t *testing.T) {
	tests := []struct {
		name   string
		format profile.Format
		length int
		text   string
		want   string
	}{
		{"text padded with 00", profile.Text, 8, "张三", "D5C5C8FD 00000000"},
		{"text of full length", profile.Text, 4, "张三", "D5C5C8FD"},
		{"full-width dot of minority names", profile.Text, 8, "阿·布", "B0A2A1A4B2BC 0000"},
		{"rare character only GBK has", profile.Text, 2, "朏", "9646"},
		{"no text", profile.Text, 3, "", "000000"},
		{"digits", profile.Digits, 3, "510100", "510100"},
		{"digits padded with F", profile.Digits, 3, "5101", "5101FF"},
		{"digits with one odd", profile.Digits, 3, "51010", "51010F"},
		{"no digits", profile.Digits, 3, "", "FFFFFF"},
		{"hex", profile.Hex, 2, "00DB", "00DB"},
		{"hex of small letters", profile.Hex, 2, "00db", "00DB"},
		{"no hex", profile.Hex, 2, "", "FFFF"},
		{"number", profile.Number, 4, "500", "000001F4"},
		{"number 0", profile.Number, 2, "0", "0000"},
		{"number beyond 64 bits", profile.Number, 9, "18446744073709551616", "010000000000000000"},
		{"number with zeros", profile.Number, 1, "007", "07"},
		{"no number", profile.Number, 2, "", "FFFF"},
		{"date", profile.Date, 4, "2020-02-29", "20200229"},
		{"date as digits", profile.Date, 4, "20200229", "20200229"},
		{"no date", profile.Date, 4, "", "FFFFFFFF"},
		{"time", profile.Time, 7, "2020-02-29 23:59:59", "20200229235959"},
		{"time as digits", profile.Time, 7, "20200229235959", "20200229235959"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, err := profile.Item{Format: tt.format, Length: tt.length}.Encode(tt.text)
			require.NoError(t, err)
			require.Equal(t, unhex(t, tt.want), raw)
		})
	}
}

func TestEncodeErrors(t *testing.T) {
	tests := []struct {
		name   string
		format profile.Format
		length int
		text   string
		want   error
	}{
		{"text too long", profile.Text, 3, "张三", profile.ErrTooLong},
		{"character of four bytes", profile.Text, 30, "张𠮷", profile.ErrUnencodable},
		{"character of no code", profile.Text, 30, "\uFFFD", profile.ErrUnencodable},
		{"no UTF-8", profile.Text, 30, "\xD5\xC5", profile.ErrUnencodable},
		{"text with NUL", profile.Text, 30, "A\x00B", profile.ErrUnencodable},
		{"text that ends in a space", profile.Text, 30, "A ", profile.ErrUnencodable},
		{"digits too long", profile.Digits, 3, "5101000", profile.ErrTooLong},
		{"letters for digits", profile.Digits, 3, "51A1", profile.ErrUnencodable},
		{"full-width digits", profile.Digits, 3, "５１", profile.ErrUnencodable},
		{"digits read as not set", profile.Digits, 3, "000000", profile.ErrUnencodable},
		{"hex too long", profile.Hex, 1, "0102", profile.ErrTooLong},
		{"hex too short", profile.Hex, 2, "01", profile.ErrUnencodable},
		{"hex of odd length", profile.Hex, 2, "010", profile.ErrUnencodable},
		{"no hex", profile.Hex, 2, "GG", profile.ErrUnencodable},
		{"hex read as not set", profile.Hex, 1, "FF", profile.ErrUnencodable},
		{"number too big", profile.Number, 1, "256", profile.ErrTooLong},
		{"number read as not set", profile.Number, 1, "255", profile.ErrUnencodable},
		{"number below 0", profile.Number, 1, "-1", profile.ErrUnencodable},
		{"number with a point", profile.Number, 2, "1.5", profile.ErrUnencodable},
		{"29 February of a common year", profile.Date, 4, "20010229", profile.ErrDate},
		{"date of year 0", profile.Date, 4, "00000101", profile.ErrDate},
		{"date with slashes", profile.Date, 4, "2020/01/01", profile.ErrDate},
		{"date in a smaller place", profile.Date, 3, "20200101", profile.ErrTooLong},
		{"date in a larger place", profile.Date, 5, "20200101", profile.ErrUnencodable},
		{"date for a time", profile.Time, 7, "2020-01-01", profile.ErrDate},
		{"hour 24", profile.Time, 7, "20200101240000", profile.ErrDate},
		{"parts of a second", profile.Time, 7, "2020-01-01 10:00:00.5", profile.ErrDate},
		{"unknown format", "rot13", 3, "ABC", profile.ErrUnencodable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, err := profile.Item{Format: tt.format, Length: tt.length}.Encode(tt.text)
			require.ErrorIs(t, err, tt.want)
			require.ErrorIs(t, err, profile.ErrValue)
			require.NotContains(t, err.Error(), tt.text, "an error must not quote the value")
			require.Nil(t, raw)
		})
	}
}

func TestEncodeTaken(t *testing.T) {
	number := profile.Item{Length: 12, Take: 9, Format: profile.Text}
	raw, err := number.Encode("A00000003")
	require.NoError(t, err)
	require.Equal(t, []byte("A00000003\x00\x00\x00"), raw)
	_, err = number.Encode("A000000034")
	require.ErrorIs(t, err, profile.ErrUnencodable, "a reader would drop the last")
}

func TestEncodeReused(t *testing.T) {
	kind := profile.Record{
		Item:   profile.Item{Tag: 0x81, Length: 12, Format: profile.Text},
		Reused: &profile.Item{Tag: 0x81, Length: 4, Format: profile.Text},
	}
	raw, err := kind.Encode("12")
	require.NoError(t, err)
	require.Equal(t, unhex(t, "31320000 EEEEEEEEEEEEEEEE"), raw)

	_, err = kind.Encode("12345")
	require.ErrorIs(t, err, profile.ErrTooLong)
	_, err = kind.Encode("AB铑") // GBK EEEE
	require.ErrorIs(t, err, profile.ErrUnencodable)
}

// TestDecodeUndoesEncode holds for every item of the standard, whatever is written.
func TestDecodeUndoesEncode(t *testing.T) {
	set := builtin(t)
	for _, version := range []string{"1.0", "2.0"} {
		l := set.Layout(version, "")
		for _, tt := range standardFiles {
			app, _ := l.Application(tt.name[:4])
			f, _ := app.File(tt.name[4:])
			for _, r := range f.Records {
				t.Run(fmt.Sprintf("%s %s %02X", version, tt.name, r.Tag), rapid.MakeCheck(func(t *rapid.T) {
					meant := r.Item
					if r.Reused != nil {
						meant = *r.Reused
					}
					text := textOf(meant).Draw(t, "text")
					raw, err := r.Encode(text)
					if err != nil {
						require.ErrorIs(t, err, profile.ErrValue)
						return
					}
					require.Len(t, raw, r.Length)
					v, err := r.Decode(raw)
					require.NoError(t, err)
					require.Equal(t, text, v.Text)
				}))
			}
		}
	}
}

// textOf draws texts of an item's format, most of which fit.
func textOf(i profile.Item) *rapid.Generator[string] {
	switch i.Format {
	case profile.Digits:
		return rapid.StringMatching(fmt.Sprintf(`[0-9]{0,%d}`, 2*i.Length))
	case profile.Hex:
		return rapid.StringMatching(fmt.Sprintf(`([0-9A-F]{%d})?`, 2*i.Length))
	case profile.Number:
		return rapid.Map(rapid.Uint64Max(1<<(8*min(i.Length, 8)-1)), func(n uint64) string { return fmt.Sprint(n) })
	case profile.Date, profile.Time:
		layout := map[profile.Format]string{profile.Date: time.DateOnly, profile.Time: time.DateTime}[i.Format]
		return rapid.Map(rapid.Int64Range(-60_000_000_000, 250_000_000_000), func(s int64) string {
			return time.Unix(s, 0).UTC().Format(layout)
		})
	}
	return rapid.Map(rapid.SliceOfN(rapid.RuneFrom([]rune("A9 ·张三阿布朏䶮€")), 0, i.Length/2), func(r []rune) string {
		return strings.TrimRight(string(r), " ")
	})
}

func FuzzEncode(f *testing.F) {
	f.Add("text", 8, "张三")
	f.Add("digits", 3, "51010")
	f.Add("hex", 2, "00db")
	f.Add("number", 2, "007")
	f.Add("date", 4, "2020-02-29")
	f.Add("time", 7, "20200229235959")
	f.Fuzz(func(t *testing.T, format string, length int, text string) {
		item := profile.Item{Format: profile.Format(format), Length: min(max(length, 1), 255)}
		raw, err := item.Encode(text)
		if err != nil {
			require.ErrorIs(t, err, profile.ErrValue)
			return
		}
		require.Len(t, raw, item.Length)
		v, err := item.Decode(raw)
		require.NoError(t, err)
		again, err := item.Encode(v.Text)
		require.NoError(t, err)
		require.Equal(t, raw, again)
	})
}
