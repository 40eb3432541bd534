package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

func TestLogRing(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("China", 8*60*60))
	for _, row := range []struct {
		name  string
		say   func(*slog.Logger)
		level string
		want  apitype.Fields
	}{
		{"nothing", func(l *slog.Logger) { l.Info("said") }, "info", nil},
		{"kinds", func(l *slog.Logger) {
			l.Warn("said", "text", "a b", "n", 7, "yes", true, "took", 1500*time.Millisecond, "at", at, "err", errors.New("no"), "list", []string{"a", "b"}, "none", nil)
		}, "warn", apitype.Fields{
			{Name: "text", Value: "a b"}, {Name: "n", Value: "7"}, {Name: "yes", Value: "true"}, {Name: "took", Value: "1.5s"},
			{Name: "at", Value: "2026-01-01T19:04:05.000006Z"}, {Name: "err", Value: "no"}, {Name: "list", Value: "[a b]"}, {Name: "none", Value: "<nil>"},
		}},
		{"groups", func(l *slog.Logger) {
			l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("").Error("said", "c", 3, slog.Group("h", "d", 4, slog.Group("", "e", 5)), slog.Group("empty"))
		}, "error", apitype.Fields{{Name: "a", Value: "1"}, {Name: "g.b", Value: "2"}, {Name: "g.c", Value: "3"}, {Name: "g.h.d", Value: "4"}, {Name: "g.h.e", Value: "5"}}},
		{"the last of two", func(l *slog.Logger) { l.With("a", 1).Info("said", "b", 2, "a", 3) }, "info", apitype.Fields{{Name: "a", Value: "3"}, {Name: "b", Value: "2"}}},
		{"between two levels", func(l *slog.Logger) { l.Log(t.Context(), slog.LevelInfo+2, "said") }, "info", nil},
		{"above all", func(l *slog.Logger) { l.Log(t.Context(), slog.LevelError+4, "said") }, "error", nil},
		{"personal data", func(l *slog.Logger) { l.Info("said", "name", terminal.PII("张三"), "pin", terminal.PIN("123456")) }, "info",
			apitype.Fields{{Name: "name", Value: "[personal data]"}, {Name: "pin", Value: "[PIN]"}}},
		{"no text", func(l *slog.Logger) { l.Info("said", "a", "\xff") }, "info", apitype.Fields{{Name: "a", Value: "\uFFFD"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			ring := newLogRing()
			before := time.Now()
			row.say(slog.New(ring))
			lines := ring.Last(10)
			require.Len(t, lines, 1)
			require.WithinRange(t, lines[0].Time, before, time.Now())
			require.Equal(t, "UTC", lines[0].Time.Location().String())
			require.Equal(t, apitype.LogRecord{Time: lines[0].Time, Level: row.level, Message: "said", Attributes: row.want}, lines[0])
		})
	}
}

func TestLogRingLimits(t *testing.T) {
	ring := newLogRing()
	log := slog.New(ring)
	require.Empty(t, ring.Last(10))
	log.Debug("too low")
	require.Empty(t, ring.Last(10))
	for i := range ringLines + 30 {
		log.Info(fmt.Sprint(i))
	}
	lines := ring.Last(ringLines)
	require.Len(t, lines, ringLines)
	for i, line := range lines {
		require.Equal(t, fmt.Sprint(i+30), line.Message)
	}
	require.Equal(t, fmt.Sprint(ringLines+29), ring.Last(1)[0].Message)

	log.Info(strings.Repeat("字", ringText), "long", strings.Repeat("x", ringText+1), "fits", strings.Repeat("x", ringText))
	line := ring.Last(1)[0]
	require.Less(t, len(line.Message), ringText+10)
	require.True(t, strings.HasSuffix(line.Message, "字…"))
	require.Equal(t, strings.Repeat("x", ringText)+"…", line.Attributes.Get("long"))
	require.Equal(t, strings.Repeat("x", ringText), line.Attributes.Get("fits"))
}

// What the standard library wants of every handler.
func TestLogRingIsAHandler(t *testing.T) {
	var ring *logRing
	slogtest.Run(t, func(*testing.T) slog.Handler { ring = newLogRing(); return ring }, func(t *testing.T) map[string]any {
		line := ring.Last(1)[0]
		got := map[string]any{slog.LevelKey: line.Level, slog.MessageKey: line.Message}
		if !line.Time.IsZero() {
			got[slog.TimeKey] = line.Time
		}
		for _, f := range line.Attributes {
			in := got
			names := strings.Split(f.Name, ".")
			for _, group := range names[:len(names)-1] {
				if in[group] == nil {
					in[group] = map[string]any{}
				}
				in = in[group].(map[string]any)
			}
			in[names[len(names)-1]] = f.Value
		}
		return got
	})
}

func TestLogRingByMany(t *testing.T) {
	ring := newLogRing()
	log := slog.New(ring).With("a", 1)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 400 {
				log.Info("said", "i", i)
				_ = ring.Last(5)
			}
		})
	}
	all.Wait()
	require.Len(t, ring.Last(2*ringLines), ringLines)
}

// The ring has what log.level keeps from standard error, and the daemon's lines come in it.
func TestDaemonKeepsItsLog(t *testing.T) {
	var stderr bytes.Buffer
	log, _ := newLog(&stderr, config.Log{Level: "error", Format: config.LogText})
	with := setup{log: log}.remembering()
	with.log.Info("said", "a", 1)
	require.Empty(t, stderr.String())
	require.Equal(t, "said", with.ring.Last(1)[0].Message)
	text, err := json.Marshal(with.ring.Last(1)[0].Attributes)
	require.NoError(t, err)
	require.JSONEq(t, `{"a": "1"}`, string(text))
}
