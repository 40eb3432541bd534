package httpapi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"github.com/stretchr/testify/require"
)

// What the pages show of messages is what there is.

var (
	fenced   = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```")
	called   = regexp.MustCompile(`^\$ curl .*?(/v1/[a-zA-Z/_]+)`)
	left     = regexp.MustCompile(`(?m)^\s*…\n|…`) // out of what is shown
	trailing = regexp.MustCompile(`,(\s*[}\]])`)   // where the last member was left out
)

func TestAnswersInThePages(t *testing.T) {
	d := openapi()
	for _, page := range []string{"../../README.md", "../../docs/zh/README.md"} {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		found := 0
		for _, block := range fenced.FindAllSubmatch(text, -1) {
			for _, session := range strings.Split("\n"+string(block[2]), "\n$ ")[1:] {
				command, answer, _ := strings.Cut("$ "+strings.ReplaceAll(session, "\\\n", ""), "\n")
				path := called.FindStringSubmatch(command)
				for path != nil && !strings.HasPrefix(answer, "{") && strings.Contains(answer, "\n") { // the command goes on
					_, answer, _ = strings.Cut(answer, "\n")
				}
				if path == nil || !strings.HasPrefix(answer, "{") {
					continue
				}
				o := d.find(http.MethodPost, path[1])
				if o == nil {
					o = d.find(http.MethodGet, path[1])
				}
				require.NotNil(t, o, command)
				document := trailing.ReplaceAllString(left.ReplaceAllString(answer, ""), "$1")
				at := o.at + "/responses/200/content/application~1json/schema"
				if strings.Contains(document, "urn:sscard:error:") {
					at = "/components/schemas/Problem"
				}
				_, err := d.validate(at, []byte(document))
				if !strings.Contains(answer, "…") || !onlyMissing(err) {
					require.NoError(t, err, "%s: %s\n%s", page, command, document)
				}
				found++
			}
		}
		require.GreaterOrEqual(t, found, 5, page)
	}
}

// onlyMissing reports that nothing is wrong but that members are left out.
func onlyMissing(err error) bool {
	wrong, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return false
	}
	for len(wrong.Causes) == 1 {
		wrong = wrong.Causes[0]
	}
	_, missing := wrong.ErrorKind.(*kind.Required)
	return missing
}

func TestEventsInThePages(t *testing.T) {
	d := openapi()
	for _, page := range []string{"../../docs/events.md", "../../docs/zh/events.md"} {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		found := 0
		for _, block := range fenced.FindAllSubmatch(text, -1) {
			if string(block[1]) != "json" {
				continue
			}
			for decoder := json.NewDecoder(strings.NewReader(string(block[2]))); decoder.More(); found++ {
				var message json.RawMessage
				require.NoError(t, decoder.Decode(&message), page)
				_, err := d.validate("/components/schemas/Event", message)
				require.NoError(t, err, "%s: %s", page, message)
			}
		}
		require.Positive(t, found, page)
	}
}
