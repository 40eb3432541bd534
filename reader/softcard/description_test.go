package softcard_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
	"sscard/sm"
)

func TestFormatErrors(t *testing.T) {
	for _, row := range []struct{ name, old, new, path, text string }{
		{"unknown key", "interface:", "colour: red\ninterface:", "colour", "field colour not found"},
		{"unknown key of a file", "        sfi: 5", "        sif: 5", "applications.SSSE.files.EF05.sif", "field sif not found"},
		{"unknown key in braces", `{tag: "02", text: "3"}`, `{tag: "02", txt: "3"}`, "applications.SSSE.files.EF05.records[1]", "field txt not found"},
		{"duplicate key", "algorithm: DES", "algorithm: DES\nalgorithm: DES", "algorithm", "already defined"},
		{"wrong type", "algorithm: DES", "algorithm: [DES]", "algorithm", "cannot unmarshal"},
		{"no YAML", "interface:", "interface: {", "", "yaml"},
		{"two documents", "interface:", "---\ninterface:", "", "more than one document"},
		{"interface", "interface: contact", "interface: radio", "interface", "neither"},
		{"ATR not hexadecimal", "atr: 3B", "atr: XY", "atr", "hexadecimal"},
		{"ATR too short", "atr: 3B6D", "atr: 3B6E", "atr", "not an answer to reset"},
		{"ATR of contact with a TCK", "00000002\n", "0000000200\n", "atr", "not an answer to reset"},
		{"algorithm", "algorithm: DES", "algorithm: AES", "algorithm", "not available"},
		{"PIN with letters", `"123456"`, `"12345A"`, "pin.value", "digits"},
		{"no tries", `"123456", tries: 3`, `"123456"`, "pin.tries", "1 to 15"},
		{"too many tries", "5E5F, tries: 3", "5E5F, tries: 16", "keys.RKSSSE.tries", "1 to 15"},
		{"key identifier", `id: "0A"`, `id: "A"`, "keys.RKSSSE.id", "one byte"},
		{"same key identifier", `id: "0A"`, `id: "00"`, "keys.RKSSSE.id", "that of IRK"},
		{"root not hexadecimal", "root: 4041", "root: 40xx", "keys.IRK.root", "hexadecimal"},
		{"root too short", "root: 4041", "root: 41", "keys.IRK.root", "15 bytes"},
		{"no root", "root: 404142434445464748494A4B4C4D4E4F", "", "keys.IRK", "root or key"},
		{"key too short", "root: 404142434445464748494A4B4C4D4E4F", "key: 4041", "keys.IRK.key", "2 bytes"},
		{"SSF33 has no software keys", "algorithm: DES", "algorithm: SSF33", "keys.IRK.root", "not available"},
		{"region is no number", "hex: 510100D1", "hex: FFFFFFD1", "keys.IRK.root", "six digits"},
		{"identification not hexadecimal", "hex: 510100D1", "hex: 5101zzD1", "applications.SSSE.files.EF05.records[0].hex", "hexadecimal"},
		{"application name", "name: 7378312E73682EC9E7BBE1B1A3D5CF", `name: ""`, "applications.SSSE.name", "1 to 16"},
		{"application identifier", "directory: 30", "fid: DF", "applications.SSSE.fid", "two bytes"},
		{"directory", "directory: 30", "directory: 31", "applications.SSSE.directory", "1 to 30"},
		{"file identifier", "EF06:", "EF6:", "applications.SSSE.files.EF6", "two bytes"},
		{"SFI taken", "sfi: 6", "sfi: 5", "applications.SSSE.files.EF06.sfi", "that of EF05"},
		{"structure", "structure: transparent", "structure: round", "applications.SSSE.files.EF07.structure", "not variable"},
		{"size", "size: 768", "size: 70000", "applications.SSSE.files.EF07.size", "not 0 to"},
		{"records in a transparent file", "size: 768", "records: []", "applications.SSSE.files.EF07.records", "transparent"},
		{"size of records", "        sfi: 6", "        size: 6", "applications.SSSE.files.EF06.binary", "file of records"},
		{"access rule", "read: RKSSSE", "read: PIN | RKDF04", "applications.SSSE.files.EF07.read", `"RKDF04"`},
		{"two values", `text: "3"}`, `text: "3", hex: "33"}`, "applications.SSSE.files.EF05.records[1]", "one of"},
		{"no value", `, text: "3"}`, `}`, "applications.SSSE.files.EF05.records[1]", "one of"},
		{"tag", `tag: "02"`, `tag: "2"`, "applications.SSSE.files.EF05.records[1].tag", "one byte"},
		{"tag is padding", `tag: "02"`, `tag: "FF"`, "applications.SSSE.files.EF05.records[1].tag", "padding"},
		{"text not in GBK", "王小明", "😀", "applications.SSSE.files.EF06.records[1].text", "encoding"},
		{"text too long", "length: 30", "length: 5", "applications.SSSE.files.EF06.records[1].length", "6 bytes in 5"},
		{"digits", `"20000104"`, `"2000-1-4"`, "applications.SSSE.files.EF06.records[6].digits", "not digits"},
		{"record too long", "length: 30", "length: 255", "applications.SSSE.files.EF06.records[1]", "over 254"},
		{"tag in a cyclic file", "        sfi: 6", "        structure: cyclic", "applications.SSSE.files.EF06.records[0].tag", "cyclic"},
		{"manners", "pin:", "quirks: {manners: t1}\npin:", "quirks.manners", "not t0"},
		{"short", "pin:", "quirks: {short: -1}\npin:", "quirks.short", "negative"},
		{"refusal of nothing", "pin:", "quirks: {refuse: [{sw: 6A81}]}\npin:", "quirks.refuse[0].ins", "one byte"},
		{"refusal without a word", "pin:", "quirks: {refuse: [{ins: B2}]}\npin:", "quirks.refuse[0].sw", "two bytes"},
		{"refusal of a mode", "pin:", "quirks: {refuse: [{ins: B2, mode: 8, sw: 6A81}]}\npin:", "quirks.refuse[0].mode", "0 to 7"},
		{"refusal of a P1", "pin:", "quirks: {refuse: [{ins: B2, p1: x, sw: 6A81}]}\npin:", "quirks.refuse[0].p1", "one byte"},
	} {
		t.Run(row.name, func(t *testing.T) {
			requireFormatError(t, "gen2", row.old, row.new, row.path, row.text)
		})
	}
}

func TestFormatErrorsOfFullCards(t *testing.T) {
	for _, row := range []struct{ name, old, new, path, text string }{
		{"kind", "interface:", "kind: sim\ninterface:", "kind", `"sim"`},
		{"update rule", "update: UK1DF01", "update: UK9DF02", "applications.DF01.files.EF05.update", `"UK9DF02"`},
		{"no details", "EF08:\n        sfi: 8\n        structure: cyclic", "EF0B:\n        sfi: 8\n        structure: cyclic", "applications.DF04.medical", "cyclic EF08"},
		{"year", `year: "2026"`, `year: "26"`, "applications.DF04.medical.year", "four digits"},
		{"debit key", `DPK: {id: "01", root:`, `DPK: {id: "01", key: 00, root:`, "applications.DF04.medical.DPK", "not both"},
		{"load key", `DLK: {id: "01"`, `DLK: {id: "1"`, "applications.DF04.medical.DLK.id", "one byte"},
		{"TAC key", `DTK: {id: "01"`, `DTK: {id: "1"`, "applications.DF04.medical.DTK.id", "one byte"},
		{"room for too few", "room: 30", "room: 1", "applications.DF04.files.EF08.room", "not 2 to"},
		{"room of a variable file", "        sfi: 9\n", "        sfi: 9\n        room: 3\n", "applications.DF01.files.EF09.room", "not cyclic"},
		{"record of another length", "{hex: 000131}", "{hex: 000131}\n          - {hex: 0001}", "applications.DF04.files.EF15.records[1]", "2 bytes, not 3"},
		{"records of no length", "records:\n          - {hex: 000131}", "length: 0", "applications.DF04.files.EF15.length", "not 1 to"},
	} {
		t.Run(row.name, func(t *testing.T) { requireFormatError(t, "gen3-full", row.old, row.new, row.path, row.text) })
	}
}

func TestFormatErrorsOfSigners(t *testing.T) {
	for _, row := range []struct{ name, old, new, path, text string }{
		{"unknown key", "form: internal", "from: internal", "applications.ACSE.sm2", "field from not found"},
		{"form", "form: internal", "form: rsa", "applications.ACSE.sm2.form", "dda, internal, pso, vendor"},
		{"no key", "sm2: {form: internal, key:", "sm2: {form: internal, id:", "applications.ACSE.sm2.key", "0 bytes"},
		{"key not hexadecimal", "internal, key: ", "internal, key: x", "applications.ACSE.sm2.key", "hexadecimal"},
		{"key out of range", "internal, key: ", "internal, use: free, key: " + strings.Repeat("F", 64) + "} # ", "applications.ACSE.sm2.key", "out of range"},
		{"key reference", "form: internal", `form: internal, reference: "0013"`, "applications.ACSE.sm2.reference", "2 bytes, not 1"},
		{"key reference without one", "form: internal", `form: dda, reference: "01"`, "applications.ACSE.sm2.reference", "1 bytes, not 0"},
		{"key reference not hexadecimal", "form: internal", `form: internal, reference: "1"`, "applications.ACSE.sm2.reference", "hexadecimal"},
		{"hash", "form: internal", "form: internal, hash: sha256", "applications.ACSE.sm2.hash", "neither sm2 nor plain"},
		{"user id of no use", "form: internal", "form: internal, hash: plain, id: A", "applications.ACSE.sm2.id", "plain"},
		{"user id too long", "form: internal", "form: internal, id: " + strings.Repeat("A", 8192), "applications.ACSE.sm2.id", "8191"},
		{"layout", "form: internal", "form: internal, layout: ber", "applications.ACSE.sm2.layout", "neither rs nor der"},
		{"use", "form: internal", "form: internal, use: RKDF04", "applications.ACSE.sm2.use", `"RKDF04"`},
		{"certificate not PEM", "-----END CERTIFICATE-----", "", "applications.ACSE.files.EF15.certificate", "not one certificate"},
		{"a key in place of a certificate", " CERTIFICATE-----", " EC PRIVATE KEY-----", "applications.ACSE.files.EF15.certificate", "not one certificate"},
		{"more than a certificate", "-----END CERTIFICATE-----", "-----END CERTIFICATE-----\n          more", "applications.ACSE.files.EF15.certificate", "not one certificate"},
		{"certificate not hexadecimal", "-----BEGIN CERTIFICATE-----", "BEGIN", "applications.ACSE.files.EF15.certificate", "hexadecimal"},
		{"certificate and binary", "size: 1024", "binary: 00", "applications.ACSE.files.EF15.binary", "with a certificate"},
		{"certificate among records", "        structure: transparent\n        size: 1024\n", "", "applications.ACSE.files.EF15.binary", "file of records"},
	} {
		t.Run(row.name, func(t *testing.T) { requireFormatError(t, "gen3", row.old, row.new, row.path, row.text) })
	}
}

func TestFormatErrorsOfPSAMs(t *testing.T) {
	for _, row := range []struct{ name, old, new, path, text string }{
		{"no applications", "region:", "applications: {}\nregion:", "applications", "field applications not found"},
		{"interface", "interface: contact", "interface: radio", "interface", "neither"},
		{"public information", "public: 01", "public: ", "public", "15 bytes"},
		{"terminal", `terminal: "51`, `terminal: "`, "terminal", "12 digits"},
		{"algorithm", "algorithm: SM4", "algorithm: AES", "environments.sx3.algorithm", "not available"},
		{"environment name", "name: 7378312E73682EC9E7BBE1B1A3D5CF", "name: 73x", "environments.sx1.name", "hexadecimal"},
		{"usage", `usage: "28"`, `usage: "8"`, "environments.sx1.keys.PUK.usage", "one byte"},
		{"four levels", `usage: "28"`, `usage: "88"`, "environments.sx1.keys.PUK.usage", "3 levels"},
		{"no level", `usage: "28"`, `usage: "08"`, "environments.sx1.keys.PUK.root", "without levels"},
		{"identifier", `id: "0A"`, `id: "A"`, "environments.sx1.keys.RKSSSE.id", "one byte"},
		{"same type and identifier", `id: "0A"`, `id: "08"`, "environments.sx1.keys.RKSSSE.id", "that of IRK"},
		{"root and key", `id: "0A", root:`, `id: "0A", key: 00, root:`, "environments.sx1.keys.RKSSSE", "not both"},
		{"root too short", "root: 5051", "root: 51", "environments.sx1.keys.RKSSSE.root", "15 bytes"},
		{"key too short", "root: 5051", "key: 51", "environments.sx1.keys.RKSSSE.key", "15 bytes"},
		{"region", `region: "5101`, `region: "51`, "environments.sx1.keys.IRK.root", "six digits"},
	} {
		t.Run(row.name, func(t *testing.T) { requireFormatError(t, "psam-city", row.old, row.new, row.path, row.text) })
	}
}

func requireFormatError(t *testing.T, name, old, new, path, text string) {
	t.Helper()
	_, err := softcard.Parse(describe(t, name, old, new))
	var wrong *softcard.FormatError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, path, wrong.Path)
	require.ErrorContains(t, err, text)
	require.ErrorContains(t, err, path)
}

func TestFormatErrorsOfWholeDocuments(t *testing.T) {
	for _, row := range []struct{ name, description, path string }{
		{"nothing", "", ""},
		{"a list", "[]", ""},
		{"a word", "card", ""},
		{"too long", strings.Repeat("#", 1<<20+1), ""},
		{"no ATR", "interface: contact", "atr"},
		{"a root without an identification", "interface: contact\natr: 3B6D00000081544C968684510100000002\n" +
			`keys: {IRK: {id: "00", root: 404142434445464748494A4B4C4D4E4F}}`, "keys.IRK.root"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := softcard.Load(strings.NewReader(row.description))
			var wrong *softcard.FormatError
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, row.path, wrong.Path)
		})
	}
	_, err := softcard.Load(iotest.ErrReader(io.ErrUnexpectedEOF))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = softcard.Parse(describe(t, "gen2", "algorithm: DES", "algorithm: SSF33"))
	require.ErrorIs(t, err, sm.ErrAlgorithm)
}

func TestLoad(t *testing.T) {
	card, err := softcard.Load(bytes.NewReader(describe(t, "gen3-contactless")))
	require.NoError(t, err)
	require.Equal(t, "contactless", card.Interface())
	require.Equal(t, softcard.Text{ZH: "三代卡（非接触）", EN: "third generation (contactless)"}, card.Description())

	card.ATR()[0] = 0
	require.Equal(t, byte(0x3B), card.ATR()[0], "the caller has a copy")
}

func TestATR(t *testing.T) {
	for _, row := range []struct {
		name, atr string
		valid     bool
	}{
		{"T0=6D", "3B6D0000 0081544C968684510100000002", true},
		{"T0=2D", "3B2D00 0081544C968684510100000002", true},
		{"T0=7D", "3B7D940000 0081544C968684510100000002", true},
		{"T0=3D, inverse", "3F3D0000 0081544C968684510100000002", true},
		{"T=0 by TD1", "3BED000000 0081544C968684510100000002", true},
		{"no historical bytes", "3B00", false},
		{"TD1 is missing", "3B80", false},
		{"one byte", "3B", false},
		{"34 bytes", "3B6D" + strings.Repeat("00", 32), false},
		{"TS", "3C6D0000 0081544C968684510100000002", false},
		{"wrong TCK", "3B8D8001 0081544C968684510100000001 51", false},
		{"T=1 without TCK", "3B8D8001 0081544C968684510100000001", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := softcard.Parse(describe(t, "gen2", "3B6D00000081544C968684510100000002", row.atr))
			if row.valid {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			require.True(t, errors.As(err, new(*softcard.FormatError)))
		})
	}
}
