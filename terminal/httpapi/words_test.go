package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
)

// A page that shows a document needs no table of its own.
func TestWords(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		words := call{path: "/v1/words"}
		got := requireDocument[apitype.Words](t, d.do(words))
		complete := func(what string, text apitype.Text) {
			require.NotEmpty(t, text.ZH, what)
			require.NotEmpty(t, text.EN, what)
		}
		for _, e := range apitype.Entries() {
			require.Equal(t, apitype.CodeWords{Title: e.Title, Hint: e.Hint}, got.Codes[e.Code])
		}
		for code, text := range got.Warnings {
			require.Equal(t, apitype.Warning{Code: code}.Text(), text)
			complete(code, text)
		}
		for step, text := range got.Steps {
			complete(step, text)
		}
		for name, f := range got.Fields {
			complete(name, f.Label)
			for code, meaning := range f.Values {
				complete(name+" "+code, meaning)
			}
		}
		for _, group := range []string{"issuer", "holder", "local"} {
			complete(group, got.Groups[group])
		}
		require.Contains(t, got.Warnings, apitype.WarnCardNumberDigit)
		require.Equal(t, apitype.FieldWords{Label: apitype.Text{ZH: "姓名", EN: "Name"}}, got.Fields["holder.name"])
		require.Equal(t, apitype.Text{ZH: "女", EN: "Female"}, got.Fields["holder.sex"].Values["2"])
		require.Equal(t, apitype.Text{ZH: "成年", EN: "Adult"}, got.Fields["issuer.card_class"].Values["3"])
		require.Len(t, got.Fields["holder.ethnicity"].Values, 56+3)
		require.Contains(t, got.Fields, "local.person_number")

		words.origins, words.authorization = []string{hall}, none
		requireDocument[apitype.Words](t, d.do(words))
		words.origins = nil
		requireProblem(t, d.do(words), apitype.RequestUnauthorized, 401)
	})
}
