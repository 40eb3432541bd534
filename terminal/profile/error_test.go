package profile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/profile"
)

func TestRecordErrors(t *testing.T) {
	const at = "applications.SSSE.files.EF06.records[0]"
	tests := []struct{ name, line, path, message string }{
		{"unknown key", `{tag: EA, lenght: 1}`, at + ".lenght", "unknown key; known are after, continues"},
		{"key twice", `{tag: EA, tag: EB}`, at + ".tag", "given twice"},
		{"no mapping", `EA`, at, "not a mapping"},
		{"alias", `*x`, "", "unknown anchor"},
		{"no tag", `{length: 1}`, at, "no tag"},
		{"tag null", `{tag: ~, length: 1}`, at + ".tag", "no text"},
		{"tag of one digit", `{tag: "8", length: 1}`, at + ".tag", "not 2 hexadecimal digits"},
		{"tag of two bytes", `{tag: 9F01, length: 1}`, at + ".tag", "not 2 hexadecimal digits"},
		{"tag not hexadecimal", `{tag: GG, length: 1}`, at + ".tag", "not 2 hexadecimal digits"},
		{"no length", `{tag: EA}`, at, "no length"},
		{"length 0", `{tag: EA, length: 0}`, at + ".length", "not a number from 1 to 255"},
		{"length 256", `{tag: EA, length: 256}`, at + ".length", "not a number from 1 to 255"},
		{"length in hexadecimal", `{tag: EA, length: 1E}`, at + ".length", "not a number from 1 to 255"},
		{"take more than length", `{tag: "08", take: 19}`, at, "take is more than length"},
		{"no format", `{tag: EA, field: holder.x, length: 1, zh: 甲, en: A}`, at, "no format"},
		{"unknown format", `{tag: EA, field: holder.x, format: bcd, length: 1, zh: 甲, en: A}`, at + ".format",
			`"bcd" is not text, digits, hex, number, date or time`},
		{"field without group", `{tag: EA, field: x, format: hex, length: 1, zh: 甲, en: A}`, at + ".field",
			"not a field name like group.member"},
		{"field of three parts", `{tag: EA, field: a.b.c, format: hex, length: 1, zh: 甲, en: A}`, at + ".field",
			"not a field name like group.member"},
		{"field given twice", `{tag: EA, field: issuer.card_id, format: hex, length: 1, zh: 甲, en: A}`, at,
			"field issuer.card_id is given twice in version 1.0"},
		{"no Chinese", `{tag: EA, field: holder.x, format: hex, length: 1, en: A}`, at, "no zh"},
		{"no English", `{tag: EA, field: holder.x, format: hex, length: 1, zh: 甲}`, at, "no en"},
		{"empty English", `{tag: EA, field: holder.x, format: hex, length: 1, zh: 甲, en: ""}`, at + ".en", "no text"},
		{"value without English", `{tag: "0A", values: {"1": {zh: 男}}}`, at + ".values.1", "no en"},
		{"value without Chinese", `{tag: "0A", values: {"1": {en: Male}}}`, at + ".values.1", "no zh"},
		{"value in French", `{tag: "0A", values: {"1": {fr: M}}}`, at + ".values.1.fr", "unknown key; known are en, zh"},
		{"field and continues", `{tag: "09", continues: holder.sex}`, at, "want either field or continues"},
		{"continues what is not there", `{tag: EA, continues: holder.x, length: 1}`, at,
			"continues holder.x, which is no text before it"},
		{"continues what comes later", `{tag: EA, after: "09", continues: holder.sex, length: 1}`, at,
			"continues holder.sex, which is no text before it"},
		{"continues another file", `{tag: EA, continues: issuer.card_number, length: 1}`, at, "which is no text before it"},
		{"continues digits", `{tag: EA, continues: holder.birthplace, length: 1}`, at, "which is no text before it"},
		{"bad since", `{tag: EA, length: 1, since: v2}`, at + ".since", "not a version like 2 or 2.0"},
		{"bad until", `{tag: EA, length: 1, until: "2.000"}`, at + ".until", "not a version like 2 or 2.0"},
		{"no version left", `{tag: EA, length: 1, since: "3", until: "3.00"}`, at, "until is not after since"},
		{"no version before 1.0", `{tag: EA, length: 1, until: "1"}`, at, "until is not after since"},
		{"personal neither true nor false", `{tag: "08", personal: yes}`, at + ".personal", "not true or false"},
		{"no record at all of a tag", `{tag: EA, length: 1, repeat: 0}`, at + ".repeat", "not a number from 1 to 254"},
		{"items and a format", `{tag: EA, format: hex, items: [{tag: "01", length: 1}]}`, at, "a record of items has neither"},
		{"items and a field", `{tag: EA, field: holder.x, items: [{tag: "01", length: 1}]}`, at, "a record of items has neither"},
		{"items without tags", `{tag: EA, items: [{length: 1}]}`, at, "items of a record have a tag"},
		{"items of another length", `{tag: EA, length: 4, items: [{tag: "01", length: 1}]}`, at,
			"length is 4, but the items take 3"},
		{"items too long", `{tag: EA, items: [{tag: "01", length: 255}]}`, at, "items take 257 bytes, more than 255"},
		{"reused without length", `{tag: EA, length: 4, reused: {format: hex}}`, at + ".reused", "no length"},
		{"reused without room for EE", `{tag: EA, length: 4, reused: {format: hex, length: 4}}`, at, "leaves no room for EE"},
		{"reused with a tag", `{tag: EA, length: 4, reused: {tag: EB}}`, at + ".reused.tag", "unknown key"},
		{"removes what is not there", `{tag: EA, remove: true}`, at, "no record of tag EA to remove"},
		{"comes after what is not there", `{tag: EA, length: 1, after: EB}`, at, "no record of tag EB to come after"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			city := files{"regions/city.yaml": records("5101", tt.line)}
			requireError(t, city, "regions/city.yaml", tt.path, tt.message)
		})
	}
}

func TestErrorBroughtOutBelowNamesBothFiles(t *testing.T) {
	err := requireError(t, files{"regions/city.yaml": records("5101", `{tag: "09", since: "3"}`)},
		"regions/city.yaml", "", "continues holder.name, which is no text before it in version 2.0")
	below := requireType(t, err.Err)
	require.Equal(t, filepath.Join("built-in", "national.yaml"), below.File)
	require.Equal(t, "applications.SSSE.files.EF06.records[2]", below.Path)
}

func TestTagTwice(t *testing.T) {
	requireError(t, files{"regions/city.yaml": records("5101", `{tag: EA, length: 1}`, `{tag: EA, length: 2}`)},
		"regions/city.yaml", "applications.SSSE.files.EF06.records[1]", "tag EA is used twice in version 1.0")
}

func TestFileErrors(t *testing.T) {
	const at = "applications.SSSE.files.EF0D"
	tests := []struct{ name, file, path, message string }{
		{"unknown key", `{fdi: EF0D}`, at + ".fdi", "unknown key; known are count, en, fid"},
		{"no fid", `{zh: 甲, en: A}`, at, "no fid"},
		{"fid of one byte", `{fid: 0D}`, at + ".fid", "not 4 hexadecimal digits"},
		{"sfi 0", `{sfi: 0}`, at + ".sfi", "not a number from 1 to 30"},
		{"sfi 31", `{sfi: 31}`, at + ".sfi", "not a number from 1 to 30"},
		{"no Chinese", `{fid: EF0D, en: A}`, at, "no zh"},
		{"no English", `{fid: EF0D, zh: 甲}`, at, "no en"},
		{"no version left", `{fid: EF0D, zh: 甲, en: A, since: "2", until: "2"}`, at, "until is not after since"},
		{"bad version of a rule", `{read: [{since: new}]}`, at + ".read[0].since", "not a version"},
		{"no version left to a rule", `{read: [{access: PIN, until: "1"}]}`, at + ".read[0]", "until is not after since"},
		{"rule without a key name", `{read: [{access: ""}]}`, at + ".read[0].access", "no text"},
		{"rule without access", `{read: [{since: "2"}]}`, at + ".read[0]", "no access"},
		{"rules no list", `{read: {access: PIN}}`, at + ".read", "not a list"},
		{"access with nothing behind |", `{read: PIN |}`, at + ".read", `"PIN |" is not free, never, or names of keys and PIN`},
		{"access of small letters", `{update: pin}`, at + ".update", `"pin" is not free, never, or names`},
		{"read by no key", `{fid: EF0D, zh: 甲, en: A, read: PIN | K}`, at + ".read", `"K" is neither PIN nor a key`},
		{"updated by no key", `{fid: EF0D, zh: 甲, en: A, update: [{access: K & PIN}]}`, at + ".update[0]",
			`"K" is neither PIN nor a key`},
		{"unknown structure", `{structure: linear}`, at + ".structure", "not variable, fixed, cyclic or transparent"},
		{"transparent without length", `{fid: EF0D, zh: 甲, en: A, structure: transparent}`, at, "no length"},
		{"transparent of records", `{fid: EF0D, zh: 甲, en: A, structure: transparent, length: 9, records: [{tag: EA, length: 1}]}`,
			at, "a transparent file has no records"},
		{"transparent beyond READ BINARY", `{length: 32769}`, at + ".length", "not a number from 1 to 32768"},
		{"variable with a length", `{fid: EF0D, zh: 甲, en: A, length: 9}`, at, "a variable file has no length"},
		{"variable with a count", `{fid: EF0D, zh: 甲, en: A, count: 9}`, at, "a variable file has no count"},
		{"variable of items", `{fid: EF0D, zh: 甲, en: A, items: [{length: 1}]}`, at, "a variable file has no items"},
		{"cyclic of records", `{fid: EF0D, zh: 甲, en: A, structure: cyclic, records: [{tag: EA, length: 1}]}`, at,
			"a cyclic file has no records"},
		{"fixed of both", `{fid: EF0D, zh: 甲, en: A, structure: fixed, items: [{length: 1}], records: [{tag: EA, length: 1}]}`,
			at, "want either records or items"},
		{"cyclic of items with tags", `{fid: EF0D, zh: 甲, en: A, structure: cyclic, items: [{tag: EA, length: 1}]}`, at,
			"items of a file have no tag"},
		{"items with and without tags", `{items: [{length: 1}, {tag: EA, length: 1}]}`, at + ".items[1]",
			"want all items with a tag, or none"},
		{"item without length", `{items: [{format: hex}]}`, at + ".items[0]", "no length"},
		{"item without English", `{items: [{length: 1, zh: 甲}]}`, at + ".items[0]", "no en"},
		{"item with a field", `{items: [{length: 1, field: holder.x}]}`, at + ".items[0].field", "unknown key"},
		{"records no list", `{records: {tag: EA}}`, at + ".records", "not a list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			content := "{match: 5101, applications: {SSSE: {files: {EF0D: " + tt.file + "}}}}"
			requireError(t, files{"regions/city.yaml": content}, "regions/city.yaml", tt.path, tt.message)
		})
	}
}

func TestApplicationErrors(t *testing.T) {
	const at = "applications.DF09"
	tests := []struct{ name, application, path, message string }{
		{"no select", `{zh: 甲, en: A}`, at, "no select"},
		{"select emptied", `{zh: 甲, en: A, select: []}`, at, "no select"},
		{"no Chinese", `{en: A, select: [{fid: DF09}]}`, at, "no zh"},
		{"no English", `{zh: 甲, select: [{fid: DF09}]}`, at, "no en"},
		{"select by nothing", `{select: [{}]}`, at + ".select[0]", "want either name or fid"},
		{"select by both", `{select: [{name: A0, fid: DF09}]}`, at + ".select[0]", "want either name or fid"},
		{"name not hexadecimal", `{select: [{name: sx1}]}`, at + ".select[0].name", "not 1 to 16 bytes in hexadecimal"},
		{"unknown key", `{aid: A0}`, at + ".aid", "unknown key; known are en, files, select, zh"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			content := "{match: 5101, applications: {DF09: " + tt.application + "}}"
			requireError(t, files{"regions/city.yaml": content}, "regions/city.yaml", tt.path, tt.message)
		})
	}
}

func TestKeyErrors(t *testing.T) {
	const at = "keys.RK1"
	tests := []struct{ name, keys, path, message string }{
		{"unknown key", `{RK1: {lvl: province}}`, at + ".lvl", "unknown key; known are hsm, id, level"},
		{"no level", `{RK1: {psam: 5D, zh: 甲}}`, at, "no level"},
		{"no psam", `{RK1: {level: province, zh: 甲}}`, at, "no psam"},
		{"no Chinese", `{RK1: {level: province, psam: 5D}}`, at, "no zh"},
		{"unknown level", `{RK1: {level: city}}`, at + ".level", "not ministry or province"},
		{"id of one digit", `{RK1: {id: 7}}`, at + ".id", "not 2 hexadecimal digits"},
		{"usage of two bytes", `{RK1: {usage: 67FF}}`, at + ".usage", "not 2 hexadecimal digits"},
		{"psam not hexadecimal", `{RK1: {psam: XX}}`, at + ".psam", "not 2 hexadecimal digits"},
		{"address of two digits", `{RK1: {hsm: ["94"]}}`, at + ".hsm[0]", "not an address of four hexadecimal digits"},
		{"addresses no list", `{RK1: {hsm: "0094"}}`, at + ".hsm", "not a list"},
		{"name of small letters", `{rk1: {}}`, "keys.rk1", "not a key name"},
		{"PIN for a name", `{PIN: {}}`, "keys.PIN", "not a key name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			city := files{"regions/city.yaml": "{match: 5101, keys: " + tt.keys + "}"}
			requireError(t, city, "regions/city.yaml", tt.path, tt.message)
		})
	}
}

func TestTopErrors(t *testing.T) {
	tests := []struct{ name, file, content, path, message string }{
		{"no YAML", "regions/city.yaml", "match: [", "", "yaml: line 1"},
		{"empty", "regions/city.yaml", "", "", "file is empty"},
		{"only a comment", "regions/city.yaml", "# later\n", "", "file is empty"},
		{"two documents", "regions/city.yaml", "match: 51\n---\nmatch: 52\n", "", "more than one document"},
		{"broken second document", "regions/city.yaml", "match: 51\n---\n[", "", "more than one document"},
		{"a list", "regions/city.yaml", "- match: 51", "", "not a mapping"},
		{"unknown key", "regions/city.yaml", "match: 51\nname: x", "name", "unknown key; known are applications, keys, match"},
		{"no match", "regions/city.yaml", "applications: {}", "", "no match"},
		{"match of letters", "regions/city.yaml", "match: suzhou", "match", "not 1 to 6 digits"},
		{"match too long", "regions/city.yaml", `match: "5101001"`, "match", "not 1 to 6 digits"},
		{"match taken", "regions/city.yaml", "match: 32", "", "match 32 is given in"},
		{"national with a match", "national.yaml", "match: 32", "match", "unknown key; known are applications"},
		{"national with nothing", "national.yaml", "{}", "", "no applications"},
		{"region in the wrong place", "5101.yaml", "match: 5101", "", "files are national.yaml, regions/*.yaml and asymmetric/*.yaml"},
		{"wrong extension", "regions/5101.yml", "match: 5101", "", "files are national.yaml, regions/*.yaml and asymmetric/*.yaml"},
		{"wrong extension of a profile", "asymmetric/a.yml", "zh: 甲", "", "files are national.yaml, regions/*.yaml and asymmetric/*.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			requireError(t, files{tt.file: tt.content}, tt.file, tt.path, tt.message)
		})
	}
}

func TestErrorText(t *testing.T) {
	dir := files{"regions/city.yaml": records("5101", `{tag: EA, length: 0}`)}.write(t)
	_, err := profile.Load(dir)
	require.EqualError(t, err, filepath.Join(dir, "regions", "city.yaml")+
		`:7: applications.SSSE.files.EF06.records[0].length: "0" is not a number from 1 to 255`)
}

func TestDirectoryAbsent(t *testing.T) {
	_, err := profile.Load(filepath.Join(t.TempDir(), "nowhere"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	requireType(t, err)
}

func TestDirectoryWithoutRegions(t *testing.T) {
	_, err := profile.Load(t.TempDir())
	require.NoError(t, err)
}

func requireType(t *testing.T, err error) *profile.Error {
	t.Helper()
	var typed *profile.Error
	require.ErrorAs(t, err, &typed)
	return typed
}

func requireError(t *testing.T, f files, name, path, message string) *profile.Error {
	t.Helper()
	dir := f.write(t)
	_, err := profile.Load(dir)
	typed := requireType(t, err)
	require.Equal(t, filepath.Join(dir, name), typed.File)
	require.Equal(t, path, typed.Path)
	require.ErrorContains(t, typed.Err, message)
	return typed
}

func FuzzLoad(f *testing.F) {
	f.Add(records("5101", personNumber, `{tag: "4E", length: 30}`, `{tag: "0C", remove: true}`))
	f.Add(`{match: 51, applications: {SSSE: {select: [{fid: 3F00}], files: {EF06: {read: [{until: 2, access: free}, {access: RKSSSE & PIN}]}}}}}`)
	f.Add(`{match: 51, keys: {K: {level: province, psam: 5D, zh: 甲}}, applications: {DF01: {files: {EF05: {update: K | PIN}}}}}`)
	f.Add("match: &a 51\napplications: {SSSE: *a, <<: *a}")
	dir := f.TempDir()
	require.NoError(f, os.Mkdir(filepath.Join(dir, "regions"), 0o755))
	name := filepath.Join(dir, "regions", "city.yaml")
	f.Fuzz(func(t *testing.T, content string) {
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		set, err := profile.Load(dir)
		if err != nil {
			requireType(t, err)
			return
		}
		for _, version := range []string{"", "2.0", "3.00", "9.99"} {
			l := set.Layout(version, "510104")
			require.Subset(t, names(set.Fields()), names(l.Fields()))
			app, ok := l.Application("SSSE")
			require.True(t, ok)
			require.NotEmpty(t, app.Select)
			for _, f := range app.Files {
				require.GreaterOrEqual(t, f.Size(), 3*len(f.Records))
			}
		}
	})
}
