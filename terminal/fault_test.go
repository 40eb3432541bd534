package terminal_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

func faulty(t testing.TB, fault string) *softcard.Faulty {
	t.Helper()
	f, err := softcard.ParseFault(fault)
	require.NoError(t, err)
	return softcard.WithFault(card(t, "gen2"), f)
}

// The three commands of a read, each failing in every way. A card that answers nonsense, at whichever command, has
// malformed data: half of a person is never given.
func TestFaults(t *testing.T) {
	for _, row := range []struct {
		name, fault string // of the command %d
		deadline    time.Duration
		code        apitype.Code
	}{
		{"removed", "removed@%d", time.Minute, apitype.CardRemoved},
		{"mute", "mute@%d", time.Minute, apitype.CardMute},
		{"mute past the deadline", "mute@%d", time.Second, apitype.Timeout},
		{"slower than patience", "slow@%d:4s", time.Minute, apitype.CardMute},
		{"slower than the deadline", "slow@%d:2s", time.Second, apitype.Timeout},
		{"6Cxx without end", "wrong-length@%d", time.Minute, apitype.DataMalformed},
		{"61xx without end", "more@%d", time.Minute, apitype.DataMalformed},
		{"another tag, always", "wrong-tag@%d+", time.Minute, apitype.DataMalformed},
		{"half a record, always", "short-record@%d+", time.Minute, apitype.DataMalformed},
		{"no status word, always", "no-answer@%d+", time.Minute, apitype.ReaderFailed},
	} {
		for at := 1; at <= 3; at++ {
			t.Run(fmt.Sprintf("%s, command %d", row.name, at), func(t *testing.T) {
				open(t, "", func(t *testing.T, c *counter) {
					c.insert(faulty(t, fmt.Sprintf(row.fault, at)))
					fails(t, c, row.deadline, row.code)
				})
			})
		}
	}
	t.Run("no answer to reset", func(t *testing.T) {
		open(t, "", func(t *testing.T, c *counter) {
			c.insert(faulty(t, "mute-atr"))
			fails(t, c, time.Minute, apitype.CardMute)
		})
	})
}

// fails reads the card in vain, in time and without a word about its holder; then a good card is read.
func fails(t *testing.T, c *counter, deadline time.Duration, code apitype.Code) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	start := time.Now()
	reading, err := c.terminal.Read(ctx, terminal.ReadRequest{})
	require.LessOrEqual(t, time.Since(start), deadline)
	require.Nil(t, reading)
	var failed *terminal.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, code, failed.Code, err)
	require.Equal(t, code.Entry().Retryable, failed.Retryable)
	want := document(t, "gen2")
	for _, secret := range personal(want) {
		require.NotContains(t, err.Error(), secret)
		require.NotContains(t, string(indented(t, failed.Problem())), secret)
	}

	c.insert(card(t, "gen2"))
	got := c.read(terminal.ReadRequest{})
	want.Exchanges = got.Exchanges // the model may be distrusted now
	require.Equal(t, want, got)
}

// A fault that strikes once is made good within the same read.
func TestHealedFaults(t *testing.T) {
	for _, kind := range []string{"wrong-tag", "short-record", "no-answer", "slow"} {
		for at := 1; at <= 3; at++ {
			fault := fmt.Sprintf("%s@%d", kind, at)
			if kind == "slow" {
				fault += ":2s" // each command: slow enough to notice, and not mute
			}
			t.Run(fault, func(t *testing.T) {
				open(t, "", func(t *testing.T, c *counter) {
					c.insert(faulty(t, fault))
					reading, err := c.try(terminal.ReadRequest{})
					require.NoError(t, err)
					got, want := reading.Document(), document(t, "gen2")
					want.Exchanges, want.ElapsedMS = got.Exchanges, got.ElapsedMS
					require.Equal(t, want, got)
				})
			})
		}
	}
}

// meddled is a card at whose nth command, and from then on where that lasts, something happens to its reader.
type meddled struct {
	softcard.Answerer
	at, count int
	lasts     bool
	meddle    func()
}

func (m *meddled) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if m.count++; m.count == m.at || m.lasts && m.count > m.at {
		m.meddle()
	}
	return m.Answerer.Transmit(ctx, command)
}

// The reader is unplugged at each command of a reading.
func TestReaderUnplugged(t *testing.T) {
	for at := 1; at <= 3; at++ {
		t.Run(fmt.Sprintf("command %d", at), func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(&meddled{Answerer: card(t, "gen2"), at: at, meddle: func() { c.driver.RemoveReader(slot) }})
				reading, err := c.try(terminal.ReadRequest{Reader: slot})
				require.Nil(t, reading)
				require.Equal(t, apitype.ReaderUnknown, terminal.AsError(err).Code, err)
				synctest.Wait()
				_, err = c.try(terminal.ReadRequest{})
				require.Equal(t, apitype.ReaderNone, terminal.AsError(err).Code, err)
				c.driver.AddReader(slot)
				c.insert(card(t, "gen2"))
				c.read(terminal.ReadRequest{})
			})
		})
	}
}

// Another program resets the card at each command: once is made good, always is told.
func TestCardReset(t *testing.T) {
	for at := 1; at <= 3; at++ {
		for _, lasts := range []bool{false, true} {
			t.Run(fmt.Sprintf("command %d, always %v", at, lasts), func(t *testing.T) {
				open(t, "", func(t *testing.T, c *counter) {
					c.insert(&meddled{Answerer: card(t, "gen2"), at: at, lasts: lasts, meddle: func() { require.NoError(t, c.driver.ResetCard(slot)) }})
					reading, err := c.try(terminal.ReadRequest{})
					if !lasts {
						require.NoError(t, err)
						require.Equal(t, "王小明", nameOf(reading))
						return
					}
					require.Nil(t, reading)
					require.Equal(t, apitype.CardReset, terminal.AsError(err).Code, err)
					c.insert(card(t, "gen2"))
					c.read(terminal.ReadRequest{})
				})
			})
		}
	}
}
