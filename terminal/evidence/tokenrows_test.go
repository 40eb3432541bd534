package evidence_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sscard/terminal/evidence"
)

// tokenRows are texts that are no token.
func tokenRows(t testing.TB) []row {
	s, _ := row{}.make(t)
	certificate := base64.StdEncoding.EncodeToString(s.evidence.Certificate)
	rows := []row{
		{name: "nothing", token: func(string) string { return "" }},
		{name: "padded", text: spare, token: func(token string) string { return token + "==" }},
		{name: "line end inside", token: func(token string) string { return token[:40] + "\n" + token[40:] }},
		{name: "line end behind", token: func(token string) string { return token + "\n" }},
		{name: "not all bits used", text: spare, token: func(token string) string { return strings.TrimSuffix(token, "A") + "B" }},
		{name: "the other base64", before: func(s *sample) { s.setOrigin("https://~~~~~") }, token: otherAlphabet},
		{name: "hexadecimal", token: func(token string) string { return fmt.Sprintf("%x", token) }},
		{name: "too long", text: spaces(12289)},

		{name: "not JSON", text: replace(`{`, ``)},
		{name: "a list", text: func(_ testing.TB, document string) string { return "[" + document + "]" }},
		{name: "two objects", text: func(_ testing.TB, document string) string { return document + document }},
		{name: "null behind", text: func(_ testing.TB, document string) string { return document + "null" }},
		{name: "comma behind the last member", text: replace(`"}`, `",}`)},
		{name: "mark of UTF-8 before", text: func(_ testing.TB, document string) string { return "\uFEFF" + document }},
		{name: "not UTF-8", text: replace(`counter`, "counter\xff")},
		{name: "UTF-8 longer than need be", text: replace(`counter`, "\xc1\xa3ounter")},
		{name: "half a character escaped", text: replace(`counter`, `counter\ud83d`)},
		{name: "deep", text: func(testing.TB, string) string { return strings.Repeat("[", 9000) }},
		{name: "unknown member", text: member("note", "hello")},
		{name: "unknown member of another case", text: replace(`"nonce"`, `"Nonce"`)},
		{name: "a member twice", text: replace(`{`, `{"origin":"https://counter.example",`)},
		{name: "a member twice, once in another case", text: replace(`{`, `{"ORIGIN":"https://other.example",`)},
		{name: "a member twice, once escaped", text: replace(`{`, `{"origi\u006e":"https://other.example",`)},
		{name: "the version twice", text: replace(`"version":1`, `"version":2,"version":1`)},

		{name: "version 0", text: member("version", 0)},
		{name: "version 3", text: member("version", 3)},
		{name: "version as text", text: member("version", "1")},
		{name: "version with a fraction", text: replace(`"version":1`, `"version":1.0`)},
		{name: "version with an exponent", text: replace(`"version":1`, `"version":1e0`)},
		{name: "version of many digits", text: replace(`"version":1`, `"version":1`+strings.Repeat("0", 5000))},
		{name: "version true", text: member("version", true)},

		{name: "origin empty", text: member("origin", "")},
		{name: "origin too long", text: member("origin", strings.Repeat("a", 256))},
		{name: "origin with a space", text: member("origin", origin+" ")},
		{name: "origin with a NUL", text: member("origin", origin+"\x00")},
		{name: "origin with a DEL", text: member("origin", origin+"\x7f")},
		{name: "origin not ASCII", text: member("origin", "https://柜台.example")},
		{name: "origin null", text: replace(`"origin":"https://counter.example"`, `"origin":null`)},
		{name: "origin a list", text: member("origin", []string{origin})},

		{name: "nonce of 15 bytes", text: member("nonce", strings.Repeat("00", 15))},
		{name: "nonce of 65 bytes", text: member("nonce", strings.Repeat("00", 65))},
		{name: "nonce of half a byte more", text: member("nonce", strings.Repeat("0", 33))},
		{name: "nonce with a space", text: replace(`"nonce":"00`, `"nonce":"0 `)},
		{name: "nonce with digits of full width", text: replace(`"nonce":"0001`, `"nonce":"００01`)},
		{name: "card id of 15 bytes", text: member("card_id", strings.Repeat("00", 15))},
		{name: "card id of 17 bytes", text: member("card_id", strings.Repeat("00", 17))},
		{name: "signature of 63 bytes", text: member("signature", strings.Repeat("01", 63))},
		{name: "signature of 65 bytes", text: member("signature", "04"+strings.Repeat("01", 64))},
		{name: "signature in DER", text: member("signature", "3006020101020101")},
		{name: "signature in base64", text: member("signature", strings.Repeat("AAAA", 21)+"AA==")},
		{name: "dynamic data of no bytes", text: member("dynamic", "")},
		{name: "dynamic data of 256 bytes", text: member("dynamic", strings.Repeat("00", 256))},

		{name: "profile empty", text: member("profile", "")},
		{name: "profile too long", text: member("profile", strings.Repeat("a", 65))},
		{name: "profile with a line end", text: member("profile", "acse-iso7816-4\n")},

		{name: "fields with version 1", text: member("fields", strings.Repeat("00", 32))},
		{name: "version 2 without fields", text: member("version", 2)},
		{name: "fields empty", text: member("fields", "")},
		{name: "fields of 31 bytes", before: (*sample).withFields, text: member("fields", strings.Repeat("00", 31))},
		{name: "fields themselves", before: (*sample).withFields, text: member("fields", read())},

		{name: "certificate empty", text: member("certificate", "")},
		{name: "certificate without padding", text: member("certificate", "MAAAAA")},
		{name: "certificate with a line end", text: replace(certificate[:64], certificate[:64]+`\n`)},
		{name: "certificate in PEM", text: member("certificate", "-----BEGIN CERTIFICATE-----\n"+certificate+"\n-----END CERTIFICATE-----")},
		{name: "certificate too long", text: member("certificate", strings.Repeat("AAAA", 1366))},
		{name: "chain empty", text: member("chain", []string{})},
		{name: "chain of five", text: member("chain", slices.Repeat([]string{certificate[:4]}, 5))},
		{name: "chain a text", text: member("chain", certificate)},
		{name: "chain of null", text: member("chain", []any{nil})},
		{name: "chain with nothing in it", text: member("chain", []string{""})},
	}
	for _, name := range []string{"version", "origin", "nonce", "card_id", "time", "profile", "certificate", "signature"} {
		rows = append(rows, row{name: name + " absent", text: member(name, nil)})
	}
	for _, name := range []string{"fields", "chain", "dynamic"} {
		null := func(_ testing.TB, document string) string {
			return `{"` + name + `":null,` + strings.TrimPrefix(document, "{")
		}
		rows = append(rows, row{name: name + " null", text: null})
	}
	for _, text := range []string{
		"2026-01-01T04:00:00", "2026-01-01 04:00:00Z", "2026-01-01t04:00:00Z", "2026-01-01T04:00:00z", "2026-01-01T04:00Z",
		"2026-01-01T04:00:00.5Z", "2026-01-01T04:00:00,5Z", "2026-01-01T12:00:00+08:00", "2026-01-01T04:00:00+00:00",
		"2026-01-01T4:00:00Z", "2026-1-01T04:00:00Z", "2026-02-29T04:00:00Z", "2026-01-01T24:00:00Z",
		"2026-01-01T04:00:60Z", "0000-01-01T04:00:00Z", "12026-01-01T04:00:00Z", "-026-01-01T04:00:00Z",
		"２026-01-01T04:00:00Z", "2026-01-01T04:00:00Z ", "1767240000", "",
	} {
		rows = append(rows, row{name: fmt.Sprintf("time %q", text), text: member("time", text)})
	}
	for i := range rows {
		rows[i].step, rows[i].err = evidence.StepToken, evidence.ErrMalformed
	}
	return rows
}

// spare appends spaces so that the last digit of base64 has four bits that stand for nothing, and is an A.
func spare(_ testing.TB, document string) string {
	for document += " "; len(document)%3 != 1; {
		document += " "
	}
	return document
}

// spaces appends spaces up to a length.
func spaces(length int) func(testing.TB, string) string {
	return func(_ testing.TB, document string) string {
		return document + strings.Repeat(" ", length-len(document))
	}
}

func otherAlphabet(token string) string {
	return strings.NewReplacer("-", "+", "_", "/").Replace(token)
}
