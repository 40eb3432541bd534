package doctor

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// A log may hold more than the daemon wrote: the journal of a whole machine, lines of other programs, what callers sent as
// a path. Of its lines only those are taken that have the daemon's form, and of these only attributes whose values are the
// daemon's own; in them nothing that could be a number of a person or a card, or a name.

// attributes are those that are taken, in the order in which they are written.
var attributes = []string{
	"time", "level", "msg", "id", "method", "status", "code", "reader", "generation", "elapsed", "retry_in", "after", "waited",
	"holder", "err",
}

// scrub is a line without what may be personal. It reports false for what is no line of the daemon's.
func scrub(line string) (string, bool) {
	values := textAttributes(line)
	if object := strings.IndexByte(line, '{'); len(values) == 0 && object >= 0 {
		values = jsonAttributes(line[object:])
	}
	if values["time"] == "" || values["level"] == "" || values["msg"] == "" {
		return "", false
	}
	var parts []string
	for _, name := range attributes {
		if value := values[name]; value != "" {
			parts = append(parts, name+"="+quoted(clean(name, value)))
		}
	}
	return strings.Join(parts, " "), true
}

// attribute is one of slog's text form: a word, or a quoted text with Go's escapes.
var attribute = regexp.MustCompile(`(?:^|\s)([a-z_]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)`)

func textAttributes(line string) map[string]string {
	values := make(map[string]string)
	for _, m := range attribute.FindAllStringSubmatch(line, -1) {
		if _, known := values[m[1]]; !known && slices.Contains(attributes, m[1]) {
			values[m[1]] = strings.Trim(m[2], `"`)
		}
	}
	return values
}

func jsonAttributes(line string) map[string]string {
	var object map[string]any
	if json.Unmarshal([]byte(line), &object) != nil {
		return nil
	}
	values := make(map[string]string)
	for _, name := range attributes {
		if value, is := object[name].(string); is {
			values[name] = value
		}
	}
	return values
}

// suspicious is what a person, a card or a key could be told by: text that is not ASCII, and letters and digits in a row,
// eight or more, which is a name of two characters in hexadecimal. Words are not, nor numbers of errors of PC/SC; requests and
// readers have identifiers of that form.
var (
	suspicious  = regexp.MustCompile(`PC/SC [0-9A-F]{8}\b|[^\x20-\x7E]+|[0-9A-Za-z]{8,}|\\[ux][0-9A-Fa-f]+`)
	harmless    = regexp.MustCompile(`^(PC/SC .*|[A-Za-z]*[G-Zg-z][A-Za-z]*)$`)
	identifiers = map[string]*regexp.Regexp{
		"time":   regexp.MustCompile(`^[0-9T:.+Z-]{20,35}$`),
		"id":     regexp.MustCompile(`^[A-Z2-7]{26}$`),
		"reader": regexp.MustCompile(`^r[0-9a-f]{12}$`),
	}
)

const removed = "…"

func clean(name, value string) string {
	if form, is := identifiers[name]; is && form.MatchString(value) {
		return value
	}
	return suspicious.ReplaceAllStringFunc(value, func(s string) string {
		if harmless.MatchString(s) {
			return s
		}
		return removed
	})
}

func quoted(value string) string {
	if strings.ContainsAny(value, " =") {
		return `"` + value + `"`
	}
	return value
}
