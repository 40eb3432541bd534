package audit

import (
	"os"
	"path/filepath"
	"time"

	"sscard/terminal/apitype"
)

// write appends the record to what the file ends with.
func (l *Log) write(r apitype.AuditRecord) error {
	return l.locked(func(f *os.File) error {
		end, err := l.end(f)
		if err != nil {
			return err
		}
		if end.torn != nil {
			if end, err = l.mend(f, end); err != nil {
				return err
			}
		}
		if end.size > 0 && end.size >= l.cfg.MaxSize {
			if f, end, err = l.rotate(f, end); err != nil {
				return err
			}
			defer f.Close()
		}
		_, err = l.append(f, end, r)
		return err
	})
}

// locked opens the file while no other program writes to it.
func (l *Log) locked(fn func(*os.File) error) error {
	if err := os.MkdirAll(filepath.Dir(l.cfg.Path), 0o700); err != nil {
		return err
	}
	unlock, err := lock(l.cfg.Path+lockSuffix, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return err
	}
	defer unlock()
	f, err := open(l.cfg.Path, os.O_RDWR|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return err
	}
	defer f.Close()
	return fn(f)
}

// open opens a file of the log, which belongs to whom its directory belongs: what root begins the daemon must be able
// to go on with.
func open(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, flags, 0o600)
	if err == nil {
		giveToOwner(f, filepath.Dir(path))
	}
	return f, err
}

// append writes one line in one write, and takes back what of it was written where that fails. What changed a card is
// on the disk before it is done with.
func (l *Log) append(f *os.File, end end, r apitype.AuditRecord) (end, error) {
	if r.Time.IsZero() {
		r.Time = stamp(time.Now())
	}
	line, next := encode(end.head, r)
	if end.open {
		line = append([]byte("\n"), line...)
	}
	if _, err := f.Write(line); err != nil {
		_ = f.Truncate(end.size)
		return end, err
	}
	l.last = next
	l.stats.Written++
	end.head, end.open = next, false
	end.size += int64(len(line))
	if r.Event == apitype.AuditRead || r.Event == apitype.AuditVerify {
		l.soon()
		return end, nil
	}
	if err := f.Sync(); err != nil {
		l.fail(err) // the line is there all the same
	}
	return end, nil
}

// mend says what half a line has been left, and goes on behind it.
func (l *Log) mend(f *os.File, end end) (end, error) {
	l.cfg.Log.Warn("the audit log ends in half a line", "bytes", len(end.torn), "after", end.seq)
	part := end.torn
	if end.open {
		part = append(part, '\n')
	}
	torn := apitype.AuditTornPart{Bytes: len(part), SM3: hash(part).String()}
	end.torn = nil
	return l.append(f, end, apitype.AuditRecord{Event: apitype.AuditTorn, Torn: &torn})
}

// end is what the next line follows. What this process has written and does not find again has been cut off; the next
// line goes on from there all the same, so that it shows.
func (l *Log) end(f *os.File) (end, error) {
	e, err := endOf(f)
	if err == nil && e.seq == 0 {
		e.head, err = endBefore(l.cfg.Path)
	}
	if err != nil {
		return e, err
	}
	if e.seq < l.last.seq || (e.seq == l.last.seq && e.hash != l.last.hash) {
		l.cfg.Log.Error("THE AUDIT LOG WAS CUT OR CHANGED", "ends", e.seq, "expected", l.last.seq, "sm3", l.last.String())
		e.head = l.last
	}
	return e, nil
}

// endBefore is the last line of the newest file before the one at path.
func endBefore(path string) (head, error) {
	before, err := rotated(path)
	if err != nil || len(before) == 0 {
		return head{}, err
	}
	f, err := os.Open(before[len(before)-1].path)
	if err != nil {
		return head{}, err
	}
	defer f.Close()
	e, err := endOf(f)
	return e.head, err
}

// reserve has room for lines set aside.
func (l *Log) reserve() error {
	return l.locked(func(f *os.File) error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		return reserve(f, info.Size())
	})
}
