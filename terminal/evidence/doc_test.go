package evidence_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/terminal/evidence"
)

// workedV1 is the vector v1, byte by byte, as the documents show it.
func workedV1(t *testing.T) string {
	s, _ := row{}.make(t)
	e := s.evidence
	challenge, err := e.Challenge()
	require.NoError(t, err)
	public := s.key.Public()
	digest, err := public.Digest([]byte(sm.DefaultID), challenge[:])
	require.NoError(t, err)
	return "```\n" +
		line("label", "%X", "sscard-challenge-v1") +
		line("origin", "%s", lengthAnd(e.Origin)) +
		line("nonce", "%s", lengthAnd(string(e.Nonce))) +
		line("card_id", "%s", lengthAnd(string(e.CardID[:]))) +
		line("time", "%s", lengthAnd("2026-01-01T04:00:00Z")) +
		line("challenge", "%X", challenge) +
		"\n" +
		line("key: X", "%X", public.Bytes()[:32]) +
		line("key: Y", "%X", public.Bytes()[32:]) +
		line("e", "%X", digest) +
		"```\n"
}

// workedV2 is the digest of the fields of the vector v2.
func workedV2(t *testing.T) string {
	s, _ := row{before: (*sample).withFields}.make(t)
	text := "```\n"
	for _, name := range slices.Sorted(maps.Keys(s.want.Fields)) {
		text += line("name", "%s", lengthAnd(name)) + line("value", "%s", lengthAnd(s.want.Fields[name]))
	}
	challenge, err := s.evidence.Challenge()
	require.NoError(t, err)
	return text + line("fields", "%X", *s.evidence.Fields) + line("challenge", "%X", challenge) + "```\n"
}

func line(name, format string, value any) string {
	return fmt.Sprintf("%-10s "+format+"\n", name, value)
}

func lengthAnd(part string) string { return fmt.Sprintf("%04X %X", len(part), part) }

// What the documents show has to be so: back ends are written by them.
func TestDocuments(t *testing.T) {
	source, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	for _, name := range []string{"../../docs/evidence.md", "../../docs/zh/evidence.md"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Contains(t, string(text), workedV1(t))
			require.Contains(t, string(text), workedV2(t))
			_, code, found := strings.Cut(string(text), "```go\n")
			require.True(t, found)
			code, _, _ = strings.Cut(code, "```\n")
			require.Contains(t, strings.ReplaceAll(string(source), "\n\t", "\n"), code)
			for _, step := range steps() {
				require.Contains(t, string(text), "| `"+string(step)+"` |")
			}
			for profile := range evidence.DefaultSchemes() {
				require.Contains(t, string(text), "`"+profile+"`")
			}
		})
	}
}

func steps() []evidence.Step {
	return []evidence.Step{
		evidence.StepToken, evidence.StepOrigin, evidence.StepNonce, evidence.StepAge, evidence.StepProfile,
		evidence.StepCertificate, evidence.StepKey, evidence.StepSignature, evidence.StepChain, evidence.StepUsage,
		evidence.StepValidity, evidence.StepRevocation, evidence.StepFields,
	}
}
