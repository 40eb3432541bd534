package doctor_test

import (
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/doctor"
	"sscard/reader/virtual"
)

// hall is a row of readers, each with a card, on a clock of its own.
func hall(t *testing.T, faults ...string) *world {
	w := &world{t: t, service: virtual.New()}
	w.Environment = doctor.Environment{
		Root: t.TempDir(), StateDir: t.TempDir(), Driver: w.service, User: os.Geteuid(), Listen: "127.0.0.1:9",
		HTTP: &http.Client{Transport: refused{}}, Patience: time.Second, Free: func(string) (uint64, error) { return 1 << 40, nil },
	}
	for i, fault := range faults {
		name := hallReader(i)
		w.service.AddReader(name)
		switch fault {
		case "":
			w.insert(name, "gen2")
		case "hung":
			w.insert(name, "gen2")
			require.NoError(t, w.service.SetHung(name, true))
			t.Cleanup(func() { _ = w.service.SetHung(name, false) })
		default:
			w.insertFaulty(name, "gen2", fault)
		}
	}
	return w
}

func hallReader(i int) string { return "Hall " + string(rune('E'+i)) + " Contact 00 00" }

const good = "ok card.ok: %s · 2.0 · DES · EF05 · EF06 · EF07 (RKSSSE)"

// Each card has its own time: what one takes, or has not, is said of that one only.
func TestCardsHaveTheirOwnTime(t *testing.T) {
	for _, row := range []struct {
		name   string
		faults []string
		all    time.Duration // for the whole examination
		want   []string      // %s is the reader
	}{
		{"all are well", []string{"", "", ""}, time.Minute, []string{good, good, good}},
		{"the first is slow", []string{"slow@1:400ms", "", "", ""}, time.Minute, []string{"warn card.slow: %s", good, good, good}},
		{"one is a little slow", []string{"", "slow@1:20ms", ""}, time.Minute, []string{good, good, good}},
		{"the first hangs", []string{"hung", "", ""}, time.Minute, []string{"error reader.hung: %s", good, good}},
		{"one does not answer any more", []string{"mute@3", ""}, time.Minute, []string{"error reader.hung: %s", good}},
		{"slow ones leave no time", []string{"slow@1:400ms", "slow@1:400ms", "slow@1:400ms", ""}, 2500 * time.Millisecond,
			[]string{"warn card.slow: %s", "warn card.slow: %s", "info card.unchecked: %s", "info card.unchecked: %s"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := hall(t, row.faults...)
				ctx, cancel := context.WithTimeout(t.Context(), row.all)
				defer cancel()
				r := doctor.Examine(ctx, w.Environment)
				var got, want []string
				for _, f := range findings(r) {
					if strings.Contains(f, " Contact ") && !strings.Contains(f, "reader.ok") && !strings.Contains(f, "reader.two_cards") && !strings.Contains(f, "profile.ok") {
						got = append(got, f)
					}
				}
				for i, text := range row.want {
					want = append(want, strings.ReplaceAll(text, "%s", hallReader(i)))
					if text == good {
						require.Contains(t, findings(r), "ok profile.ok: "+hallReader(i)+" · 510100")
					}
				}
				require.Equal(t, want, got)
				requireWords(t, r)
			})
		})
	}
}

// Findings are told as they come, those of cards one by one, and each once.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hall(t, "slow@1:400ms", "", "")
		var told []doctor.Finding
		var steps, cards []int
		begun := time.Now()
		w.Progress = func(done int, found []doctor.Finding) {
			told = append(told, found...)
			steps = append(steps, done)
			for _, f := range found {
				if strings.HasPrefix(f.Code, "card.") {
					require.Len(t, found, 1)
					cards = append(cards, int(time.Since(begun)/time.Second))
				}
			}
		}
		r := doctor.Examine(t.Context(), w.Environment)
		require.Equal(t, r.Findings, told)
		require.Equal(t, []int{1, 1, 1}, cards)
		require.True(t, slices.IsSorted(steps))
		require.Zero(t, steps[0])
		require.Equal(t, doctor.Checks, steps[len(steps)-1])
	})
}

// Who is told that two cards are there is told where.
func TestTwoCardsAreNamed(t *testing.T) {
	w := newWorld(t)
	w.service.AddReader("Second Contact 00 00")
	w.insert("Second Contact 00 00", "gen1")
	f, found := w.examine().First()
	require.True(t, found)
	require.Equal(t, "reader.two_cards", f.Code)
	require.Equal(t, desk+", Second Contact 00 00", f.Detail)
}
