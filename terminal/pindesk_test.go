package terminal_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/terminal"
)

// desk is one at which so many PINs are waited for, until the test ends.
func deskOf(t *testing.T, prompts int) *terminal.PINDesk {
	desk := &terminal.PINDesk{}
	for range prompts {
		go func() { _, _ = desk.Enter(t.Context(), terminal.PINPrompt{Kind: terminal.PINCurrent}) }()
		synctest.Wait()
	}
	return desk
}

func idsOf(prompts []terminal.DeskPrompt) []string {
	ids := []string{}
	for _, p := range prompts {
		ids = append(ids, p.ID)
	}
	return ids
}

// Who waits at the desk hears of each prompt that comes or goes, and of nothing else.
func TestPINDeskAwait(t *testing.T) {
	const patience = 20 * time.Second
	for _, row := range []struct {
		name   string
		before int                                     // prompts when the waiting begins
		seen   func(now []string) []string             // of them
		change func(d *terminal.PINDesk, t *testing.T) // a second later
		after  time.Duration                           // the answer comes
		want   int
	}{
		{"nothing comes", 0, func(now []string) []string { return now }, nil, patience, 0},
		{"nothing changes", 1, func(now []string) []string { return now }, nil, patience, 1},
		{"unseen", 1, func([]string) []string { return nil }, nil, 0, 1},
		{"another was seen", 1, func([]string) []string { return []string{"gone"} }, nil, 0, 1},
		{"gone since", 0, func([]string) []string { return []string{"gone"} }, nil, 0, 0},
		{"one of two unseen", 2, func(now []string) []string { return now[:1] }, nil, 0, 2},
		{"one comes", 0, func(now []string) []string { return now }, func(d *terminal.PINDesk, t *testing.T) {
			go func() { _, _ = d.Enter(t.Context(), terminal.PINPrompt{Kind: terminal.PINNew}) }()
		}, time.Second, 1},
		{"one more comes", 1, func(now []string) []string { return now }, func(d *terminal.PINDesk, t *testing.T) {
			go func() { _, _ = d.Enter(t.Context(), terminal.PINPrompt{Kind: terminal.PINNew}) }()
		}, time.Second, 2},
		{"answered", 1, func(now []string) []string { return now }, func(d *terminal.PINDesk, _ *testing.T) {
			d.Answer(d.Prompts()[0].ID, terminal.PIN("123456"))
		}, time.Second, 0},
		{"cancelled", 2, func(now []string) []string { return now }, func(d *terminal.PINDesk, _ *testing.T) {
			d.Answer(d.Prompts()[0].ID, nil)
		}, time.Second, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				desk := deskOf(t, row.before)
				seen := row.seen(idsOf(desk.Prompts()))
				if row.change != nil {
					defer time.AfterFunc(time.Second, func() { row.change(desk, t) }).Stop()
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				start := time.Now()
				got := make(chan []terminal.DeskPrompt, 2)
				for range 2 { // both hear of it
					go func() { got <- desk.Await(ctx, seen) }()
				}
				for range 2 {
					require.Len(t, <-got, row.want)
					require.Equal(t, row.after, time.Since(start))
				}
			})
		})
	}
}

// A prompt whose time is over is a change.
func TestPINDeskAwaitTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desk, start := deskOf(t, 1), time.Now()
		require.Empty(t, desk.Await(t.Context(), idsOf(desk.Prompts())))
		require.Equal(t, time.Minute, time.Since(start))
	})
}
