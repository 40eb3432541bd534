package apitype

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// Fields is a JSON object of strings that keeps its order: that of the card's layout.
type Fields []Field

// Field is one member.
type Field struct {
	Name  string
	Value string
}

// Get returns the value of the member, or "" where it is absent.
func (f Fields) Get(name string) string {
	for _, field := range f {
		if field.Name == name {
			return field.Value
		}
	}
	return ""
}

// MarshalJSON writes the object.
func (f Fields) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, field := range f {
		if i > 0 {
			b.WriteByte(',')
		}
		for _, part := range []string{field.Name, field.Value} {
			quoted, err := json.Marshal(part)
			if err != nil {
				return nil, err
			}
			b.Write(quoted)
			b.WriteByte(':')
		}
		b.Truncate(b.Len() - 1)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

var errNotFields = errors.New("apitype: not an object of strings")

// UnmarshalJSON reads the object and keeps its order. A name that stands twice is refused: readers of JSON differ
// in which one counts.
func (f *Fields) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errNotFields
	}
	*f = Fields{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value *string
		if err := d.Decode(&value); err != nil || value == nil {
			return errNotFields
		}
		if slices.ContainsFunc(*f, func(known Field) bool { return known.Name == name }) {
			return errNotFields
		}
		*f = append(*f, Field{Name: name.(string), Value: *value})
	}
	_, err := d.Token()
	return err
}
