package audit_test

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/audit"
)

func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 1, 1, 12, 0, 0, 123456789, time.UTC)))
		cfg, said := configure(t)
		l := audit.New(cfg)
		require.NoFileExists(t, cfg.Path)
		l.Start()
		record(t, l, 1)
		l.Close()
		list := lines(t, cfg.Path)
		require.Len(t, list, 2)
		require.Equal(t, `{"seq":1,"time":"2026-01-01T12:00:00.123Z","event":"start","caller":{"user":"counter"},"version":"1.2.3","prev":"`+
			strings.Repeat("0", 64)+"\"}\n", list[0])
		prefix := `{"seq":2,"time":"2026-01-01T12:00:00.123Z","event":"read","caller":{"origin":"https://hall.example"},"function":"read",` +
			`"reader":{"id":"r0","name":"Counter <1> & 2"},"interface":"contact","card_number":"A*******8","asked":["holder"],` +
			`"given":["holder.name"],"outcome":"ok","prev":"`
		require.True(t, strings.HasPrefix(list[1], prefix), list[1])

		info, err := os.Stat(cfg.Path)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode())
		report := verify(t, cfg.Path)
		requireIntact(t, report, 2)
		require.Empty(t, report.Warnings)
		require.Contains(t, said.String(), report.Last.SM3)
	})
}

// The chain goes on from one file to the next and from one process to the next; what is over its time is taken away, and
// only that may be.
func TestRotation(t *testing.T) {
	cfg, said := configure(t)
	cfg.MaxSize = 2000
	for range 5 {
		l := audit.New(cfg)
		record(t, l, 9)
		l.Close()
	}
	files, err := audit.Files(cfg.Path)
	require.NoError(t, err)
	require.Equal(t, []string{cfg.Path + ".3", cfg.Path + ".2", cfg.Path + ".1", cfg.Path}, files)
	report := verify(t, cfg.Path)
	require.Empty(t, report.Problems)
	require.Equal(t, []found{{audit.Rotated, 1}}, kinds(report.Warnings))
	require.Greater(t, report.First.Seq, uint64(1))
	require.Equal(t, int(report.Last.Seq-report.First.Seq)+1, report.Lines)
	require.Contains(t, said.String(), "audit log rotated")

	for name, test := range map[string]struct {
		file string
		want []found
	}{
		"the oldest":  {files[0], []found{{audit.Missing, 1}}},
		"another one": {files[2], []found{{audit.Missing, 1}}},
		"the newest":  {files[3], nil}, // as if it had been cut off
	} {
		t.Run("deleted: "+name, func(t *testing.T) {
			var left []string
			for _, f := range files {
				if f != test.file {
					left = append(left, f)
				}
			}
			report, err := audit.VerifyFiles(audit.Check{Whole: true}, left...)
			require.NoError(t, err)
			require.Equal(t, test.want, kinds(report.Problems))
		})
	}

	cfg.Keep = 1 // from now on
	l := audit.New(cfg)
	record(t, l, 9)
	l.Close()
	files, err = audit.Files(cfg.Path)
	require.NoError(t, err)
	require.Len(t, files, 2)
	require.Empty(t, verify(t, cfg.Path).Problems)
}

func TestWhatACrashLeaves(t *testing.T) {
	for name, test := range map[string]struct {
		left  string // behind the last line
		torn  bool
		lines int
	}{
		"nothing":                    {"", false, 6},
		"half a line":                {`{"seq":4,"time":"20`, true, 7},
		"bytes that a disk made up":  {"\x00\x00\x00", true, 7},
		"a line feed in its middle":  {"{\"seq\":4\n,\"ti", true, 7},
		"a line that is none":        {"{\"seq\":4}\n", true, 7},
		"more than is read at first": {strings.Repeat("x", 100<<10), true, 7},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, said := configure(t)
			l := audit.New(cfg)
			record(t, l, 2)
			l.Close()
			appendTo(t, cfg.Path, test.left)

			l = audit.New(cfg)
			record(t, l, 2)
			l.Close()
			report := verify(t, cfg.Path)
			requireIntact(t, report, test.lines)
			if test.torn {
				require.Equal(t, []found{{audit.Torn, 4}}, kinds(report.Warnings))
				require.Contains(t, said.String(), "half a line")
			} else {
				require.Empty(t, report.Warnings)
			}
		})
	}
}

// A line of which only the line feed is missing is a line.
func TestLineFeedMissing(t *testing.T) {
	cfg, _ := configure(t)
	l := audit.New(cfg)
	record(t, l, 2)
	l.Close()
	info, err := os.Stat(cfg.Path)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(cfg.Path, info.Size()-1))
	requireIntact(t, verify(t, cfg.Path), 3)
	l = audit.New(cfg)
	record(t, l, 1)
	l.Close()
	report := verify(t, cfg.Path)
	requireIntact(t, report, 5)
	require.Empty(t, report.Warnings)
}

// A log that holds nothing but half a line is one that has yet to begin.
func TestNothingButHalfALine(t *testing.T) {
	cfg, _ := configure(t)
	require.NoError(t, os.MkdirAll(filepath.Dir(cfg.Path), 0o700))
	appendTo(t, cfg.Path, `{"seq":1,"ti`)
	l := audit.New(cfg)
	record(t, l, 1)
	l.Close()
	requireIntact(t, verify(t, cfg.Path), 3)
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// Many programs write to one log, and rotate it, and the chain holds.
func TestManyWriters(t *testing.T) {
	const writers, each = 4, 40
	cfg, _ := configure(t)
	cfg.MaxSize, cfg.Keep = 8000, 1000
	var all sync.WaitGroup
	for range writers {
		l := audit.New(cfg) // has a lock of its own, as another process has
		for range 2 {
			all.Go(func() {
				for i := range each {
					if err := l.Record(reading(i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		defer l.Close()
	}
	for range 10 { // meanwhile
		if report, err := audit.VerifyLog(audit.Check{}, cfg.Path); err == nil {
			require.Empty(t, report.Problems)
		}
	}
	all.Wait()
	report := verify(t, cfg.Path)
	require.Empty(t, report.Problems)
	require.Empty(t, report.Warnings)
	require.Equal(t, 2*writers*each+writers, count(t, report.Files, `"event":"read"`)+count(t, report.Files, `"event":"start"`))
}

func count(t *testing.T, files []string, what string) (n int) {
	t.Helper()
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		n += strings.Count(string(b), what)
	}
	return n
}

// Who cuts off lines that the daemon has written is told of by the next one, which does not fit.
func TestCutWhileRunning(t *testing.T) {
	for name, cut := range map[string]func(t *testing.T, path string){
		"a line": func(t *testing.T, path string) {
			list := lines(t, path)
			require.NoError(t, os.WriteFile(path, []byte(strings.Join(list[:3], "")), 0o600))
		},
		"the file": func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"the last line changed": func(t *testing.T, path string) {
			text := strings.Join(lines(t, path), "") + "\n"
			at := strings.LastIndex(text, "hall.example")
			require.NoError(t, os.WriteFile(path, []byte(text[:at]+"mall"+text[at+4:]), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, said := configure(t)
			l := audit.New(cfg)
			defer l.Close()
			record(t, l, 3)
			cut(t, cfg.Path)
			record(t, l, 1)
			require.False(t, verify(t, cfg.Path).Intact)
			require.Contains(t, said.String(), "CUT OR CHANGED")
		})
	}
}

// The last lines come from as many files as it takes.
func TestLast(t *testing.T) {
	cfg, _ := configure(t)
	cfg.MaxSize, cfg.Keep = 2000, 100
	l := audit.New(cfg)
	defer l.Close()
	none, err := l.Last(10)
	require.NoError(t, err)
	require.Empty(t, none)
	record(t, l, 30)
	for n, want := range map[int]int{0: 0, 1: 1, 20: 20, 1000: verify(t, cfg.Path).Lines} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			last, err := l.Last(n)
			require.NoError(t, err)
			require.Len(t, last, want)
			for i, r := range last {
				require.Equal(t, last[0].Seq+uint64(i), r.Seq)
			}
			if want > 0 {
				require.Equal(t, "r29", last[want-1].Reader.ID)
			}
		})
	}
}

func TestStamps(t *testing.T) {
	cfg, _ := configure(t)
	cfg.Log = slog.New(slog.DiscardHandler)
	l := audit.New(cfg)
	defer l.Close()
	require.NoError(t, l.Record(apitype.AuditRecord{Event: apitype.AuditPIN, Seq: 17, Prev: "made up", Outcome: "pin.wrong"}))
	last, err := l.Last(1)
	require.NoError(t, err)
	require.Equal(t, uint64(2), last[0].Seq)
	requireIntact(t, verify(t, cfg.Path), 2)
}
