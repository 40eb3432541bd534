package terminal_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
	"sscard/terminal"
)

// accountant is a card that takes a millisecond for each command, and keeps account.
type accountant struct {
	softcard.Answerer
	spent map[string]time.Duration
}

func (a *accountant) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	time.Sleep(time.Millisecond)
	return a.Answerer.Transmit(ctx, command)
}

func (a *accountant) Spent(phase string, d time.Duration) { a.spent[phase] += d }

func TestPhases(t *testing.T) {
	tests := []struct {
		card, psam string
		want       map[string]time.Duration // in milliseconds, as many as commands; nobody answers without a PSAM
	}{
		{"gen2", "", map[string]time.Duration{terminal.PhaseSelect: 1, terminal.PhaseRead: 2, terminal.PhaseAuthenticate: 0}},
		{"gen2", "psam", map[string]time.Duration{terminal.PhaseSelect: 1, terminal.PhaseRead: 2, terminal.PhaseAuthenticate: 1}},
		{"gen3", "psam", map[string]time.Duration{terminal.PhaseSelect: 1, terminal.PhaseRead: 2, terminal.PhaseAuthenticate: 3}},
	}
	for _, test := range tests {
		t.Run(test.card+" "+test.psam, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				if test.psam != "" {
					c.psam(test.psam)
				}
				card := &accountant{parse(t, describe(t, test.card)), make(map[string]time.Duration)}
				_, err := c.terminal.ReadCard(t.Context(), card, terminal.ReadRequest{})
				require.NoError(t, err)
				for phase := range test.want {
					test.want[phase] *= time.Millisecond
				}
				require.Equal(t, test.want, card.spent)
			})
		})
	}
}
