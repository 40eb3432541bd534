package terminal_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"sscard/sm"
	"sscard/terminal"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

// fullCards are the cards with all applications, one for each algorithm.
var fullCards = []string{"gen2-full", "gen3-full"}

// fullKeys are the keys of the full cards: their ids in the card and their roots.
func fullKeys(t testing.TB) map[string]fullKey {
	t.Helper()
	var card struct {
		Keys         map[string]fullKey
		Applications map[string]struct{ Keys map[string]fullKey }
	}
	require.NoError(t, yaml.Unmarshal([]byte(describe(t, "gen3-full")), &card))
	keys := card.Keys
	for _, a := range card.Applications {
		for name, key := range a.Keys {
			keys[name] = key
		}
	}
	return keys
}

type fullKey struct{ ID, Root string }

// full is a directory of layouts with the key ids that the full cards were given, as not all are public.
func full(t testing.TB) string {
	t.Helper()
	var overlay strings.Builder
	overlay.WriteString("match: \"51\"\nkeys:\n")
	for name, key := range fullKeys(t) {
		fmt.Fprintf(&overlay, "  %s: {id: %q}\n", name, key.ID)
	}
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "regions"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "regions", "51.yaml"), []byte(overlay.String()), 0o600))
	return dir
}

// hsmKeys are the keys as a back end has them.
func hsmKeys(t testing.TB) *sam.TestKeys {
	t.Helper()
	var roots strings.Builder
	for name, key := range fullKeys(t) {
		fmt.Fprintf(&roots, "%s: %s\n", name, key.Root)
	}
	keys, err := sam.LoadTestKeys(strings.NewReader(roots.String()))
	require.NoError(t, err)
	return keys
}

var algorithms = map[string]sm.Algorithm{"01": sm.DES, "03": sm.SM4}

// identities of the full cards.
var identities = map[string]terminal.CardIdentity{
	"gen2-full": {CardID: "510100D15600000500000022FFFFFFFF", CardNumber: "H00000039"},
	"gen3-full": {CardID: "510100D15600000500000023FFFFFFFF", CardNumber: "H00000047"},
}

func addresses(t testing.TB, text string) []profile.FileAddress {
	t.Helper()
	list, err := profile.ParseAddress(text)
	require.NoError(t, err)
	return list
}

// holder enters a PIN.
type holder struct {
	pin   string
	asked int
}

func (h *holder) Enter(context.Context, terminal.PINPrompt) (terminal.PIN, error) {
	h.asked++
	return terminal.PIN(h.pin), nil
}
