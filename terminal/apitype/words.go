package apitype

import "maps"

// Words is the answer of GET /v1/words: what people call what the documents hold, in both languages, so that no page has
// a table of its own.
type Words struct {
	Codes    map[Code]CodeWords    `json:"codes"`
	Warnings map[string]Text       `json:"warnings"` // by their code
	Steps    map[string]Text       `json:"steps"`    // of a proof of authenticity
	Groups   map[string]Text       `json:"groups"`   // "holder"
	Fields   map[string]FieldWords `json:"fields"`   // "holder.name"
}

// CodeWords are what a code stands for, and what to do.
type CodeWords struct {
	Title Text `json:"title"`
	Hint  Text `json:"hint"`
}

// FieldWords are what a field is called, and what its codes mean where it holds one.
type FieldWords struct {
	Label  Text            `json:"label"`
	Values map[string]Text `json:"values,omitempty"`
}

// StandingWords are those that no layout of cards changes.
func StandingWords() Words {
	w := Words{Codes: make(map[Code]CodeWords, len(entries)), Warnings: maps.Clone(warnings), Steps: maps.Clone(steps)}
	for _, e := range entries {
		w.Codes[e.Code] = CodeWords{e.Title, e.Hint}
	}
	return w
}
