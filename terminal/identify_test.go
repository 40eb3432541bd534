package terminal_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

func TestIdentify(t *testing.T) {
	tests := []struct {
		name       string
		card       softcard.Answerer
		generation int
		code       apitype.Code
		exchanges  int
	}{
		{"1.0", card(t, "gen1"), 1, "", 2},
		{"2.0", card(t, "gen2"), 2, "", 2},
		{"3.0", card(t, "gen3"), 3, "", 2},
		{"3.0 without contact", card(t, "gen3-contactless"), 3, "", 2},
		{"another kind of card", transit{card(t, "gen2")}, 0, apitype.CardUnsupported, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(test.card)
				generation, err := c.terminal.Identify(t.Context(), c.readerID())
				require.Equal(t, test.generation, generation)
				if test.code != "" {
					require.Equal(t, test.code, terminal.AsError(err).Code)
					return
				}
				require.NoError(t, err)
				require.Len(t, c.asked, test.exchanges)
			})
		})
	}
}

// transit is a card of another kind: it has none of our applications.
type transit struct{ softcard.Answerer }

func (transit) Transmit(context.Context, []byte) ([]byte, error) { return []byte{0x6A, 0x82}, nil }

func (c *counter) readerID() string {
	readers, err := c.terminal.Readers()
	require.NoError(c.t, err)
	return readers[0].ID
}

// A look gives way to a read under way, and asks nothing of the card.
func TestIdentifyYields(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		fault, err := softcard.ParseFault("slow@1:100ms")
		require.NoError(t, err)
		c.insert(softcard.WithFault(card(t, "gen2"), fault))
		read := make(chan error)
		go func() {
			_, err := c.terminal.Read(t.Context(), terminal.ReadRequest{})
			read <- err
		}()
		synctest.Wait()
		_, err = c.terminal.Identify(t.Context(), c.readerID())
		require.Equal(t, apitype.ReaderBusy, terminal.AsError(err).Code)
		require.NoError(t, <-read)
		require.Len(t, c.asked, 3, "the read asks, and nobody else")
	})
}
