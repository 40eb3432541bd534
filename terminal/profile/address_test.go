package profile_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/profile"
)

func TestParseAddress(t *testing.T) {
	issuer := profile.FileAddress{Application: "SSSE", File: "EF05", Items: []profile.ItemAddress{{Tag: 0x07, Nth: 1}}}
	transactions := profile.FileAddress{Application: "DF04", File: "EF08"}
	tests := []struct {
		name, text string
		want       []profile.FileAddress
		canonical  string // "": as it is
	}{
		{"one item", "SSSEEF05|07|$", []profile.FileAddress{issuer}, ""},
		{"several files, and the second of a tag", "SSSEEF05|07|$DF01EF15|2A|40:2|$", []profile.FileAddress{issuer, {
			Application: "DF01", File: "EF15", Items: []profile.ItemAddress{{Tag: 0x2A, Nth: 1}, {Tag: 0x40, Nth: 2}},
		}}, ""},
		{"whole file", "DF04EF08|$", []profile.FileAddress{transactions}, ""},
		{"whole file without a line", "DF04EF08$", []profile.FileAddress{transactions}, "DF04EF08|$"},
		{"record of a cyclic file", "DF04EF08|3|$", []profile.FileAddress{{
			Application: "DF04", File: "EF08", Items: []profile.ItemAddress{{Tag: 0x03, Nth: 1}},
		}}, "DF04EF08|03|$"},
		{"MF for SSSE, by its identifier", "3F00EF05|07|$", []profile.FileAddress{issuer}, "SSSEEF05|07|$"},
		{"MF for SSSE, by its name", "MFEF05|07|$", []profile.FileAddress{issuer}, "SSSEEF05|07|$"},
		{"small letters", "ssseef05|07|$", []profile.FileAddress{issuer}, "SSSEEF05|07|$"},
		{"first of a tag", "SSSEEF05|07:1|$", []profile.FileAddress{issuer}, "SSSEEF05|07|$"},
		{"first of a tag with a zero", "SSSEEF05|07:01|$", []profile.FileAddress{issuer}, "SSSEEF05|07|$"},
		{"file twice", "DF04EF08$DF04EF08$", []profile.FileAddress{transactions, transactions}, "DF04EF08|$DF04EF08|$"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := profile.ParseAddress(tt.text)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			if tt.canonical == "" {
				tt.canonical = tt.text
			}
			require.Equal(t, tt.canonical, textOfAll(got))
		})
	}
}

func textOfAll(addresses []profile.FileAddress) string {
	var b strings.Builder
	for _, a := range addresses {
		b.WriteString(a.String())
	}
	return b.String()
}

func TestParseAddressErrors(t *testing.T) {
	const file, item, end = "a file such as SSSEEF05 or DF01EF15", "an item such as 07| or 40:2|", "$ after a file"
	tests := []struct {
		name, text string
		offset     int
		want       string
	}{
		{"nothing", "", 0, end},
		{"no end", "SSSEEF05|07|", 12, end},
		{"no end of the second", "DF04EF08$SSSEEF05|07|", 21, end},
		{"empty file", "$", 0, file},
		{"empty second file", "DF04EF08$$", 9, file},
		{"no application", "EF05|07|$", 0, file},
		{"no elementary file", "DF01|07|$", 0, file},
		{"unknown application", "AF01EF05|07|$", 0, file},
		{"file with a space", "SSSE EF05|07|$", 0, file},
		{"wrong second file", "SSSEEF05|07|$DF01|2A|$", 13, file},
		{"item without its line", "SSSEEF05|07$", 9, item},
		{"empty item", "SSSEEF05||$", 9, item},
		{"tag of three digits", "SSSEEF05|007|$", 9, item},
		{"tag not hexadecimal", "SSSEEF05|07|0G|$", 12, item},
		{"tag 00", "SSSEEF05|00|$", 9, item},
		{"nth of nothing", "SSSEEF05|07:|$", 9, item},
		{"nth 0", "SSSEEF05|07:0|$", 9, item},
		{"nth 255", "SSSEEF05|07:255|$", 9, item},
		{"nth of letters", "SSSEEF05|07:A|$", 9, item},
		{"wrong item of the second file", "DF04EF08$DF01EF15|2A|40:x|$", 21, item},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := profile.ParseAddress(tt.text)
			var typed *profile.AddressError
			require.ErrorAs(t, err, &typed)
			require.Equal(t, profile.AddressError{Offset: tt.offset, Want: tt.want}, *typed)
		})
	}
	_, err := profile.ParseAddress("DF04EF08")
	require.EqualError(t, err, "file address: byte 8: want $ after a file")
}

func TestItemNumber(t *testing.T) {
	tests := []struct {
		item   profile.ItemAddress
		number int
		ok     bool
	}{
		{profile.ItemAddress{Tag: 0x03, Nth: 1}, 3, true},
		{profile.ItemAddress{Tag: 0x12, Nth: 1}, 12, true},
		{profile.ItemAddress{Tag: 0x30, Nth: 1}, 30, true},
		{profile.ItemAddress{Tag: 0x0A, Nth: 1}, 0, false},
		{profile.ItemAddress{Tag: 0xA1, Nth: 1}, 0, false},
		{profile.ItemAddress{Tag: 0x03, Nth: 2}, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.item.String(), func(t *testing.T) {
			number, ok := tt.item.Number()
			require.Equal(t, tt.ok, ok)
			require.Equal(t, tt.number, number)
		})
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("SSSEEF05|07|$DF01EF15|2A|40:2|$")
	f.Add("DF04EF08|3|$")
	f.Add("3f00ef06$")
	f.Fuzz(func(t *testing.T, text string) {
		addresses, err := profile.ParseAddress(text)
		if err != nil {
			var typed *profile.AddressError
			require.ErrorAs(t, err, &typed)
			require.LessOrEqual(t, typed.Offset, len(text))
			return
		}
		require.NotEmpty(t, addresses)
		again, err := profile.ParseAddress(textOfAll(addresses))
		require.NoError(t, err)
		require.Equal(t, addresses, again)
	})
}
