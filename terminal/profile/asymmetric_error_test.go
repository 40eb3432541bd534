package profile_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"sscard/terminal/profile"
)

func TestAsymmetricErrors(t *testing.T) {
	tests := []struct{ name, members, path, message string }{
		{"unknown key", "aid: A0", "aid", "unknown key; known are answer, certificate, chain"},
		{"no Chinese", "zh:", "", "no zh"},
		{"no English", "en:", "", "no en"},
		{"no select", "select:", "", "no select"},
		{"select emptied", "select: []", "", "no select"},
		{"select by nothing", "select: [{}]", "select[0]", "want either name or fid"},
		{"name not hexadecimal", "select: [{name: sx1}]", "select[0].name", "not 1 to 16 bytes in hexadecimal"},
		{"no certificate", "certificate:", "", "no certificate"},
		{"no sign", "sign:", "", "no sign"},
		{"sign without a step", "sign: []", "", "no sign"},
		{"sign no list", "sign: {ne: 64}", "sign", "not a list"},
		{"no version left", `{since: "3", until: "3.00"}`, "", "until is not after since"},
		{"bad since", "since: new", "since", "not a version like 2 or 2.0"},
		{"bad until", `until: "2.000"`, "until", "not a version like 2 or 2.0"},
		{"probe neither true nor false", "probe: maybe", "probe", "not true or false"},
		{"pin neither true nor false", "pin: yes", "pin", "not true or false"},
		{"match no list", `match: "5101"`, "match", "not a list"},
		{"match of nowhere", "match: []", "match", "no region; without match a profile is for all"},
		{"match of letters", `match: ["51", chengdu]`, "match[1]", "not 1 to 6 digits of a region code"},
		{"match too long", `match: ["5101001"]`, "match[0]", "not 1 to 6 digits"},
		{"unknown hash", "hash: sha256", "hash", `"sha256" is not sm2 or plain`},
		{"user id empty", `user_id: ""`, "user_id", "no text"},
		{"user id too long", "user_id: " + strings.Repeat("x", 8192), "user_id", "more than 8191 bytes"},
		{"user id too long in bytes", "user_id: " + strings.Repeat("社", 2731), "user_id", "more than 8191 bytes"},
		{"user id in no hash", "{hash: plain, user_id: x}", "user_id", "hash plain has no user id in it"},

		{"certificate of nothing", "certificate: {}", "certificate", "want a fid, an sfi or both"},
		{"certificate by an unknown way", "certificate: {fid: EF15, by: [name]}", "certificate.by[0]", `"name" is not fid or sfi`},
		{"certificate by fid without", "certificate: {sfi: 1, by: [fid]}", "certificate", "no fid to read by"},
		{"certificate by sfi without", "certificate: {fid: EF15, by: [fid, sfi]}", "certificate", "no sfi to read by"},
		{"certificate by the same twice", "certificate: {fid: EF15, by: [fid, fid]}", "certificate", "by names a way twice"},
		{"certificate of a short fid", "certificate: {fid: 15}", "certificate.fid", "not 4 hexadecimal digits"},
		{"certificate of sfi 31", "certificate: {sfi: 31}", "certificate.sfi", "not a number from 1 to 30"},
		{"certificate skips backwards", "certificate: {sfi: 1, skip: -1}", "certificate.skip", "not a number from 0 to 255"},
		{"unknown encoding", "certificate: {sfi: 1, encoding: pem}", "certificate.encoding", `"pem" is not der or base64`},
		{"chain of nothing", "chain: [{skip: 1}]", "chain[0]", "want a fid, an sfi or both"},
		{"chain no list", "chain: {sfi: 1}", "chain", "not a list"},

		{"unknown layout", "answer: {layout: asn1}", "answer.layout", `"asn1" is not rs or der`},
		{"unknown key of the answer", "answer: {tag: 77}", "answer.tag", "unknown key; known are dynamic, layout, path"},
		{"negative dynamic", "answer: {dynamic: -1}", "answer.dynamic", "not a number from 0 to 255"},
		{"dynamic that the terminal cannot hash", "answer: {dynamic: 4}", "answer", "cannot hash for {digest} what the card only answers"},
		{"path too deep", `answer: {path: ["61", "61", "61", "61", "61", "61", "61", "61", "61"]}`, "answer.path", "more than 8 tags"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			requireAsymmetricError(t, overlaid(t, tt.members), tt.path, tt.message)
		})
	}
}

func TestTagErrors(t *testing.T) {
	tests := []struct{ name, tag string }{
		{"filler 00", "00"},
		{"filler FF", "FF"},
		{"one digit", "7"},
		{"goes on and does not", "9F"},
		{"ends and goes on", "774B"},
		{"second byte goes on and does not", "9F81"},
		{"leading zeros of a number", "9F8001"},
		{"bytes behind its end", "9F4B01"},
		{"five bytes", "9F81818101"},
		{"filler before", "0077"},
		{"not hexadecimal", "9F4X"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			members := fmt.Sprintf("answer: {path: [\"77\", %q]}", tt.tag)
			requireAsymmetricError(t, overlaid(t, members), "answer.path[1]", "is not a BER tag in hexadecimal")
		})
	}
}

func TestTagsTaken(t *testing.T) {
	set := files{"asymmetric/city.yaml": plainest(`answer: {path: ["7C", "80", "9f4b", "BF8101", "DF818101"]}`)}.load(t)
	require.Equal(t, []uint{0x7C, 0x80, 0x9F4B, 0xBF8101, 0xDF818101}, asymmetric(t, set, "city").Answer.Path)
}

func TestSignStepErrors(t *testing.T) {
	const at = "sign[0]"
	tests := []struct{ name, step, path, message string }{
		{"unknown key", `{lc: 32}`, at + ".lc", "unknown key; known are command, data, label, ne"},
		{"no label", `{command: 80 4C 00 01, data: "{digest}", ne: 64}`, at, "no label"},
		{"no command", `{label: S, data: "{digest}", ne: 64}`, at, "no command"},
		{"command of three bytes", `{command: 80 4C 00}`, at + ".command", "is not CLA INS P1 P2 in hexadecimal"},
		{"command with Lc", `{command: 80 4C 00 01 20}`, at + ".command", "is not CLA INS P1 P2"},
		{"command not hexadecimal", `{command: 80 4C 00 0G}`, at + ".command", "is not CLA INS P1 P2"},
		{"command of a placeholder", `{command: "{digest}"}`, at + ".command", "is not CLA INS P1 P2"},
		{"data of half a byte", `{data: "C2 0 {digest}"}`, at + ".data", "is not bytes in hexadecimal, {challenge} and {digest}"},
		{"data of an unknown placeholder", `{data: "{nonce}"}`, at + ".data", "is not bytes in hexadecimal"},
		{"data of a broken placeholder", `{data: "{digest"}`, at + ".data", "is not bytes in hexadecimal"},
		{"data of a placeholder in capitals", `{data: "{DIGEST}"}`, at + ".data", "is not bytes in hexadecimal"},
		{"data of a space", `{data: " "}`, at + ".data", "is not bytes in hexadecimal"},
		{"data no text", `{data: {digest}}`, at + ".data", "no text"},
		{"data too long", `{label: S, command: 80 4C 00 01, data: "` + strings.Repeat("00", 224) + `{digest}", ne: 64}`, at,
			"data takes 256 bytes, more than 255"},
		{"ne 257", `{ne: 257}`, at + ".ne", "not a number from 0 to 256"},
		{"ne negative", `{ne: -1}`, at + ".ne", "not a number from 0 to 256"},
		{"no placeholder", `{label: S, command: 80 4C 00 01, data: "00", ne: 64}`, "sign", "no step sends {challenge} or {digest}"},
		{"no data", `{label: S, command: 80 4C 00 01, ne: 64}`, "sign", "no step sends {challenge} or {digest}"},
		{"both placeholders", `{label: S, command: 80 4C 00 01, data: "{challenge}{digest}", ne: 64}`, "sign",
			"want either {challenge}, for the card to hash, or {digest}"},
		{"both placeholders in two steps",
			`{label: S, command: 80 4A 00 01, data: "{challenge}"}, {label: S, command: 80 4C 00 01, data: "{digest}", ne: 64}`,
			"sign", "want either {challenge}, for the card to hash, or {digest}"},
		{"no answer", `{label: S, command: 80 4C 00 01, data: "{digest}"}`, "sign", "ne of the last step is 0"},
		{"answer too short", `{label: S, command: 80 4C 00 01, data: "{digest}", ne: 63}`, "sign", "64 bytes at least"},
		{"answer to the wrong step",
			`{label: S, command: 80 4C 00 01, data: "{digest}", ne: 64}, {label: T, command: 80 CA 00 00}`,
			"sign", "ne of the last step is 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			requireAsymmetricError(t, overlaid(t, "sign: ["+tt.step+"]"), tt.path, tt.message)
		})
	}
}

func TestHashErrors(t *testing.T) {
	const sign = `sign: [{label: S, command: 80 4C 00 01, data: "{challenge}", ne: %d}]`
	tests := []struct{ name, members, path, message string }{
		{"card hashes plainly", "{" + fmt.Sprintf(sign, 64) + ", hash: plain}", "sign", "hash plain is the terminal's: want {digest}"},
		{"no room for the dynamic data", "{" + fmt.Sprintf(sign, 64) + ", answer: {dynamic: 12}}", "sign", "76 bytes at least"},
		{"no room for DER", "{" + fmt.Sprintf(sign, 7) + ", answer: {layout: der}}", "sign", "8 bytes at least"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			requireAsymmetricError(t, overlaid(t, tt.members), tt.path, tt.message)
		})
	}
}

func TestCommandsThatMayStandInASignStep(t *testing.T) {
	const (
		none      = "it neither chooses a key nor computes"
		harm      = "could change or block a card"
		class     = "want class 00, or one of the card's own, 80 to FE"
		store     = "it stores or erases a security environment"
		procedure = "no INS begins with 6 or 9"
	)
	tests := []struct{ name, command, refused string }{
		{"INTERNAL AUTHENTICATE", "00 88 00 01", ""},
		{"SELECT", "00 A4 04 00", ""},
		{"GET CHALLENGE", "00 84 00 00", ""},
		{"PERFORM SECURITY OPERATION", "00 2A 9E 9A", ""},
		{"MSE SET", "00 22 41 B6", ""},
		{"MSE SET for both directions", "00 22 C1 B6", ""},
		{"MSE RESTORE", "00 22 F3 01", ""},
		{"vendor's own", "80 4C 00 01", ""},
		{"vendor's own of another class", "B0 C8 00 01", ""},
		{"GET PROCESSING OPTIONS", "80 A8 00 00", ""},
		{"vendor's own INTERNAL AUTHENTICATE", "FE 88 00 00", ""},

		{"MSE STORE", "00 22 F2 01", store},
		{"MSE ERASE", "00 22 F4 01", store},
		{"VERIFY", "00 20 00 00", none},
		{"VERIFY in a TLV", "00 21 00 00", none},
		{"CHANGE REFERENCE DATA", "00 24 00 00", none},
		{"RESET RETRY COUNTER", "00 2C 00 00", none},
		{"EXTERNAL AUTHENTICATE", "00 82 00 06", none},
		{"GENERAL AUTHENTICATE", "00 86 00 00", none},
		{"GENERATE ASYMMETRIC KEY PAIR", "00 46 00 00", none},
		{"UPDATE BINARY", "00 D6 00 00", none},
		{"UPDATE RECORD", "00 DC 01 04", none},
		{"ERASE BINARY", "00 0E 00 00", none},
		{"PUT DATA", "00 DA 00 00", none},
		{"TERMINATE CARD USAGE", "00 FE 00 00", none},

		{"PIN UNBLOCK", "84 24 00 00", harm},
		{"CHANGE PIN", "80 5E 01 00", harm},
		{"CARD BLOCK", "84 16 00 00", harm},
		{"APPLICATION BLOCK", "84 1E 00 01", harm},
		{"APPLICATION UNBLOCK", "84 18 00 00", harm},
		{"vendor's VERIFY", "80 20 00 81", harm},
		{"vendor's UNBLOCK", "80 2C 00 00", harm},
		{"vendor's EXTERNAL AUTHENTICATE", "80 82 00 00", harm},
		{"vendor's ERASE", "80 0E 00 00", harm},
		{"vendor's UPDATE", "80 D6 00 00", harm},
		{"vendor's WRITE KEY", "80 D4 01 00", harm},
		{"vendor's CREATE FILE", "80 E0 3F 00", harm},
		{"vendor's key pair", "80 46 00 00", harm},
		{"medical INITIALIZE", "B0 28 01 01", harm},
		{"medical CREDIT", "B0 2A 01 00", harm},
		{"medical DEBIT", "B0 2C 01 00", harm},
		{"DEBIT FOR PURCHASE", "80 54 01 00", harm},

		{"secure messaging", "0C 88 00 00", class},
		{"another channel", "01 88 00 00", class},
		{"chaining", "10 2A 9E 9A", class},
		{"class reserved for PPS", "FF 88 00 00", class},
		{"INS that is a status", "80 61 00 00", procedure},
		{"INS that is another status", "00 90 00 00", procedure},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			content := overlaid(t, `sign: [{label: S, command: `+tt.command+`, data: "{digest}", ne: 64}]`)
			if tt.refused != "" {
				requireAsymmetricError(t, content, "sign[0].command", tt.refused)
				return
			}
			files{"asymmetric/city.yaml": content}.load(t)
		})
	}
}

func TestProfileFileErrors(t *testing.T) {
	tests := []struct{ name, file, content, message string }{
		{"empty", "city.yaml", "", "file is empty"},
		{"a list", "city.yaml", "- zh: 甲", "not a mapping"},
		{"capitals", "City.yaml", plainest(), "want a file name of small letters, digits, - and ."},
		{"space", "my city.yaml", plainest(), "want a file name of small letters"},
		{"no name", ".yaml", plainest(), "want a file name of small letters"},
		{"long", strings.Repeat("x", 65) + ".yaml", plainest(), "want a file name of small letters"},
		{"an older one kept beside", "acse-iso7816-4.yaml.yml", plainest(), "files are national.yaml, regions/*.yaml and asymmetric/*.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name := "asymmetric/" + tt.file
			requireError(t, files{name: tt.content}, name, "", tt.message)
		})
	}
}

func TestAsymmetricErrorText(t *testing.T) {
	dir := files{"asymmetric/city.yaml": plainest("answer: {layout: rs,\n  path: [77, 9F]}")}.write(t)
	_, err := profile.Load(dir)
	require.EqualError(t, err, filepath.Join(dir, "asymmetric", "city.yaml")+
		`:7: answer.path[1]: "9F" is not a BER tag in hexadecimal`)
}

// overlaid is the plainest profile with other members: given ones replace its own, and null drops them.
func overlaid(t *testing.T, members string) string {
	t.Helper()
	var all, given map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(plainest()), &all))
	require.NoError(t, yaml.Unmarshal([]byte(members), &given))
	maps.Copy(all, given)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	content, err := yaml.Marshal(all)
	require.NoError(t, err)
	return string(content)
}

func requireAsymmetricError(t *testing.T, content, path, message string) {
	t.Helper()
	requireError(t, files{"asymmetric/city.yaml": content}, "asymmetric/city.yaml", path, message)
}

func FuzzAsymmetric(f *testing.F) {
	f.Add(plainest())
	f.Add(plainest("hash: plain", `match: ["5101"]`, "answer: {path: [77, 9F4B], layout: der}"))
	f.Add(strings.Replace(plainest("user_id: x", "pin: true"), "{digest}", "C1 20 {challenge} 00{challenge}", 1))
	f.Add(strings.Replace(plainest("probe: false", `since: "3"`), "{fid: EF15}", "{sfi: 1, skip: 2, encoding: base64}", 1))
	dir := files{ // small layouts, for more tries a second
		"national.yaml": small, "regions/32.yaml": `match: "32"`, "asymmetric/city.yaml": plainest(),
	}.write(f)
	name := filepath.Join(dir, "asymmetric", "city.yaml")
	f.Fuzz(func(t *testing.T, content string) {
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		set, err := profile.Load(dir)
		if err != nil {
			requireType(t, err)
			return
		}
		a := asymmetric(t, set, "city")
		require.NotEmpty(t, a.Select)
		require.NotEmpty(t, a.Certificate.By)
		require.Equal(t, a.Hash == profile.HashPlain, a.UserID == "")
		challenge, digest := [32]byte{0xC0, 31: 0xC1}, [32]byte{0xD0, 31: 0xD1}
		sends := false
		for _, s := range a.Sign {
			data := s.Bytes(challenge, digest)
			require.LessOrEqual(t, len(data), 255)
			require.NotContains(t, []byte{0x20, 0x24, 0x2C, 0x82, 0xD6, 0xDC}, s.INS)
			sends = sends || bytes.Contains(data, challenge[:]) || bytes.Contains(data, digest[:])
		}
		require.True(t, sends)
	})
}
