// Package audit keeps the record of who did what with which card: a file of JSON lines, each with the SM3 hash of the
// line before, so that [Verify] finds what was changed, cut out or put in. It imports sm and apitype, and knows no card.
//
// A line is appended by one write, under a lock that programs share: the daemon, the command line and the C library may
// write to one file. Nothing is kept open between lines, and each line goes on from what the file ends with, so that
// neither rotation by another program nor a crash breaks the chain.
//
// The chain holds what was written, it does not keep anybody from writing: who can change the file can make a whole new
// one. The hash of the last line, kept elsewhere, shows that; the log tells it at each rotation and at the end.
//
// A [Log] is safe for concurrent use.
package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"sscard/terminal/apitype"
)

const (
	tellEvery = time.Minute // of a trouble that lasts
	maxLate   = 256         // lines that are kept in memory until they can be written
	syncAfter = time.Second // of what changed no card
	lockTime  = 2 * time.Second
)

// Config says where and how a log is kept.
type Config struct {
	Path    string // the others are Path.1, the newest, to Path.Keep, and Path.lock
	MaxSize int64  // bytes, from which on a file is followed by another
	Keep    int    // how many files there may be besides the one that is written
	Stop    bool   // no line, no card: see [Log.Ready]
	Version string // of the program, for its first line
	User    string // whose program it is
	Log     *slog.Logger
}

// Log is an audit log that is written to.
type Log struct {
	cfg Config

	mu      sync.Mutex
	started bool
	last    head // that this process has written
	trouble trouble
	syncing *time.Timer // nil: all is on the disk
	stats   Stats
}

// trouble is a time in which lines cannot be written.
type trouble struct {
	err     error // nil: there is none
	since   time.Time
	told    time.Time
	late    []apitype.AuditRecord
	written int // of those that were late
	lost    int
	refused int
}

// ErrUnwritable says that a line cannot be written.
var ErrUnwritable = errors.New("the audit log cannot be written (audit.on_full: stop)")

// New returns the log. It touches no file.
func New(cfg Config) *Log { return &Log{cfg: cfg} }

// Start writes that the program begins. Without it the first line does.
func (l *Log) Start() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.start()
}

func (l *Log) start() {
	if !l.started {
		l.started = true
		l.put(apitype.AuditRecord{Event: apitype.AuditStart, Caller: &apitype.AuditCaller{User: l.cfg.User}, Version: l.cfg.Version})
	}
}

// Ready fails, with [ErrUnwritable], where a log that stops cannot take the line of what is about to be done. What
// could not be written before is written first. Where the system lets it, room for the line is set aside.
func (l *Log) Ready() error {
	if !l.cfg.Stop {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.reserve() // first: a disk that is all but full has room to say so, once for each that is refused
	if err == nil {
		err = l.flush()
	}
	if err != nil {
		l.fail(err)
		l.trouble.refused++
		return unwritable(err)
	}
	return nil
}

// Record writes the line; its number, time and hash are the log's. A line that cannot be written is kept for later. The
// log that stops then fails with [ErrUnwritable], and the line says of what was read that it was not given.
func (l *Log) Record(r apitype.AuditRecord) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.start()
	if err := l.put(r); err != nil && l.cfg.Stop {
		return unwritable(err)
	}
	return nil
}

// put writes what is late, and then the record.
func (l *Log) put(r apitype.AuditRecord) error {
	err := l.flush()
	if err == nil {
		err = l.write(r)
	}
	if err != nil {
		l.fail(err)
		l.keep(r)
	}
	return err
}

// flush writes what is late, and that it was.
func (l *Log) flush() error {
	t := &l.trouble
	if t.err == nil {
		return nil
	}
	for ; len(t.late) > 0; t.late = t.late[1:] {
		if err := l.write(t.late[0]); err != nil {
			return err
		}
		t.written++
	}
	gap := apitype.AuditGapPart{Since: stamp(t.since), Late: t.written, Lost: t.lost, Refused: t.refused}
	if err := l.write(apitype.AuditRecord{Event: apitype.AuditGap, Gap: &gap}); err != nil {
		return err
	}
	l.cfg.Log.Warn("the audit log is written again", "since", t.since, "late", gap.Late, "lost", gap.Lost, "refused", gap.Refused)
	*t = trouble{}
	return nil
}

// fail notes that the log cannot be written, and tells it loudly.
func (l *Log) fail(err error) {
	now := time.Now()
	t := &l.trouble
	if t.err == nil {
		t.since = now
	}
	t.err = err
	l.stats.Failures++
	if now.Sub(t.told) >= tellEvery {
		t.told = now
		l.cfg.Log.Error("THE AUDIT LOG CANNOT BE WRITTEN", "err", err, "since", t.since, "stopped", l.cfg.Stop,
			"late", len(t.late), "lost", t.lost)
	}
}

// keep has the line written later.
func (l *Log) keep(r apitype.AuditRecord) {
	if len(l.trouble.late) >= maxLate {
		l.trouble.lost++
		return
	}
	r.Time = stamp(time.Now())
	if l.cfg.Stop && r.Given != nil {
		r.Given, r.Outcome = nil, string(apitype.Internal)
	}
	l.trouble.late = append(l.trouble.late, r)
}

// Stats counts for whoever watches the daemon.
type Stats struct {
	Written  uint64 // lines
	Failures uint64 // times that the log could not be written
	Err      error  // why it cannot be written now; nil: it can
}

// Stats is what the log has done until now.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	s.Err = l.trouble.err
	return s
}

// Err is why the log cannot be written, without saying where it is; nil where it can.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return reason(l.trouble.err)
}

// Close brings what was written to the disk and tells the hash of the last line.
func (l *Log) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.flush()
	if l.syncing != nil {
		l.syncing.Stop()
		l.sync()
	}
	if l.last.seq > 0 {
		l.cfg.Log.Info("audit log closed", "seq", l.last.seq, "sm3", l.last.String())
	}
	if t := l.trouble; len(t.late)+t.lost > 0 {
		l.cfg.Log.Error("AUDIT LINES ARE LOST", "lines", len(t.late)+t.lost, "err", t.err)
	}
}

// soon brings what was written to the disk before long.
func (l *Log) soon() {
	if l.syncing == nil {
		l.syncing = time.AfterFunc(syncAfter, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.syncing != nil {
				l.sync()
			}
		})
	}
}

// sync brings the file to the disk. Rotation has done so for the file before.
func (l *Log) sync() {
	l.syncing = nil
	f, err := os.OpenFile(l.cfg.Path, os.O_WRONLY, 0)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		l.fail(err)
	}
}

// unwritable is what callers are told.
func unwritable(err error) error { return fmt.Errorf("%w: %w", ErrUnwritable, reason(err)) }

// reason is err without the path in it.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// stamp is a time as lines have it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
