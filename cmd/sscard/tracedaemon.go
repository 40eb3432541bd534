package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"sscard/apdu/trace"
	"sscard/cmd/internal/recording"
	"sscard/reader"
)

// Bounds of what the daemon keeps for support.
const (
	maxTraceFiles = 200     // the oldest make room
	maxTraceBytes = 1 << 20 // of one file
	tracesWaiting = 32      // sessions to be written; more are dropped, so that a slow disk keeps no card waiting
)

// supportTraces writes each session of the daemon with a card to a file of its own, redacted.
type supportTraces struct {
	dir  string
	log  *slog.Logger
	done sync.WaitGroup

	mu   sync.Mutex
	todo chan *trace.Session // nil once stopped: a call that was abandoned may end later
}

// traced puts the recording between the readers and the daemon. Stop writes what is left, and ends it.
func traced(d reader.Driver, dir, only string, log *slog.Logger) (_ reader.Driver, stop func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	t := &supportTraces{dir: dir, log: log, todo: make(chan *trace.Session, tracesWaiting)}
	recorder := recording.NewRecorder(d, t.keep)
	if only != "" {
		recorder.Wanted = func(name string) bool { return name == only || reader.IDOf(name) == only }
	}
	todo := t.todo
	t.done.Go(func() { t.write(todo) })
	log.Warn("sessions with cards are recorded, redacted", "dir", dir)
	return recorder, t.stop, nil
}

func (t *supportTraces) stop() {
	t.mu.Lock()
	close(t.todo)
	t.todo = nil
	t.mu.Unlock()
	t.done.Wait()
}

func (t *supportTraces) keep(s *trace.Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case t.todo <- s:
	default:
		t.log.Warn("trace dropped: the disk is too slow, or the daemon stops")
	}
}

func (t *supportTraces) write(todo <-chan *trace.Session) {
	n := 0
	for s := range todo {
		if err := t.one(s, n); err != nil {
			t.log.Warn("trace not written", "err", err)
		}
		n++
	}
}

// one writes a session. What cannot be told apart in it is blank: nobody is there to be asked.
func (t *supportTraces) one(s *trace.Session, n int) error {
	redacted, err := trace.Redact([]*trace.Session{s}, trace.Redaction{BlankUnknown: true})
	if err != nil {
		return err
	}
	if size, err := redacted[0].WriteTo(io.Discard); err != nil || size > maxTraceBytes {
		return errors.Join(fmt.Errorf("a session of %d bytes, %d at most", size, maxTraceBytes), err)
	}
	if err := t.makeRoom(); err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%04d-%s.trace", time.Now().Format("20060102T150405"), n%10_000, reader.IDOf(s.Get(trace.KeyReader)))
	file, err := createTrace(filepath.Join(t.dir, name))
	if err != nil {
		return err
	}
	return saveTrace(file, redacted)
}

// makeRoom removes the oldest files; their names begin with their time.
func (t *supportTraces) makeRoom() error {
	files, err := filepath.Glob(filepath.Join(t.dir, "*.trace"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	for ; len(files) >= maxTraceFiles; files = files[1:] {
		if err := os.Remove(files[0]); err != nil {
			return err
		}
	}
	return nil
}
