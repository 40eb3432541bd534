package terminal_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

const secondSlot = "Counter 2 00 00"

// Whoever waits for a PIN is told at once that its card is lost, in every use case; no PIN is tried, and the reader is there for the next.
func TestPINLosesItsCard(t *testing.T) {
	losses := []struct {
		name string
		lose func(t *testing.T, c *counter)
		mend func(c *counter)
		code apitype.Code
		at   time.Duration // the latest
	}{
		{"taken out", func(t *testing.T, c *counter) { require.NoError(t, c.driver.Eject(slot)) }, func(*counter) {}, apitype.CardRemoved, 0},
		{"another in its place", func(t *testing.T, c *counter) { c.insert(card(t, "gen3-full")) }, func(*counter) {}, apitype.CardRemoved, 0},
		{"the reader unplugged", func(_ *testing.T, c *counter) { c.driver.RemoveReader(slot) }, func(c *counter) { c.driver.AddReader(slot) }, apitype.CardRemoved, 0},
		{"the service gone", func(_ *testing.T, c *counter) { c.driver.Stop(reader.ErrNoService) }, func(c *counter) { c.driver.Start() }, apitype.CardRemoved, 0},
		{"reset by another program", func(t *testing.T, c *counter) { require.NoError(t, c.driver.ResetCard(slot)) }, func(*counter) {}, apitype.CardReset, 4 * time.Second},
	}
	waits := []struct {
		name    string
		answers []string // to the prompts before the one that is left waiting
		run     func(ctx context.Context, c *counter, desk terminal.PINEntry) error
	}{
		{"verify", nil, func(ctx context.Context, c *counter, desk terminal.PINEntry) error {
			_, err := c.terminal.VerifyPIN(ctx, terminal.PINRequest{Entry: desk})
			return err
		}},
		{"change", []string{"123456", "24680"}, func(ctx context.Context, c *counter, desk terminal.PINEntry) error {
			_, err := c.terminal.ChangePIN(ctx, terminal.PINRequest{Entry: desk})
			return err
		}},
		{"reload", []string{"24680"}, func(ctx context.Context, c *counter, desk terminal.PINEntry) error {
			return c.terminal.ResetPIN(ctx, terminal.Reload, terminal.PINRequest{Entry: desk})
		}},
		{"read items", nil, func(ctx context.Context, c *counter, desk terminal.PINEntry) error {
			_, err := c.terminal.ReadItems(ctx, terminal.ItemsRequest{Files: addresses(c.t, "DF01EF05|21|$"), ByPIN: true, Entry: desk})
			return err
		}},
		{"debit", nil, func(ctx context.Context, c *counter, desk terminal.PINEntry) error {
			request := paying()
			request.Entry = desk
			_, err := c.terminal.Debit(ctx, request)
			return err
		}},
	}
	dir := full(t)
	for _, loss := range losses {
		for _, wait := range waits {
			t.Run(loss.name+"/"+wait.name, func(t *testing.T) {
				open(t, dir, func(t *testing.T, c *counter) {
					c.psam("psam")
					c.insert(card(t, "gen3-full"))
					desk := &terminal.PINDesk{}
					ended := make(chan error, 1)
					go func() { ended <- wait.run(t.Context(), c, desk) }()
					for _, pin := range wait.answers {
						synctest.Wait()
						require.True(t, desk.Answer(desk.Prompts()[0].ID, terminal.PIN(pin)))
					}
					synctest.Wait()
					prompts := desk.Prompts()
					require.Len(t, prompts, 1)
					time.Sleep(30 * time.Second)
					begun := time.Now()
					loss.lose(t, c)
					err := <-ended
					require.Equal(t, loss.code, terminal.AsError(err).Code, "%v", err)
					require.LessOrEqual(t, time.Since(begun), loss.at)
					require.Empty(t, desk.Prompts())
					late := terminal.PIN("123456")
					require.False(t, desk.Answer(prompts[0].ID, late))
					require.NotContains(t, string(late), "1")
					lines := c.ledger.take()
					require.Equal(t, string(loss.code), lines[len(lines)-1].Outcome)
					for _, command := range c.asked {
						require.False(t, strings.HasPrefix(command, "0020") && len(command) > len("0020000003FFFFFF"), command)
					}

					loss.mend(c)
					time.Sleep(10 * time.Second) // the pool comes back to a service
					c.insert(card(t, "gen3-full"))
					tries, err := c.terminal.VerifyPIN(t.Context(), terminal.PINRequest{Entry: &holder{pin: "123456"}})
					require.NoError(t, err)
					require.Equal(t, terminal.Tries{Before: 3, After: 3}, tries)
				})
			})
		}
	}
}

// Of two PINs that are waited for each says for which reader and for whom, and the loss of one card leaves the other alone.
func TestTwoPINs(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.driver.AddReader(secondSlot)
		c.insert(card(t, "gen2-full"))
		require.NoError(t, c.driver.Insert(secondSlot, card(t, "gen3-full")))
		synctest.Wait()
		desk := &terminal.PINDesk{}
		ended := map[string]chan error{}
		for _, row := range []struct{ name, origin string }{{slot, "https://hall.example"}, {secondSlot, ""}} {
			done := make(chan error, 1)
			ended[row.name] = done
			go func() {
				ctx := terminal.WithCaller(t.Context(), terminal.Caller{Origin: row.origin, User: "token"})
				_, err := c.terminal.VerifyPIN(ctx, terminal.PINRequest{Reader: row.name, Entry: desk})
				done <- err
			}()
			synctest.Wait()
		}
		prompts := desk.Prompts()
		require.Len(t, prompts, 2)
		require.Equal(t, []string{slot, secondSlot}, []string{prompts[0].Reader.Name, prompts[1].Reader.Name})
		require.Equal(t, reader.IDOf(slot), prompts[0].Reader.ID)
		require.Equal(t, []string{"https://hall.example", ""}, []string{prompts[0].Caller, prompts[1].Caller})

		require.NoError(t, c.driver.Eject(slot))
		require.Equal(t, apitype.CardRemoved, terminal.AsError(<-ended[slot]).Code)
		require.Equal(t, prompts[1:], desk.Prompts())
		require.True(t, desk.Answer(prompts[1].ID, terminal.PIN("123456")))
		require.NoError(t, <-ended[secondSlot])
	})
}

// hasty takes the card out and answers all the same.
type hasty struct{ c *counter }

func (h hasty) Enter(context.Context, terminal.PINPrompt) (terminal.PIN, error) {
	require.NoError(h.c.t, h.c.driver.Eject(slot))
	synctest.Wait()
	return terminal.PIN("123456"), nil
}

// A PIN that comes together with the loss of its card is not tried.
func TestPINForALostCard(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.insert(card(t, "gen2-full"))
		_, err := c.terminal.VerifyPIN(t.Context(), terminal.PINRequest{Entry: hasty{c}})
		require.Equal(t, apitype.CardRemoved, terminal.AsError(err).Code, "%v", err)
	})
}

// The end of the caller's time is told as that of the PIN.
func TestPINWithoutTime(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.insert(card(t, "gen2-full"))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := c.terminal.VerifyPIN(ctx, terminal.PINRequest{Entry: &terminal.PINDesk{}})
		require.Equal(t, apitype.PINTimeout, terminal.AsError(err).Code, "%v", err)
	})
}
