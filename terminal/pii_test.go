package terminal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPIINeverShows(t *testing.T) {
	const text = "510100200001010019"
	field := Field{Name: "holder.social_security_number", Value: text, Raw: text}
	reading := Reading{Fields: []Field{field}}
	shapes := []struct {
		name  string
		value any
	}{
		{"alone", PII(text)},
		{"pointer", new(field.Value)},
		{"slice", []PII{text}},
		{"map", map[string]PII{"number": text}},
		{"any in a struct", struct{ Value any }{PII(text)}},
		{"field", field},
		{"reading", reading},
		{"pointer to a reading", &reading},
	}
	outputs := []struct {
		name string
		of   func(t *testing.T, v any) string
	}{
		{"every verb", everyVerb},
		{"more arguments than verbs", func(_ *testing.T, v any) string { return fmt.Sprintf(strings.Repeat("%d", 0), v) }},
		{"Println", func(_ *testing.T, v any) string { return fmt.Sprintln(v) }},
		{"error", func(_ *testing.T, v any) string { return fmt.Errorf("%w: %v", errors.ErrUnsupported, v).Error() }},
		{"wrapped error", func(_ *testing.T, v any) string { return wrap("read", fmt.Errorf("reading %+v", v)).Error() }},
		{"JSON", func(t *testing.T, v any) string {
			b, err := json.Marshal(v)
			require.NoError(t, err)
			return string(b)
		}},
		{"slog as text", func(_ *testing.T, v any) string {
			var b bytes.Buffer
			slog.New(slog.NewTextHandler(&b, nil)).Info("read", "card", v)
			return b.String()
		}},
		{"slog as JSON", func(_ *testing.T, v any) string {
			var b bytes.Buffer
			slog.New(slog.NewJSONHandler(&b, nil)).Info("read", "card", v)
			return b.String()
		}},
	}
	for _, shape := range shapes {
		for _, output := range outputs {
			t.Run(shape.name+", "+output.name, func(t *testing.T) {
				got := output.of(t, shape.value)
				require.NotEmpty(t, got)
				for _, coded := range []string{
					text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), fmt.Sprintf("% x", text),
					strings.Trim(fmt.Sprint([]byte(text)), "[]"), base64.StdEncoding.EncodeToString([]byte(text)),
				} {
					require.NotContains(t, got, coded)
				}
			})
		}
	}
}

// everyVerb formats v under all verbs and flags but %T, which shows no value, and %p and %w, which vet refuses.
func everyVerb(_ *testing.T, v any) string {
	var b strings.Builder
	for _, verb := range "vsqxXdtobcUeEfFgGO" {
		for _, flag := range []string{"", "+", "#", " ", "0", "-40", ".40"} {
			fmt.Fprintf(&b, "%"+flag+string(verb)+"\n", v)
		}
	}
	return b.String()
}

func TestPIIMask(t *testing.T) {
	require.Equal(t, mask, PII("张三").String())
	require.Equal(t, mask+" "+mask, fmt.Sprintf("%s %q", PII("张三"), PII("")), "not even whether there is any")
	require.Equal(t, "张三", PII("张三").Reveal())
}
