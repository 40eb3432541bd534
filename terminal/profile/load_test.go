package profile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/profile"
)

// files is a directory of layout files by name.
type files map[string]string

func (f files) write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range f {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}

func (f files) load(t *testing.T) *profile.Set {
	t.Helper()
	set, err := profile.Load(f.write(t))
	require.NoError(t, err)
	return set
}

// records is a region that says something about the records of EF06.
func records(match string, lines ...string) string {
	return "match: \"" + match + "\"\n" +
		"applications:\n  SSSE:\n    files:\n      EF06:\n        records:\n" +
		"          - " + strings.Join(lines, "\n          - ") + "\n"
}

const personNumber = `{tag: EA, field: holder.person_number, format: text, length: 18, zh: 人员识别号, en: Person number}`

func TestCity(t *testing.T) {
	set := files{"regions/5101.yaml": records("5101",
		personNumber,
		`{tag: "4E", length: 30}`,
		`{tag: "0C", remove: true}`,
	)}.load(t)

	city := file(t, set.Layout("2.0", "510100"), "EF06")
	require.Equal(t, []byte{0x08, 0x09, 0x4E, 0x0A, 0x0B, 0x0D, 0xEA}, tags(city))
	require.Equal(t, profile.Record{
		Item: profile.Item{
			Tag: 0x4E, Length: 30, Format: profile.Text, Label: profile.Label{ZH: "姓名扩展", EN: "Name (continued)"},
		},
		Field: "holder.name", Continues: true, Repeat: 1,
	}, city.Records[2])
	require.Equal(t, profile.Record{
		Item: profile.Item{
			Tag: 0xEA, Length: 18, Format: profile.Text, Label: profile.Label{ZH: "人员识别号", EN: "Person number"},
		},
		Field: "holder.person_number", Repeat: 1,
	}, city.Records[6])
	require.Equal(t, 91+10-5+20, city.Size())
	require.Equal(t, "RKSSSE", file(t, set.Layout("3.00", "510100"), "EF06").Read.String())

	fields := set.Layout("2.0", "510100").Fields()
	require.NotContains(t, names(fields), "holder.birthplace")
	require.Equal(t, profile.Field{
		Name: "holder.person_number", Group: "holder", Member: "person_number", Personal: true,
		Label: profile.Label{ZH: "人员识别号", EN: "Person number"},
	}, fields[len(fields)-1])

	for _, elsewhere := range []string{"", "51", "510200", "990000"} {
		require.Equal(t, long, tags(file(t, set.Layout("2.0", elsewhere), "EF06")), elsewhere)
	}
}

func TestRecordOrder(t *testing.T) {
	tests := []struct {
		name, line string
		want       []byte
	}{
		{"new at the end", personNumber, append(append([]byte{}, short...), 0xEA)},
		{"new after another", strings.Replace(personNumber, "EA,", `EA, after: "09",`, 1),
			[]byte{0x08, 0x09, 0xEA, 0x0A, 0x0B, 0x0C, 0x0D}},
		{"known moved", `{tag: "08", after: "0D"}`, []byte{0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x08}},
		{"known stays", `{tag: "08", length: 20}`, short},
		{"without a meaning", `{tag: "EF", length: 2}`, append(append([]byte{}, short...), 0xEF)},
		{"only in later versions", `{tag: "0D", since: "2"}`, short[:5]},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set := files{"regions/city.yaml": records("5101", tt.line)}.load(t)
			require.Equal(t, tt.want, tags(file(t, set.Layout("1.0", "510100"), "EF06")))
		})
	}
}

func TestLongerPrefixesLieOverShorterOnes(t *testing.T) {
	set := files{
		"regions/a.yaml": records("510104", `{tag: "08", length: 20}`, `{tag: "E1", remove: true}`),
		"regions/b.yaml": records("51", `{tag: "08", length: 21}`, `{tag: "09", length: 31}`, `{tag: "E1", length: 1}`),
		"regions/c.yaml": records("5101", `{tag: "09", length: 32}`, `{tag: "E2", length: 1}`),
	}.load(t)
	tests := []struct {
		region          string
		number, name    int
		tagsBehindBirth []byte
	}{
		{"", 18, 30, nil},
		{"500000", 18, 30, nil},
		{"510000", 21, 31, []byte{0xE1}},
		{"519900", 21, 31, []byte{0xE1}},
		{"510100", 21, 32, []byte{0xE1, 0xE2}},
		{"510104", 20, 32, []byte{0xE2}},
	}
	for _, tt := range tests {
		t.Run("region "+tt.region, func(t *testing.T) {
			f := file(t, set.Layout("1.0", tt.region), "EF06")
			require.Equal(t, tt.number, f.Records[0].Length)
			require.Equal(t, tt.name, f.Records[1].Length)
			require.Equal(t, append(append([]byte{}, short...), tt.tagsBehindBirth...), tags(f))
		})
	}
}

func TestRegionChangesFiles(t *testing.T) {
	set := files{"regions/city.yaml": `
match: 5101
keys:
  RK1: {level: province, psam: "5D", id: "07", zh: 本地信息读取}
applications:
  SSSE:
    select: [{fid: 3F00}]
    files:
      EF06: {sfi: 22, fid: EF16, read: [{until: "2", access: free}, {access: RK1}], update: never}
      EF0E: {fid: EF0E, since: "2", until: "3", zh: 本地, en: Local}
`}.load(t)

	app, _ := set.Layout("1.0", "510100").Application("SSSE")
	require.Equal(t, []profile.Selection{{FID: 0x3F00}}, app.Select)
	require.Len(t, app.Files, 3) // of 1.0
	require.Equal(t, byte(22), app.Files[1].SFI)
	require.Equal(t, uint16(0xEF16), app.Files[1].FID)

	tests := []struct {
		version, read string
		local         bool
	}{{"1.0", "free", false}, {"2.0", "RK1", true}, {"3.0", "RK1", false}}
	for _, tt := range tests {
		l := set.Layout(tt.version, "510100")
		require.Equal(t, tt.read, file(t, l, "EF06").Read.String(), tt.version)
		require.Equal(t, "never", file(t, l, "EF06").Update.String(), tt.version)
		app, _ := l.Application("SSSE")
		_, ok := app.File("EF0E")
		require.Equal(t, tt.local, ok, tt.version)
	}
}

func TestJiangsu(t *testing.T) {
	set := builtin(t)
	local := file(t, set.Layout("2.0", "320500"), "EF0D")
	require.Equal(t, []byte{0xEA, 0xEB, 0xEC, 0xED}, tags(local))
	require.Equal(t, 31, local.Size())
	require.Equal(t, byte(13), local.SFI)

	replaced := files{"regions/32.yaml": `match: "32"`}.load(t)
	app, _ := replaced.Layout("2.0", "320500").Application("SSSE")
	_, ok := app.File("EF0D")
	require.False(t, ok, "a file of the same name replaces the built-in one")
}

// small is a national layout of one application, with a tag that changed its meaning.
const small = `
applications:
  DF04:
    zh: 社会保险2
    en: Insurance 2
    select: [{name: D15600000503}]
    files:
      EF05:
        fid: EF05
        zh: 医保
        en: Medical
        records:
          - {tag: "81", field: medical.institution, format: text, length: 70, until: "2", zh: 医疗机构, en: Institution}
          - {tag: "81", field: medical.kind, format: text, length: 8, since: "2", zh: 险种类型, en: Kind}
`

func TestNationalReplaced(t *testing.T) {
	set := files{
		"national.yaml":   small,
		"regions/32.yaml": "match: \"32\"",
		"regions/51.yaml": `{match: "51", applications: {DF04: {files: {EF05: {records: [{tag: 81, since: 2, length: 9}]}}}}}`,
	}.load(t)
	require.Equal(t, []string{"medical.institution", "medical.kind"}, names(set.Fields()))

	tests := []struct {
		name, version, region, field string
		length                       int
	}{
		{"old meaning", "1.0", "", "medical.institution", 70},
		{"new meaning", "2.0", "", "medical.kind", 8},
		{"region leaves the old meaning", "1.0", "510000", "medical.institution", 70},
		{"region changes the new meaning", "2.0", "510000", "medical.kind", 9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := set.Layout(tt.version, tt.region)
			_, ok := l.Application("SSSE")
			require.False(t, ok)
			app, ok := l.Application("DF04")
			require.True(t, ok)
			require.Len(t, app.Files[0].Records, 1)
			require.Equal(t, tt.field, app.Files[0].Records[0].Field)
			require.Equal(t, tt.length, app.Files[0].Records[0].Length)
		})
	}
}

func TestOtherFilesAreLeftAlone(t *testing.T) {
	files{"README.md": "#", "regions/5101.yaml~": "match: x", "asymmetric/notes.txt": "x"}.load(t)
}
