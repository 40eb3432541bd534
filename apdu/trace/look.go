package trace

import (
	"bytes"
	"encoding/hex"
	"strings"
)

// look goes through what was made, once more and by another way: where a number or a name of those that were replaced is
// still anywhere, something was not taken apart as it should have been.
func (r *redactor) look(sessions []*Session) error {
	for i, s := range sessions {
		r.session = i
		for _, m := range s.Meta {
			if r.remainsInText(m.Value) {
				return &RedactError{Session: i, Exchange: -1, Line: s.begins, What: m.Key, Err: ErrRemains}
			}
		}
		for _, step := range s.Steps() {
			if r.remains(step.Command.Data) || r.remains(step.Data) {
				return &RedactError{Session: i, Exchange: step.First, Line: s.line(step.First), What: step.Name(), Err: ErrRemains}
			}
		}
	}
	return nil
}

func (r *redactor) remains(data []byte) bool {
	for _, mark := range r.marks {
		if bytes.Contains(data, mark) {
			return true
		}
	}
	return false
}

func (r *redactor) remainsInText(text string) bool {
	if packed, err := hex.DecodeString(text); err == nil && r.remains(packed) {
		return true
	}
	return r.remains([]byte(text)) || r.remains([]byte(strings.ToUpper(text)))
}
