package terminal

import (
	"strings"

	"sscard/terminal/apitype"
)

// Words is what people call the codes, groups and fields of all layouts there are.
func (t *Terminal) Words() apitype.Words {
	w := apitype.StandingWords()
	w.Groups, w.Fields = make(map[string]apitype.Text), make(map[string]apitype.FieldWords)
	for name, f := range t.Profiles().Named() {
		if !strings.Contains(name, ".") {
			w.Groups[name] = apitype.Text(f.Label)
			continue
		}
		words := apitype.FieldWords{Label: apitype.Text(f.Label), Values: make(map[string]apitype.Text, len(f.Values))}
		for code, meaning := range f.Values {
			words.Values[code] = apitype.Text(meaning)
		}
		w.Fields[name] = words
	}
	return w
}
