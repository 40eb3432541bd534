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

// describe is the description of a card in testdata/cards, or of a PSAM in testdata/sams, with old
// replaced by new.
func describe(t testing.TB, name string, oldnew ...string) []byte {
	t.Helper()
	read, dir := testdata.Cards.ReadFile, "cards/"
	if strings.HasPrefix(name, "psam") {
		read, dir = testdata.SAMs.ReadFile, "sams/"
	}
	b, err := read(dir + name + ".yaml")
	require.NoError(t, err)
	for i := 0; i < len(oldnew); i += 2 {
		require.True(t, strings.Contains(string(b), oldnew[i]), "%s has no %q", name, oldnew[i])
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

// tell sends a command and gives the answer in hexadecimal.
func tell(t testing.TB, card apdu.Transmitter, cmd apdu.Command) string {
	t.Helper()
	command, err := cmd.Bytes()
	require.NoError(t, err)
	return ask(t, card, apdu.Hex(command))
}

// data sends a command that must be done, and gives what it brings.
func data(t testing.TB, card apdu.Transmitter, cmd apdu.Command) []byte {
	t.Helper()
	b, err := apdu.NewChannel(card).Do(t.Context(), cmd.String(), cmd)
	require.NoError(t, err)
	return b
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := apdu.ParseHex(s)
	require.NoError(t, err)
	return b
}
