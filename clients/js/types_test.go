package js_test

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
)

// The interfaces in sscard.d.ts have the members of the daemon's documents, and those that may be absent are optional.
func TestDocuments(t *testing.T) {
	types := read(t, "sscard.d.ts")
	for _, row := range []struct {
		name     string
		extends  string
		document any
	}{
		{"Text", "", apitype.Text{}},
		{"ReaderRef", "", apitype.ReaderRef{}},
		{"ReadDocument", "", apitype.ReadDocument{}},
		{"Verification", "", apitype.Verification{}},
		{"ProofStep", "", apitype.ProofStep{}},
		{"PendingRead", "", apitype.PendingRead{}},
		{"FunctionResult", "", apitype.FunctionResult{}},
		{"Reader", "ReaderRef", apitype.Reader{}},
		{"Version", "", apitype.Version{}},
		{"Health", "", apitype.Health{}},
		{"Trouble", "", apitype.Trouble{}},
		{"Words", "", apitype.Words{}},
		{"Problem", "", apitype.Problem{}},
		{"SeenReader", "ReaderRef", apitype.SeenReader{}},
		{"SeenCard", "", apitype.SeenCard{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			declared := members(t, types, row.name)
			if row.extends != "" {
				maps.Copy(declared, members(t, types, row.extends))
			}
			require.Equal(t, documented(row.document), declared)
		})
	}
}

// The events share out the members of one document.
func TestEvents(t *testing.T) {
	types := read(t, "sscard.d.ts")
	declared := make(map[string]bool)
	for _, name := range []string{"Numbered", "Snapshot", "ServiceLost", "ReaderEvent", "CardEvent"} {
		maps.Copy(declared, members(t, types, name))
	}
	require.Equal(t, slices.Sorted(maps.Keys(documented(apitype.Event{}))), slices.Sorted(maps.Keys(declared)))
}

// documented are the JSON names of a document's members, and whether they may be absent.
func documented(document any) map[string]bool {
	found := make(map[string]bool)
	for _, field := range reflect.VisibleFields(reflect.TypeOf(document)) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		found[name] = options != ""
	}
	return found
}

// members are the names in an interface, and whether they are optional.
func members(t *testing.T, types, name string) map[string]bool {
	body := regexp.MustCompile(`(?ms)^(?:export )?interface ` + name + `\b[^{]*\{\n(.*?)^\}`).FindStringSubmatch(types)
	require.NotNil(t, body, name)
	found := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^  (\w+)(\?)?:`).FindAllStringSubmatch(body[1], -1) {
		found[m[1]] = m[2] != ""
	}
	return found
}
