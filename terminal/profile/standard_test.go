package profile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/profile"
)

// standardFiles are the files of 人社信息函〔2012〕37号 as its tables write them: lengths in hexadecimal, and a
// record of records as length ×count {records}.
var standardFiles = []struct{ name, structure, read, update, contents string }{
	{"SSSEEF05", "variable", "free", "UKSSSE", "01 b10 · 02 an1 · 03 an4 · 04 bC · 05 cn4 · 06 cn4 · 07 an9"},
	{"SSSEEF06", "variable", "free", "UKSSSE", "08 an12 · 09 an1E · 4E an14 · 0A an1 · 0B cn1 · 0C cn3 · 0D cn4"},
	{"SSSEEF07", "transparent 300", "RKSSSE", "UKSSSE", ""},
	{"SSSEEF08", "transparent 1000", "RKSSSE", "UKSSSE", ""},

	{"DF01EF05", "variable", "PIN | RK1DF01", "UK1DF01", "20 an2 · 21 an50 · 0E cn3"},
	{"DF01EF06", "variable", "PIN | RK1DF01", "UK4DF01", "23 an50 · 24 cn3 · 28 anF · 2C an32 · 2D anF"},
	{"DF01EF07", "variable", "PIN | RK1DF01", "UK2DF01", "29 an1"},
	{"DF01EF08", "variable", "PIN | RK1DF01", "UK3DF01", "2B an1"},
	{"DF01EF09", "variable", "PIN | RK1DF01", "never", "2E an46 · 30 an9 · 32 an2"},
	{"DF01EF0A", "variable", "PIN | RK1DF01", "UK5DF01", "37 an3 · 38 an2 · 39 cn4"},
	{"DF01EF15", "variable", "PIN | RK1DF01", "UK6DF01", "2A cn1 · 40 34 ×3 {57 an3 · 58 cn3 · 59 an28}"},
	{"DF01EF16", "transparent 128", "free", "UK7DF01", ""},
	{"DF01EF17", "transparent 128", "free", "UK8DF01", ""},
	{"DF01EF18", "transparent 128", "free", "UK9DF01", ""},
	{"DF01EF19", "transparent 128", "free", "UKADF01", ""},
	{"DF01EF1A", "transparent 128", "free", "UKBDF01", ""},

	{"DF02EF05", "variable", "PIN | RK1DF02", "UK1DF02", "42 an3 · 41 an3 · " +
		"43 6C ×2 {5A an7 · 5B an1 · 5C an46 · 5D cn4 · 5E an10} · 44 65 ×2 {33 an3 · 34 an46 · 35 cn4 · 36 an10}"},
	{"DF02EF06", "variable", "PIN | RK1DF02", "UK2DF02",
		"4C cn4 · 4B an5 · 4D cn3 · 60 cn4 · 4F an6 · 50 cn3 · 3A an7"},
	{"DF02EF07", "cyclic 55 ≥4", "PIN | RK1DF02", "UK3DF02", "an7 · cn4 · cn4 · an46"},
	{"DF02EF09", "variable", "PIN | RK1DF02", "UK4DF02", "55 an10 · 56 an46 · 96 cn4 · 97 cn3"},
	{"DF02EF15", "variable", "PIN | RK1DF02", "UK5DF02", "99 10 ×4 {10 an3 · 11 cn4 · 12 cn3} · 0F cn4 · 1F cn3"},
	{"DF02EF16", "cyclic 12 ≥4", "PIN | RK1DF02", "UK6DF02", "an3 · cn4 · cn4 · cn4 · cn3"},

	{"DF03EF05", "variable", "PIN | RK2DF03", "UK1DF03",
		"61 cn3 · 60 cn4 · 98 cn4 · 62 cn4 · 63 an3 · 64 an3 · 65 an3 · 66 an3"},
	{"DF03EF06", "variable", "PIN | RK1DF03", "UK2DF03", "45 an14 · 46 an2 · 47 an2 · 48 an1 · 49 an1 · 67 cn4 · " +
		"6B an3C · 4A 61 ×3 {13 an2 · 14 an1 · 15 an14 · 16 cn4 · 17 an3C}"},
	{"DF03EF07", "variable", "PIN | RK1DF03", "UK3DF03", "70 an3 · 71 cn3 · 6E cn4 · 6C cn4 · 6F cn4 · 73 cn4"},
	{"DF03EF15", "variable", "PIN | RK1DF03", "UK4DF03", "7A cn3 · 7B cn4 · 7C cn4"},
	{"DF03EF16", "variable", "PIN | RK1DF03", "UK5DF03", "51 cn3 · 5F an1"},
	{"DF03EF17", "variable", "PIN | RK1DF03", "UK6DF03", "3B an14 · 3C an46 · 3D an1 · 3E cn4 · 3F an3C"},
	{"DF03EF18", "variable", "PIN | RK1DF03", "UK7DF03", "74 an3 · 75 cn3 · 76 cn1 · 77 cn4 · 78 cn4"},
	{"DF03EF19", "fixed 29", "PIN | RK1DF03", "UK8DF03",
		"79 27 ×4 {18 an3 · 19 cn3 · 1A cn4 · 1B cn4 · 1C cn4 · 1D an3 · 1E cn4}"},

	{"DF04EF05", "variable", "PIN | RK1DF04", "UK1DF04", "81 an8 · 84 cn3 · 87 an11 · 8C cn1 · 80 cn4 · 8B an1D · " +
		"8A anF · 83 an9 · 86 an9 · 89 an9 · 7D an9 · 7E an9 · 7F an9 · 8D an9 · 8E an9 · 8F an1"},
	{"DF04EF06", "variable", "RK1DF04 & PIN", "UK2DF04", "90 an1 · 92 cn4 · 93 an2"},
	{"DF04EF08", "cyclic 1C ≥30", "PIN", "never", "b2 · an1 · cn6 · cn7 · b4 · b4 · b4"},
	{"DF04EF15", "cyclic 3 ≥8", "PIN | RK1DF04", "never", "b2 · an1"},

	{"DF07EF05", "variable", "RK1DF07", "UK1DF07", "F0 an2 · F1 an1 · F2 cn4 · F3 an3 · F4 cn4"},
	{"DF07EF06", "variable", "RK2DF07", "UK2DF07", "F5 an3 · F6 cn4 · F7 an46"},
	{"DF07EF07", "variable", "RK3DF07", "UK3DF07", "F8 cn4 · F9 an1"},
}

func TestStandardFiles(t *testing.T) {
	l := builtin(t).Layout("2.0", "")
	files := 0
	for _, name := range []string{"SSSE", "DF01", "DF02", "DF03", "DF04", "DF07"} {
		app, ok := l.Application(name)
		require.True(t, ok, name)
		files += len(app.Files)
	}
	require.Len(t, standardFiles, files)
	for _, tt := range standardFiles {
		t.Run(tt.name, func(t *testing.T) {
			f := addressed(t, l, tt.name)
			require.Equal(t, tt.structure, structureOf(f))
			require.Equal(t, tt.read, f.Read.String())
			require.Equal(t, tt.update, f.Update.String())
			require.Equal(t, tt.contents, contentsOf(f))
			require.Equal(t, tt.name[4:], fmt.Sprintf("%04X", f.FID))
		})
	}
}

func addressed(t *testing.T, l profile.Layout, name string) profile.File {
	t.Helper()
	app, ok := l.Application(name[:4])
	require.True(t, ok, name)
	f, ok := app.File(name[4:])
	require.True(t, ok, name)
	return f
}

func structureOf(f profile.File) string {
	s := string(f.Structure)
	if f.Length > 0 {
		s += fmt.Sprintf(" %X", f.Length)
	}
	if f.Count > 0 {
		s += fmt.Sprintf(" ≥%d", f.Count)
	}
	return s
}

func contentsOf(f profile.File) string {
	contents := itemsOf(f.Items)
	for _, r := range f.Records {
		if len(r.Items) == 0 {
			contents = append(contents, itemsOf([]profile.Item{r.Item})...)
			continue
		}
		items := strings.Join(itemsOf(r.Items), " · ")
		contents = append(contents, fmt.Sprintf("%02X %X ×%d {%s}", r.Tag, r.Length, r.Repeat, items))
	}
	return strings.Join(contents, " · ")
}

func itemsOf(items []profile.Item) []string {
	notation := map[profile.Format]string{
		profile.Text: "an", profile.Digits: "cn", profile.Date: "cn", profile.Time: "cn", profile.Hex: "b", profile.Number: "b",
	}
	var all []string
	for _, i := range items {
		coding := fmt.Sprintf("%s%X", notation[i.Format], i.Length)
		if i.Tag != 0 {
			coding = fmt.Sprintf("%02X %s", i.Tag, coding)
		}
		all = append(all, coding)
	}
	return all
}

func TestSizes(t *testing.T) {
	l := builtin(t).Layout("2.0", "")
	tests := map[string]int{
		"SSSEEF08": 4096, "DF01EF15": 3 + 3*54, "DF02EF07": 4 * 85, "DF03EF19": 4 * 41, "DF04EF08": 30 * 28,
	}
	for name, size := range tests {
		require.Equal(t, size, addressed(t, l, name).Size(), name)
	}
}

func TestEveryItemHasLabels(t *testing.T) {
	for _, version := range []string{"1.0", "2.0", "3.0"} {
		l := builtin(t).Layout(version, "320500")
		for _, name := range []string{"SSSE", "DF01", "DF02", "DF03", "DF04", "DF07"} {
			app, _ := l.Application(name)
			for _, f := range app.Files {
				items := f.Items
				for _, r := range f.Records {
					items = append(append(items, r.Item), r.Items...)
				}
				for _, i := range items {
					require.NotEmpty(t, i.Label.ZH, "%s%s %02X", name, f.Name, i.Tag)
					require.NotEmpty(t, i.Label.EN, "%s%s %02X", name, f.Name, i.Tag)
				}
			}
		}
	}
	l := builtin(t).Layout("2.0", "")
	honour, _ := addressed(t, l, "DF07EF05").Record(0xF0)
	require.Equal(t, profile.Label{ZH: "数据项 F0", EN: "Item F0"}, honour.Label)
	require.Equal(t, profile.Label{ZH: "数据项 2", EN: "Item 2"}, addressed(t, l, "DF02EF16").Items[1].Label)
}

func TestItemValues(t *testing.T) {
	l := builtin(t).Layout("2.0", "")
	tests := []struct {
		file, code string
		tag        byte
		want       profile.Label
		count      int
	}{
		{"DF01EF07", "7", 0x29, profile.Label{ZH: "从未就业", EN: "Never employed"}, 8},
		{"DF01EF08", "9", 0x2B, profile.Label{ZH: "未说明", EN: "Not stated"}, 5},
		{"DF01EF15", "21", 0x2A, profile.Label{ZH: "大学本科", EN: "University"}, 11},
		{"DF04EF05", "2", 0x8F, profile.Label{ZH: "脱网", EN: "Offline"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			r, ok := addressed(t, l, tt.file).Record(tt.tag)
			require.True(t, ok)
			require.Len(t, r.Values, tt.count)
			require.Equal(t, tt.want, r.Values[tt.code])
		})
	}
}

func TestAccessByVersion(t *testing.T) {
	set := builtin(t)
	tests := []struct{ file, first, second, third string }{
		{"SSSEEF05", "free", "free", "free"},
		{"SSSEEF06", "free", "free", "RKSSSE"},
		{"SSSEEF07", "free", "RKSSSE", "RKSSSE"},
		{"SSSEEF08", "", "RKSSSE", "RKSSSE"},
		{"DF01EF05", "PIN | RK1DF01", "PIN | RK1DF01", "PIN | RK1DF01"},
		{"DF01EF06", "PIN", "PIN | RK1DF01", "PIN | RK1DF01"},
		{"DF01EF08", "PIN", "PIN | RK1DF01", "PIN | RK1DF01"},
		{"DF01EF0A", "PIN", "PIN | RK1DF01", "PIN | RK1DF01"},
		{"DF03EF05", "RK2DF03 & PIN", "PIN | RK2DF03", "PIN | RK2DF03"},
		{"DF03EF07", "RK1DF03 & PIN", "PIN | RK1DF03", "PIN | RK1DF03"},
		{"DF03EF08", "RK1DF03 & PIN", "", ""},
		{"DF03EF09", "RK1DF03 & PIN", "", ""},
		{"DF03EF0A", "RK1DF03 & PIN", "", ""},
		{"DF03EF15", "", "PIN | RK1DF03", "PIN | RK1DF03"},
		{"DF04EF05", "PIN", "PIN | RK1DF04", "PIN | RK1DF04"},
		{"DF04EF06", "RK1DF04 & PIN", "RK1DF04 & PIN", "RK1DF04 & PIN"},
		{"DF04EF09", "PIN", "", ""},
		{"DF07EF05", "", "RK1DF07", "RK1DF07"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			for version, want := range map[string]string{"1.0": tt.first, "2.0": tt.second, "3.0": tt.third} {
				app, _ := set.Layout(version, "").Application(tt.file[:4])
				f, there := app.File(tt.file[4:])
				require.Equal(t, want != "", there, version)
				if there {
					require.Equal(t, want, f.Read.String(), version)
				}
			}
		})
	}
}
