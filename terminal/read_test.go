package terminal_test

import (
	"bytes"
	"cmp"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/apdu/trace"
	"sscard/reader/virtual"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/testdata"
)

// moreExchanges are the cards that cannot be read in three: one wants GET RESPONSE, one each record by itself, and one
// has a record that the national layout does not know.
var moreExchanges = map[string]int{"gen1-t0": 4, "gen2-by-identifier": 19, "gen2-city": 4}

func TestReadCards(t *testing.T) {
	files, err := fs.Glob(testdata.Cards, "cards/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(card(t, name))
				got := c.read(terminal.ReadRequest{})
				require.Equal(t, cmp.Or(moreExchanges[name], 3), got.Exchanges)
				golden(t, "read/"+name+".json", indented(t, got))
			})
		})
	}
}

// A city's own record is a file of the administrator's, and no Go.
func TestCityRecord(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "regions"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "regions", "3717.yaml"), []byte(`
match: "3717"
applications:
  SSSE:
    files:
      EF06:
        records:
          - {tag: EA, field: holder.person_number, format: text, length: 18, zh: 人员识别号, en: Person number}
`), 0o600))
	open(t, dir, func(t *testing.T, c *counter) {
		want := document(t, "gen2-city")
		want.Holder = append(want.Holder, apitype.Field{Name: "person_number", Value: "371700000000000007"})
		want.Exchanges = 3
		c.insert(card(t, "gen2-city"))
		require.Equal(t, want, c.read(terminal.ReadRequest{}))

		c.insert(card(t, "gen2"))
		require.Equal(t, document(t, "gen2"), c.read(terminal.ReadRequest{}), "a card of another city")
	})
}

func TestReadWithoutCard(t *testing.T) {
	for _, row := range []struct {
		name    string
		prepare func(d *virtual.Driver)
		code    apitype.Code
	}{
		{"an empty reader", func(*virtual.Driver) {}, apitype.CardAbsent},
		{"no reader", func(d *virtual.Driver) { d.RemoveReader(slot) }, apitype.ReaderNone},
	} {
		t.Run(row.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				row.prepare(c.driver)
				synctest.Wait()
				_, err := c.try(terminal.ReadRequest{})
				require.Equal(t, row.code, terminal.AsError(err).Code)
			})
		})
	}
}

// withATR makes a card of what only answers commands.
type withATR struct {
	apdu.Transmitter
	atr []byte
}

func (c withATR) ATR() []byte { return c.atr }

func TestReadTranscript(t *testing.T) {
	const file = "gen2.trace"
	open(t, "", func(t *testing.T, c *counter) {
		if *update {
			gen2 := card(t, "gen2")
			recorder := trace.NewRecorder(gen2, trace.Meta{Key: trace.KeyATR, Value: apdu.Hex(gen2.ATR())})
			_, err := c.terminal.ReadCard(t.Context(), withATR{recorder, gen2.ATR()}, terminal.ReadRequest{})
			require.NoError(t, err)
			var b bytes.Buffer
			_, err = recorder.Session().WriteTo(&b)
			require.NoError(t, err)
			golden(t, file, b.Bytes())
		}
		want := document(t, "gen2")
		atr, err := apdu.ParseHex(want.ATR)
		require.NoError(t, err)
		player := trace.Open(t, filepath.Join("testdata", file))
		reading, err := c.terminal.ReadCard(t.Context(), withATR{player, atr}, terminal.ReadRequest{})
		require.NoError(t, err)
		want.Reader, want.Interface = apitype.ReaderRef{}, ""
		require.Equal(t, want, reading.Document())
	})
}
