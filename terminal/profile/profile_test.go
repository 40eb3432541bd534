package profile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/profile"
)

func builtin(t *testing.T) *profile.Set {
	t.Helper()
	set, err := profile.Load("")
	require.NoError(t, err)
	return set
}

func file(t *testing.T, l profile.Layout, name string) profile.File {
	t.Helper()
	app, ok := l.Application("SSSE")
	require.True(t, ok)
	f, ok := app.File(name)
	require.True(t, ok)
	return f
}

func tags(f profile.File) []byte {
	var tags []byte
	for _, r := range f.Records {
		tags = append(tags, r.Tag)
	}
	return tags
}

func names(fields []profile.Field) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

var (
	short = []byte{0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D}
	long  = []byte{0x08, 0x09, 0x4E, 0x0A, 0x0B, 0x0C, 0x0D}
)

func TestNationalLayouts(t *testing.T) {
	set := builtin(t)
	tests := []struct {
		name, version, canonical string
		tags                     []byte
		size                     int
		read                     string
	}{
		{"version not written", "", "1.0", short, 69, "free"},
		{"version still FF", "\xFF\xFF\xFF\xFF", "1.0", short, 69, "free"},
		{"no version", "V2.0", "1.0", short, 69, "free"},
		{"1.0", "1.00", "1.0", short, 69, "free"},
		{"between 1.0 and 2.0", "1.10", "1.1", short, 69, "free"},
		{"2.0", "2.0", "2.0", long, 91, "free"},
		{"2.0 ended by NUL", "2.0\x00", "2.0", long, 91, "free"},
		{"only the first three characters count", "2.99", "2.9", long, 91, "free"},
		{"3.0", "3.00", "3.0", long, 91, "RKSSSE"},
		{"later than all we know", "4.00", "4.0", long, 91, "RKSSSE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := set.Layout(tt.version, "510100")
			require.Equal(t, tt.canonical, l.Version)
			require.Equal(t, "510100", l.Region)

			issuer := file(t, l, "EF05")
			require.Equal(t, []byte{1, 2, 3, 4, 5, 6, 7}, tags(issuer))
			require.Equal(t, 64, issuer.Size())
			require.Equal(t, uint16(0xEF05), issuer.FID)
			require.Equal(t, byte(5), issuer.SFI)
			require.True(t, issuer.Read.Free())
			require.Equal(t, "UKSSSE", issuer.Update.String())

			holder := file(t, l, "EF06")
			require.Equal(t, tt.tags, tags(holder))
			require.Equal(t, tt.size, holder.Size())
			require.Equal(t, uint16(0xEF06), holder.FID)
			require.Equal(t, byte(6), holder.SFI)
			require.Equal(t, tt.read, holder.Read.String())
			require.Equal(t, "UKSSSE", holder.Update.String())
		})
	}
}

func TestSelection(t *testing.T) {
	l := builtin(t).Layout("3.00", "")
	app, ok := l.Application("SSSE")
	require.True(t, ok)
	require.Equal(t, []profile.Selection{
		{Name: []byte("sx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF")},
		{FID: 0x3F00},
	}, app.Select)
	require.Equal(t, profile.Label{ZH: "社会保障系统环境", EN: "Social security system environment"}, app.Label)

	_, ok = l.Application("DF09")
	require.False(t, ok)
	_, ok = app.File("EF99")
	require.False(t, ok)
}

func TestContinuedRecord(t *testing.T) {
	holder := file(t, builtin(t).Layout("2.0", ""), "EF06")
	require.Equal(t, profile.Record{
		Item:  profile.Item{Tag: 0x09, Length: 30, Format: profile.Text, Label: profile.Label{ZH: "姓名", EN: "Name"}},
		Field: "holder.name", Repeat: 1,
	}, holder.Records[1])
	require.Equal(t, profile.Record{
		Item: profile.Item{
			Tag: 0x4E, Length: 20, Format: profile.Text, Label: profile.Label{ZH: "姓名扩展", EN: "Name (continued)"},
		},
		Field: "holder.name", Continues: true, Repeat: 1,
	}, holder.Records[2])
}

func TestFields(t *testing.T) {
	l := builtin(t).Layout("3.00", "")
	require.Equal(t, []string{
		"issuer.card_id", "issuer.card_class", "issuer.spec_version", "issuer.issuer_id", "issuer.issue_date",
		"issuer.expiry_date", "issuer.card_number",
		"holder.social_security_number", "holder.name", "holder.sex", "holder.ethnicity", "holder.birthplace",
		"holder.birth_date",
	}, names(l.Fields()))

	personal := map[string]bool{"issuer.card_id": true, "issuer.card_number": true}
	for _, f := range l.Fields() {
		require.Equal(t, f.Group == "holder" || personal[f.Name], f.Personal, f.Name)
		require.Equal(t, f.Name, f.Group+"."+f.Member)
		require.NotEmpty(t, f.Label.ZH, f.Name)
		require.NotEmpty(t, f.Label.EN, f.Name)
	}

	_, ok := l.Field("holder.shoe_size")
	require.False(t, ok)
}

func TestFieldValues(t *testing.T) {
	l := builtin(t).Layout("3.00", "")
	tests := []struct {
		field, code string
		want        profile.Label
		count       int
	}{
		{"issuer.card_class", "3", profile.Label{ZH: "成年", EN: "Adult"}, 4},
		{"holder.sex", "2", profile.Label{ZH: "女", EN: "Female"}, 4},
		{"holder.ethnicity", "01", profile.Label{ZH: "汉族", EN: "Han"}, 59},
		{"holder.ethnicity", "30", profile.Label{ZH: "土族", EN: "Tu"}, 59},
		{"holder.ethnicity", "56", profile.Label{ZH: "基诺族", EN: "Jino"}, 59},
		{"holder.name", "", profile.Label{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.field+" "+tt.code, func(t *testing.T) {
			f, ok := l.Field(tt.field)
			require.True(t, ok)
			require.Equal(t, tt.want, f.Values[tt.code])
			require.Len(t, f.Values, tt.count)
		})
	}
}

func TestSetFieldsHoldThoseOfRegions(t *testing.T) {
	set := builtin(t)
	require.Contains(t, names(set.Fields()), "local.person_number")
	require.NotContains(t, names(set.Layout("3.00", "510100").Fields()), "local.person_number")
	require.Equal(t, "issuer.card_id", set.Fields()[0].Name)
}

func TestGeneration(t *testing.T) {
	tests := map[string]int{"": 1, "1.00": 1, "2.0": 2, "2.0\x00": 2, "3.00": 3, "3": 3, "\x00\x00": 1, "0.9": 1, "x": 1}
	for version, want := range tests {
		require.Equal(t, want, profile.Generation(version), "%q", version)
	}
}
