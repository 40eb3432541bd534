package profile_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"sscard/terminal/profile"
)

// acse is the built-in profile that is tried on cards, and templates are those that are not.
const acse = "acse-iso7816-4"

var templates = []string{
	"template-cos-vendor", "template-iso7816-4", "template-iso7816-8", "template-pboc-dda",
}

// plainest is a profile of nothing but what it needs, with what is said beside.
func plainest(more ...string) string {
	return strings.Join(append([]string{
		"zh: 甲", "en: A", "select: [{fid: DF0A}]", "certificate: {fid: EF15}",
		`sign: [{label: SIGN, command: 80 4C 00 01, data: "{digest}", ne: 64}]`,
	}, more...), "\n") + "\n"
}

func profileNames(profiles []profile.Asymmetric) []string {
	var names []string
	for _, a := range profiles {
		names = append(names, a.Name)
	}
	return names
}

func asymmetric(t *testing.T, set *profile.Set, name string) profile.Asymmetric {
	t.Helper()
	a, ok := set.AsymmetricProfile(name)
	require.True(t, ok, name)
	return a
}

// sent is what a terminal sends for a step: header, data and Ne, with C for a byte of the challenge and D for one of
// the digest.
func sent(s profile.SignStep) string {
	data := s.Bytes([32]byte(bytes.Repeat([]byte{0xCC}, 32)), [32]byte(bytes.Repeat([]byte{0xDD}, 32)))
	out := fmt.Sprintf("%02X %02X %02X %02X  %02X  % X  %d", s.CLA, s.INS, s.P1, s.P2, len(data), data, s.Ne)
	out = strings.Replace(out, strings.TrimSpace(strings.Repeat("CC ", 32)), "challenge", 1)
	return strings.Replace(out, strings.TrimSpace(strings.Repeat("DD ", 32)), "digest", 1)
}

func gbk(name string) string {
	raw, err := simplifiedchinese.GBK.NewEncoder().String(name)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%X", raw)
}

func TestBuiltInProfiles(t *testing.T) {
	set := builtin(t)
	require.Equal(t, append([]string{acse}, templates...), profileNames(set.AsymmetricProfiles()))
	_, ok := set.AsymmetricProfile("acse")
	require.False(t, ok)

	tests := []struct {
		name        string
		selects     []string
		certificate profile.CertificateFile
		pin         bool
		sends       []string
		answer      profile.Answer
	}{
		{
			name: acse, selects: []string{"D1560000050A"},
			certificate: profile.CertificateFile{
				FID: 0xEF15, SFI: 21, By: []profile.ReadBy{profile.ByFID, profile.BySFI}, Encoding: profile.EncodingDER,
			},
			sends:  []string{"00 88 00 01  20  challenge  64"},
			answer: profile.Answer{Layout: profile.LayoutRS},
		},
		{
			name: "template-iso7816-4", selects: []string{gbk("ACSE.社会保障"), gbk("sx4.sh.社会保障")},
			certificate: profile.CertificateFile{
				FID: 0xEF01, SFI: 1, By: []profile.ReadBy{profile.ByFID, profile.BySFI}, Encoding: profile.EncodingDER,
			},
			sends:  []string{"00 88 00 00  20  challenge  64"},
			answer: profile.Answer{Layout: profile.LayoutRS},
		},
		{
			name: "template-iso7816-8", selects: []string{gbk("ACSE.社会保障")},
			certificate: profile.CertificateFile{
				FID: 0xEF01, SFI: 1, By: []profile.ReadBy{profile.ByFID, profile.BySFI}, Encoding: profile.EncodingDER,
			},
			sends:  []string{"00 22 41 B6  03  84 01 01  0", "00 2A 9E 9A  20  digest  64"},
			answer: profile.Answer{Layout: profile.LayoutRS},
		},
		{
			name: "template-pboc-dda", selects: []string{gbk("ACSE.社会保障")},
			certificate: profile.CertificateFile{
				FID: 0xEF01, SFI: 1, By: []profile.ReadBy{profile.ByFID, profile.BySFI}, Encoding: profile.EncodingDER,
			},
			sends:  []string{"00 88 00 00  20  challenge  256"},
			answer: profile.Answer{Path: []uint{0x77, 0x9F4B}, Dynamic: 12, Layout: profile.LayoutRS},
		},
		{
			name: "template-cos-vendor", selects: []string{gbk("SS.CERT.ADF1")},
			certificate: profile.CertificateFile{
				FID: 0x0018, By: []profile.ReadBy{profile.ByFID}, Encoding: profile.EncodingDER,
			},
			pin:    true,
			sends:  []string{"80 4C 00 01  26  C2 02 00 13 C1 20 digest  64"},
			answer: profile.Answer{Layout: profile.LayoutRS},
		},
	}
	require.Len(t, tests, len(set.AsymmetricProfiles()))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := asymmetric(t, set, tt.name)
			var selects, sends []string
			for _, s := range a.Select {
				selects = append(selects, fmt.Sprintf("%X", s.Name))
			}
			for _, s := range a.Sign {
				require.NotEmpty(t, s.Label)
				sends = append(sends, sent(s))
			}
			require.Equal(t, tt.selects, selects)
			require.Equal(t, tt.certificate, a.Certificate)
			require.Equal(t, tt.pin, a.PIN)
			require.Equal(t, tt.sends, sends)
			require.Equal(t, tt.answer, a.Answer)
			require.Equal(t, profile.HashSM2, a.Hash)
			require.Equal(t, "1234567812345678", a.UserID)
			require.NotEmpty(t, a.Label.ZH)
			require.NotEmpty(t, a.Label.EN)
		})
	}
}

func TestProfilesToTry(t *testing.T) {
	set := files{
		"asymmetric/a-everywhere.yaml":   plainest(),
		"asymmetric/b-chengdu.yaml":      plainest(`match: ["5101"]`),
		"asymmetric/c-sichuan.yaml":      plainest(`match: ["51", "5102"]`, `since: "3"`),
		"asymmetric/d-chengdu.yaml":      plainest(`match: ["5101", "32"]`),
		"asymmetric/e-jinjiang.yaml":     plainest(`match: ["510104"]`, "probe: false"),
		"asymmetric/f-before-three.yaml": plainest(`until: "3"`),
	}.load(t)
	tests := []struct {
		name, version, region string
		want                  []string
	}{
		{"no region", "3.00", "", []string{"a-everywhere", acse}},
		{"region of none", "3.00", "990000", []string{"a-everywhere", acse}},
		{"province", "3.00", "519900", []string{"c-sichuan", "a-everywhere", acse}},
		{"city before province, and by name", "3.00", "510104",
			[]string{"b-chengdu", "d-chengdu", "c-sichuan", "a-everywhere", acse}},
		{"longer of two in one profile", "3.00", "510200", []string{"c-sichuan", "a-everywhere", acse}},
		{"second match", "3.00", "320500", []string{"d-chengdu", "a-everywhere", acse}},
		{"later version", "3.10", "", []string{"a-everywhere", acse}},
		{"second generation", "2.0", "510104", []string{"b-chengdu", "d-chengdu", "a-everywhere", "f-before-three"}},
		{"version not written", "", "", []string{"a-everywhere", "f-before-three"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, profileNames(set.Asymmetric(tt.version, tt.region)))
		})
	}
}

func TestLongestMatchOfAProfileCounts(t *testing.T) {
	set := files{
		"asymmetric/a.yaml": plainest(`match: ["51"]`),
		"asymmetric/b.yaml": plainest(`match: ["5101", "51"]`),
	}.load(t)
	require.Equal(t, []string{"b", "a", acse}, profileNames(set.Asymmetric("3.00", "510104")))
}

func TestProfileReplaced(t *testing.T) {
	tests := []struct {
		name, file, content string
		want                []string
	}{
		{"one turned off", acse, plainest("probe: false"), nil},
		{"one moved to a region", acse, plainest(`match: ["51"]`), nil},
		{"a template made to be tried", "template-iso7816-8", plainest(), []string{acse, "template-iso7816-8"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set := files{"asymmetric/" + tt.file + ".yaml": tt.content}.load(t)
			require.Equal(t, tt.want, profileNames(set.Asymmetric("3.00", "320500")))
			require.Len(t, set.AsymmetricProfiles(), 1+len(templates))
			require.Equal(t, profile.Label{ZH: "甲", EN: "A"}, asymmetric(t, set, tt.file).Label)
		})
	}
}

func TestProfileMembers(t *testing.T) {
	set := files{"asymmetric/city.yaml": `
zh: 成都
en: Chengdu
match: ["5101"]
select: [{name: D1560000050B}, {fid: DF0B}]
certificate: {sfi: 3, skip: 2, encoding: base64}
chain: [{fid: EF16, sfi: 4, by: [sfi]}, {fid: EF17}]
pin: true
sign:
  - {label: SELECT, command: 00A4000C, data: "0013"}
  - {label: SIGN, command: 80 C8 00 01, data: "C1 20{digest} {digest}c2 0200 13", ne: 72}
answer: {path: ["7C", "9F8101"], layout: der}
hash: plain
`}.load(t)
	a := asymmetric(t, set, "city")
	require.Equal(t, []profile.Selection{{Name: []byte{0xD1, 0x56, 0, 0, 5, 0x0B}}, {FID: 0xDF0B}}, a.Select)
	require.Equal(t, profile.CertificateFile{
		SFI: 3, By: []profile.ReadBy{profile.BySFI}, Skip: 2, Encoding: profile.EncodingBase64,
	}, a.Certificate)
	require.Equal(t, []profile.CertificateFile{
		{FID: 0xEF16, SFI: 4, By: []profile.ReadBy{profile.BySFI}, Encoding: profile.EncodingDER},
		{FID: 0xEF17, By: []profile.ReadBy{profile.ByFID}, Encoding: profile.EncodingDER},
	}, a.Chain)
	require.True(t, a.PIN)
	require.Equal(t, profile.Answer{Path: []uint{0x7C, 0x9F8101}, Layout: profile.LayoutDER}, a.Answer)
	require.Equal(t, profile.HashPlain, a.Hash)
	require.Empty(t, a.UserID, "a plain hash has none")
	require.Len(t, a.Sign, 2)
	require.Equal(t, "00 A4 00 0C  02  00 13  0", sent(a.Sign[0]))
	require.Equal(t, []profile.DataPart{
		{Bytes: []byte{0xC1, 0x20}},
		{Placeholder: profile.Digest},
		{Placeholder: profile.Digest},
		{Bytes: []byte{0xC2, 0x02, 0x00, 0x13}},
	}, a.Sign[1].Data)
}

// TestExampleForAdministrators loads the example of data/README.md as it stands there.
func TestExampleForAdministrators(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("data", "README.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(readme), "`asymmetric/5101-acse.yaml`")
	require.True(t, found)
	_, rest, _ = strings.Cut(rest, "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")

	set := files{"asymmetric/5101-acse.yaml": example}.load(t)
	require.Equal(t, []string{"5101-acse", acse}, profileNames(set.Asymmetric("3.00", "510104")))
	a := asymmetric(t, set, "5101-acse")
	require.Equal(t, 2, a.Certificate.Skip)
	require.Equal(t, profile.Answer{Path: []uint{0x7C, 0x82}, Layout: profile.LayoutDER}, a.Answer)
	require.Equal(t, "00 22 41 B6  03  84 01 02  0", sent(a.Sign[0]))
	require.Equal(t, "00 2A 9E 9A  20  digest  256", sent(a.Sign[1]))
}

func TestLongestUserID(t *testing.T) {
	id := strings.Repeat("x", 8191)
	set := files{"asymmetric/city.yaml": plainest("user_id: " + id)}.load(t)
	require.Equal(t, id, asymmetric(t, set, "city").UserID)
}

// TestDataIsRenderedAnew fails where the data of one card could show in those of another.
func TestDataIsRenderedAnew(t *testing.T) {
	step := asymmetric(t, builtin(t), "template-cos-vendor").Sign[0]
	first := step.Bytes([32]byte{}, [32]byte{0: 1})
	second := step.Bytes([32]byte{}, [32]byte{0: 2})
	require.Equal(t, byte(1), first[6])
	require.Equal(t, byte(2), second[6])
	clear(second)
	require.Equal(t, []byte{0xC2, 2, 0, 0x13, 0xC1, 0x20}, step.Bytes([32]byte{}, [32]byte{})[:6])
}

func TestDecodeCertificateFile(t *testing.T) {
	der := profile.CertificateFile{Skip: 2, Encoding: profile.EncodingDER}
	text := profile.CertificateFile{Encoding: profile.EncodingBase64}
	skipped := profile.CertificateFile{Skip: 4, Encoding: profile.EncodingBase64}
	tests := []struct {
		name    string
		file    profile.CertificateFile
		content string
		want    string // "": an error
	}{
		{"DER behind its length", der, "\x00\x05\x30\x03\x02\x01\x07\x00\x00", "\x30\x03\x02\x01\x07\x00\x00"},
		{"DER cut within the length", der, "\x00", ""},
		{"base64", text, "MAMCAQc=", "\x30\x03\x02\x01\x07"},
		{"base64 padded with 00", text, "MAMCAQc=\x00\x00", "\x30\x03\x02\x01\x07"},
		{"base64 padded with FF", text, "MAMCAQc=\xFF\xFF", "\x30\x03\x02\x01\x07"},
		{"base64 of lines", text, "MAMC\r\nAQc=\r\n", "\x30\x03\x02\x01\x07"},
		{"base64 behind a header", skipped, "\x00\x00\x00\x08MAMCAQc=", "\x30\x03\x02\x01\x07"},
		{"base64 cut short", text, "MAMCAQ", ""},
		{"DER where base64 was said", text, "\x30\x03\x02\x01\x07", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.file.Decode([]byte(tt.content))
			if tt.want == "" {
				require.ErrorIs(t, err, profile.ErrValue)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []byte(tt.want), got)
		})
	}
}

func TestBlankBase64FileHoldsNothing(t *testing.T) {
	got, err := profile.CertificateFile{Encoding: profile.EncodingBase64}.Decode(bytes.Repeat([]byte{0xFF}, 32))
	require.NoError(t, err)
	require.Empty(t, got)
}
