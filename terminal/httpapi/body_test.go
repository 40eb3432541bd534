package httpapi

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
)

// What is wrong with a body is said in the caller's words, and none of ours.
func TestWordsOfBodies(t *testing.T) {
	for _, row := range []struct{ name, body, words string }{
		{"a number for a text", `{"reader": 1}`, `"reader" is not a string`},
		{"a text for a number", `{"timeout_ms": "5000"}`, `"timeout_ms" is not a whole number`},
		{"a broken number", `{"timeout_ms": 0.5}`, `"timeout_ms" is not a whole number`},
		{"a number too large", `{"timeout_ms": 99999999999999999999}`, `"timeout_ms" is not a whole number`},
		{"a text for a list", `{"fields": "holder"}`, `"fields" is not a list`},
		{"a number in a list", `{"fields": [1]}`, `is not a string`},
		{"a list for the document", `[]`, `the document is not an object`},
		{"an unknown member", `{"reeder": "x"}`, `no such member: "reeder"`},
		{"a member twice", `{"reader": "x", "reader": "x"}`, `"reader" stands twice`},
		{"a member in capitals", `{"READER": "x"}`, `no such member: "READER"`},
		{"a member in letters that fold", `{"timeout_m\u017f": 1}`, `no such member: "timeout_mſ"`},
		{"a member twice, once in capitals", `{"reader": "x", "Reader": "x"}`, `no such member: "Reader"`},
		{"text that is not UTF-8", "{\"reader\": \"\xff\"}", "not UTF-8"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var request apitype.ReadRequest
			err := readBody(httptest.NewRequest("POST", "/v1/read", strings.NewReader(row.body)), &request)
			require.ErrorIs(t, err, errBody)
			require.ErrorContains(t, err, row.words)
			require.NotRegexp(t, `(?i)json:|apitype|Go |struct`, err.Error())
		})
	}
}

// What is wanted must be there, and not null; what is not may be left out.
func TestMembersThatMustBeThere(t *testing.T) {
	for body, words := range map[string]string{
		``: `"answer" is missing`, `null`: `"answer" is missing`, `{}`: `"answer" is missing`, `{"answer": "A|B|"}`: `"session" is missing`,
		`{"session": null, "answer": "A|B|"}`: `"session" is missing`, `{"session": "S", "answer": ""}`: "",
	} {
		err := readBody(httptest.NewRequest("POST", "/v1/read/finish", strings.NewReader(body)), &apitype.FinishRead{})
		if words == "" {
			require.NoError(t, err, body)
			continue
		}
		require.ErrorContains(t, err, words, body)
	}
	for _, body := range []string{``, `null`, `{}`, `{"reader": null}`} {
		require.NoError(t, readBody(httptest.NewRequest("POST", "/v1/read", strings.NewReader(body)), &apitype.ReadRequest{}), body)
	}
}
