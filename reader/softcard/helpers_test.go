package softcard_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/testdata"
)

const (
	selectSSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
	selectMF   = "00A40000023F00"
)

// describe is the description of a card in testdata/cards, with old replaced by new.
func describe(t testing.TB, name string, oldnew ...string) []byte {
	t.Helper()
	b, err := testdata.Cards.ReadFile("cards/" + name + ".yaml")
	require.NoError(t, err)
	for _, old := range oldnew[:len(oldnew)/2] {
		require.Contains(t, string(b), old)
	}
	return []byte(strings.NewReplacer(oldnew...).Replace(string(b)))
}

func open(t testing.TB, name string, options ...softcard.Option) *softcard.Card {
	t.Helper()
	return parse(t, describe(t, name), options...)
}

func parse(t testing.TB, description []byte, options ...softcard.Option) *softcard.Card {
	t.Helper()
	card, err := softcard.Parse(description, options...)
	require.NoError(t, err)
	return card
}

// ask sends a command and gives the answer, both in hexadecimal.
func ask(t testing.TB, card apdu.Transmitter, command string) string {
	t.Helper()
	answer, err := card.Transmit(context.Background(), unhex(t, command))
	require.NoError(t, err)
	return apdu.Hex(answer)
}

// row is one exchange: both sides in hexadecimal with spaces. An empty command is a reset, a want
// that ends in … only begins the answer.
type row struct{ name, command, want string }

const reset = ""

func play(t *testing.T, card softcard.Answerer, rows []row) {
	t.Helper()
	for _, r := range rows {
		if r.command == reset {
			card.Reset()
			continue
		}
		got, want := ask(t, card, r.command), strings.ReplaceAll(r.want, " ", "")
		if start, open := strings.CutSuffix(want, "…"); open {
			require.True(t, strings.HasPrefix(got, start), "%s: %s", r.name, got)
			continue
		}
		require.Equal(t, want, got, r.name)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := apdu.ParseHex(s)
	require.NoError(t, err)
	return b
}
