package profile_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"sscard/terminal/profile"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

func TestDecode(t *testing.T) {
	tests := []struct {
		name   string
		format profile.Format
		raw    string
		want   string // "": not set
	}{
		{"name in GBK padded with 00", profile.Text, "D5C5C8FD" + strings.Repeat("00", 26), "张三"},
		{"name padded with FF", profile.Text, "D5C5C8FD FFFFFF", "张三"},
		{"name padded with spaces", profile.Text, "D5C5C8FD 202020", "张三"},
		{"name padded with full-width spaces", profile.Text, "D5C5C8FD A1A1", "张三"},
		{"spaces, then 00", profile.Text, "D5C5C8FD 2020 0000", "张三"},
		{"spaces, then FF", profile.Text, "D5C5C8FD 2020 FFFF", "张三"},
		{"space within stays", profile.Text, "4C49204D494E47 20", "LI MING"},
		{"full-width dot of minority names", profile.Text, "B0A2A1A4B2BC", "阿·布"},
		{"rare character only GBK has", profile.Text, "9646", "朏"},
		{"character GB18030 took out of private use", profile.Text, "FE9F", "䶮"},
		{"GB18030 of four bytes", profile.Text, "D5C5 8139EE39 0000", "张㐀"},
		{"GB18030 of four bytes beyond the BMP", profile.Text, "D5C5 9534B235 0000", "张𠮷"},
		{"no padding at all", profile.Text, strings.Repeat("D5C5", 15), strings.Repeat("张", 15)},
		{"NUL inside ends the text", profile.Text, "4142 00 4344", "AB"},
		{"version ended by NUL", profile.Text, "322E3000", "2.0"},
		{"version", profile.Text, "332E3030", "3.00"},
		{"text of 00", profile.Text, "000000", ""},
		{"text of FF", profile.Text, "FFFFFF", ""},
		{"text of spaces", profile.Text, "202020", ""},
		{"text of 00 and rest", profile.Text, "00 4142", ""},
		{"no bytes", profile.Text, "", ""},

		{"digits", profile.Digits, "510100", "510100"},
		{"digits with odd length", profile.Digits, "51010F", "51010"},
		{"digits with a byte of padding", profile.Digits, "0123FF", "0123"},
		{"one byte", profile.Digits, "01", "01"},
		{"digits of FF", profile.Digits, "FFFFFF", ""},
		{"digits of 00", profile.Digits, "000000", ""},

		{"hex keeps trailing F", profile.Hex, "510100D15600000500000001FFFFFFFF", "510100D15600000500000001FFFFFFFF"},
		{"hex keeps a last byte that is no digits", profile.Hex, "9156000002511300511300DB", "9156000002511300511300DB"},
		{"hex of FF", profile.Hex, "FFFF", ""},
		{"hex of 00", profile.Hex, "0000", ""},

		{"number", profile.Number, "000001F4", "500"},
		{"number 0", profile.Number, "00000000", "0"},
		{"number of FF", profile.Number, "FFFF", ""},
		{"number beyond 64 bits", profile.Number, "010000000000000000", "18446744073709551616"},
		{"number of no bytes", profile.Number, "", ""},

		{"time", profile.Time, "20200229235959", "2020-02-29 23:59:59"},
		{"time of FF", profile.Time, "FFFFFFFFFFFFFF", ""},
		{"time of 00", profile.Time, "00000000000000", ""},

		{"date", profile.Date, "20200101", "2020-01-01"},
		{"29 February of a leap year", profile.Date, "20000229", "2000-02-29"},
		{"date of FF", profile.Date, "FFFFFFFF", ""},
		{"date of 00", profile.Date, "00000000", ""},
		{"date absent", profile.Date, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := unhex(t, tt.raw)
			v, err := profile.Decode(tt.format, raw)
			require.NoError(t, err)
			require.Equal(t, profile.Value{Text: tt.want, Raw: raw, Set: tt.want != ""}, v)
		})
	}
}

func TestDecodeUndecodable(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"lead byte alone at the end", "D5C5 C8", "张\uFFFD"},
		{"lead byte, then padding", "D5C5 C8 0000", "张\uFFFD"},
		{"trail byte out of range", "D5C5 C830", "张\uFFFD0"},
		{"FF in the middle", "D5C5 FF C8FD", "张\uFFFD三"},
		{"GB18030 cut short", "D5C5 9534 B2", "张\uFFFD4\uFFFD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := unhex(t, tt.raw)
			v, err := profile.Decode(profile.Text, raw)
			require.NoError(t, err)
			require.Equal(t, profile.Value{Text: tt.want, Raw: raw, Set: true, Undecodable: true}, v)
		})
	}
}

func TestDecodeMalformed(t *testing.T) {
	tests := []struct {
		name   string
		format profile.Format
		raw    string
	}{
		{"digit above 9", profile.Digits, "51A100"},
		{"padding before a digit", profile.Digits, "5F0100"},
		{"29 February of a common year", profile.Date, "20010229"},
		{"29 February of 1900", profile.Date, "19000229"},
		{"month 13", profile.Date, "20201301"},
		{"day 00", profile.Date, "20200100"},
		{"year 0", profile.Date, "00000101"},
		{"date of three bytes", profile.Date, "202001"},
		{"date of five bytes", profile.Date, "2020010101"},
		{"date half padded", profile.Date, "2020FFFF"},
		{"date with a nibble above 9", profile.Date, "2020010A"},
		{"hour 24", profile.Time, "20200101240000"},
		{"time of four bytes", profile.Time, "20200101"},
		{"time of year 0", profile.Time, "00000101000000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := unhex(t, tt.raw)
			v, err := profile.Decode(tt.format, raw)
			require.ErrorIs(t, err, profile.ErrValue)
			require.NotContains(t, strings.ToUpper(err.Error()), tt.raw, "an error must not quote the value")
			require.Equal(t, profile.Value{Raw: raw, Set: true}, v)
		})
	}
}

func TestDecodeUnknownFormat(t *testing.T) {
	_, err := profile.Decode("rot13", []byte{0xFF})
	require.ErrorIs(t, err, profile.ErrValue)
}

func TestRecordDecode(t *testing.T) {
	name := profile.Record{Item: profile.Item{Tag: 0x09, Length: 30, Format: profile.Text}, Field: "holder.name"}
	number := profile.Record{Item: profile.Item{Tag: 0x07, Length: 9, Format: profile.Text, Take: 9}, Field: "issuer.card_number"}
	full := strings.Repeat("41", 29)
	tests := []struct {
		name      string
		record    profile.Record
		value     string
		continued []string
		want      string
	}{
		{"no continuation", name, "D5C5C8FD 0000", nil, "张三"},
		{"continuation of 00", name, "D5C5C8FD 0000", []string{"00000000"}, "张三"},
		{"continuation of FF", name, "D5C5C8FD FFFF", []string{"FFFFFFFF"}, "张三"},
		{"spaces, and continuation of 00", name, "D5C5C8FD 2020", []string{"00000000"}, "张三"},
		{"character split between the records", name, full + "D5", []string{"C5C8FD00"}, strings.Repeat("A", 29) + "张三"},
		{"split behind a space", name, full + "20", []string{"4200"}, strings.Repeat("A", 29) + " B"},
		{"both not set", name, "FFFF", []string{"0000"}, ""},
		{"card number stored too long", number, "413030303030303033 3939", nil, "A00000003"},
		{"card number shorter", number, "4130 00", nil, "A0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var continued [][]byte
			for _, c := range tt.continued {
				continued = append(continued, unhex(t, c))
			}
			v, err := tt.record.Decode(unhex(t, tt.value), continued...)
			require.NoError(t, err)
			require.Equal(t, tt.want, v.Text)
			require.Equal(t, tt.want != "", v.Set)
			require.False(t, v.Undecodable)
		})
	}
}

func TestReusedTag(t *testing.T) {
	institution := profile.Record{
		Item:   profile.Item{Tag: 0x81, Length: 12, Format: profile.Text},
		Reused: &profile.Item{Tag: 0x81, Length: 8, Format: profile.Text},
	}
	region := profile.Record{
		Item:   profile.Item{Tag: 0x84, Length: 8, Format: profile.Text},
		Reused: &profile.Item{Tag: 0x84, Length: 3, Format: profile.Digits},
	}
	tests := []struct {
		name        string
		record      profile.Record
		value, want string
	}{
		{"old text", institution, "D5C5C8FD 0000000000000000", "张三"},
		{"old text not set", institution, "FFFFFFFFFFFFFFFFFFFFFFFF", ""},
		{"new text of full length", institution, "3132333435363738 EEEEEEEE", "12345678"},
		{"new text padded with E", institution, "313233 EEEEEEEEEEEEEEEEEE", "123"},
		{"new text padded with 00, then E", institution, "3132330000000000 EEEEEEEE", "123"},
		{"new text that ends in the nibble E", institution, "4E EEEEEEEEEEEEEEEEEEEEEE", "N"},
		{"new text not set", institution, "EEEEEEEEEEEEEEEEEEEEEEEE", ""},
		{"old text of a record that was stored short", institution, "3132", "12"},
		{"new digits", region, "510100 EEEEEEEEEE", "510100"},
		{"new digits, one odd, padded with E", region, "51010E EEEEEEEEEE", "51010"},
		{"new digits, one odd, padded with F", region, "51010F EEEEEEEEEE", "51010"},
		{"new digits in one byte", region, "51 EEEEEEEEEEEEEE", "51"},
		{"new digits not set", region, "FFFFFF EEEEEEEEEE", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := unhex(t, tt.value)
			before := bytes.Clone(raw)
			v, err := tt.record.Decode(raw)
			require.NoError(t, err)
			require.Equal(t, tt.want, v.Text)
			require.Equal(t, before, raw)
		})
	}
	_, err := region.Decode(unhex(t, "51010A EEEEEEEEEE"))
	require.ErrorIs(t, err, profile.ErrValue)
}

func TestReusedTagsOfTheStandard(t *testing.T) {
	first, second := builtin(t).Layout("1.0", ""), builtin(t).Layout("2.0", "")
	tests := []struct {
		file      string
		tag       byte
		old, want profile.Format
	}{
		{"DF01EF09", 0x32, profile.Text, profile.Text},
		{"DF01EF0A", 0x37, profile.Number, profile.Text},
		{"DF01EF0A", 0x38, profile.Number, profile.Text},
		{"DF02EF06", 0x4D, profile.Digits, profile.Digits},
		{"DF02EF06", 0x50, profile.Digits, profile.Digits},
		{"DF03EF05", 0x61, profile.Number, profile.Digits},
		{"DF03EF07", 0x71, profile.Number, profile.Digits},
		{"DF04EF05", 0x81, profile.Text, profile.Text},
		{"DF04EF05", 0x84, profile.Text, profile.Digits},
		{"DF04EF05", 0x87, profile.Text, profile.Text},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %02X", tt.file, tt.tag), func(t *testing.T) {
			old, ok := addressed(t, first, tt.file).Record(tt.tag)
			require.True(t, ok)
			require.Equal(t, tt.old, old.Format)
			require.NotNil(t, old.Reused)
			require.Equal(t, tt.want, old.Reused.Format)

			now, ok := addressed(t, second, tt.file).Record(tt.tag)
			require.True(t, ok)
			require.Nil(t, now.Reused)
			require.Equal(t, now.Item, *old.Reused)
		})
	}
}

func TestJoinContinuedLeavesItsPartsAlone(t *testing.T) {
	first, second := []byte("AB\x00\x00"), []byte("CD\xFF")
	require.Equal(t, []byte("ABCD"), profile.JoinContinued(first, second))
	require.Equal(t, []byte("AB\x00\x00"), first)
	require.Empty(t, profile.JoinContinued())
}

func FuzzDecode(f *testing.F) {
	f.Add("text", []byte("\xD5\xC5\xC8\xFD\x00\x00"))
	f.Add("digits", []byte{0x51, 0x01, 0x0F})
	f.Add("hex", []byte{0xDB})
	f.Add("date", []byte{0x20, 0x00, 0x02, 0x29})
	f.Add("number", []byte{0x01, 0x00})
	f.Add("time", []byte{0x20, 0x00, 0x02, 0x29, 0x23, 0x59, 0x59})
	f.Fuzz(func(t *testing.T, format string, raw []byte) {
		before := bytes.Clone(raw)
		v, err := profile.Decode(profile.Format(format), raw)
		require.Equal(t, before, raw)
		require.Equal(t, raw, v.Raw)
		require.True(t, utf8.ValidString(v.Text))
		if err != nil {
			require.ErrorIs(t, err, profile.ErrValue)
			require.Empty(t, v.Text)
			return
		}
		require.Equal(t, v.Text != "", v.Set)
		if v.Set && profile.Format(format) == profile.Date {
			_, err := time.Parse(time.DateOnly, v.Text)
			require.NoError(t, err)
		}
	})
}
