package terminal

import (
	"fmt"
	"io"
	"log/slog"
)

// PII is personal data: text that cannot print itself. Whatever formats, logs or marshals it gets a mask;
// the one way to the text is Reveal.
type PII string

const mask = "[personal data]"

// Reveal returns the text.
func (p PII) Reveal() string { return string(p) }

// Format masks the text under every verb, the wrong ones included.
func (PII) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, mask) }

// String masks the text.
func (PII) String() string { return mask }

// MarshalText masks the text in JSON, XML and YAML.
func (PII) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue masks the text in logs.
func (PII) LogValue() slog.Value { return slog.StringValue(mask) }
