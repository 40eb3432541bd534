package apitype_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
)

func TestFields(t *testing.T) {
	for _, row := range []struct {
		name, json string
		fields     apitype.Fields
	}{
		{"none", `{}`, apitype.Fields{}},
		{"the order of the card", `{"name":"张三","birth_date":"2000-01-01","a":"1"}`,
			apitype.Fields{{Name: "name", Value: "张三"}, {Name: "birth_date", Value: "2000-01-01"}, {Name: "a", Value: "1"}}},
		{"what JSON must quote", `{"a\"b":"c\\d\n\u0000"}`, apitype.Fields{{Name: `a"b`, Value: "c\\d\n\x00"}}},
		{"a character that could not be decoded", `{"name":"张` + "\uFFFD" + `"}`, apitype.Fields{{Name: "name", Value: "张\uFFFD"}}},
		{"an empty value", `{"name":""}`, apitype.Fields{{Name: "name"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, err := json.Marshal(row.fields)
			require.NoError(t, err)
			require.Equal(t, row.json, string(b))
			var back apitype.Fields
			require.NoError(t, json.Unmarshal(b, &back))
			require.Equal(t, row.fields, back)
			for _, f := range row.fields {
				require.Equal(t, f.Value, back.Get(f.Name))
			}
			require.Empty(t, back.Get("nobody"))
		})
	}
}

func TestFieldsRefuse(t *testing.T) {
	for _, row := range []struct{ name, json string }{
		{"nothing", ``},
		{"null", `null`},
		{"a list", `["a"]`},
		{"a text", `"a"`},
		{"a number for a value", `{"a":1}`},
		{"null for a value", `{"a":null}`},
		{"an object for a value", `{"a":{"b":"c"}}`},
		{"a deep value", `{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`},
		{"a name twice", `{"a":"b","a":"c"}`},
		{"no end", `{"a":"b"`},
		{"no value", `{"a":}`},
		{"no name", `{1:"b"}`},
		{"more behind", `{"a":"b"} {}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			var f apitype.Fields
			require.Error(t, json.Unmarshal([]byte(row.json), &f))
		})
	}
}

func TestFieldsLeftOut(t *testing.T) {
	b, err := json.Marshal(apitype.ReadDocument{})
	require.NoError(t, err)
	require.NotContains(t, string(b), `"holder"`, "never an empty object that looks like data")
}

func TestProblem(t *testing.T) {
	problem := apitype.NewProblem(apitype.CardRemoved, "transmit \"Counter 1 00 00\": the card was removed")
	problem.RequestID, problem.SW = "4YZ2", "6F00"
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(problem))
	golden(t, filepath.Join("testdata", "problem.json"), b.String())

	b.Reset()
	require.NoError(t, json.NewEncoder(&b).Encode(apitype.NewProblem(apitype.Internal, "")))
	for _, member := range []string{"detail", "request_id", "sw"} {
		require.NotContains(t, b.String(), `"`+member+`"`)
	}
	for _, member := range []string{"type", "title", "status", "code", "retryable", "hint"} {
		require.Contains(t, b.String(), `"`+member+`"`)
	}
}
