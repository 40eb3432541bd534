package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sscard/terminal/apitype"
)

const lockSuffix = ".lock"

// oldFile is a file that was written before: the higher its number, the older.
type oldFile struct {
	number int
	path   string
}

// rotated finds the files before the one at path, the oldest first.
func rotated(path string) ([]oldFile, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var files []oldFile
	for _, entry := range entries {
		suffix, is := strings.CutPrefix(entry.Name(), filepath.Base(path)+".")
		number, err := strconv.Atoi(suffix)
		if is && err == nil && number > 0 && suffix == strconv.Itoa(number) {
			files = append(files, oldFile{number, fmt.Sprintf("%s.%d", path, number)})
		}
	}
	slices.SortFunc(files, func(a, b oldFile) int { return b.number - a.number })
	return files, nil
}

// Files are those of the log at path, the oldest first.
func Files(path string) ([]string, error) {
	old, err := rotated(path)
	var files []string
	for _, f := range old {
		files = append(files, f.path)
	}
	return append(files, path), err
}

// rotate goes on in a new file. The old one ends with a line that says which is the first that is kept, so that a file
// that was taken away is told from one whose time was over.
func (l *Log) rotate(f *os.File, e end) (*os.File, end, error) {
	old, err := rotated(l.cfg.Path)
	if err != nil {
		return nil, e, err
	}
	over := slices.IndexFunc(old, func(f oldFile) bool { return f.number < l.cfg.Keep })
	if over < 0 {
		over = len(old)
	}
	oldest, err := firstOf(append(slices.Clone(old[over:]), oldFile{path: l.cfg.Path})[0].path)
	if err != nil {
		return nil, e, err
	}
	if e, err = l.append(f, e, apitype.AuditRecord{Event: apitype.AuditRotate, Oldest: oldest}); err != nil {
		return nil, e, err
	}
	l.cfg.Log.Info("audit log rotated", "seq", e.seq, "sm3", e.String(), "oldest", oldest)
	_ = f.Close() // Windows renames no open file
	if err := shift(l.cfg.Path, old, over); err != nil {
		l.cfg.Log.Error("the audit log cannot be rotated; it goes on in the same file", "err", err)
	}
	next, err := open(l.cfg.Path, os.O_RDWR|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return nil, e, err
	}
	again, err := endOf(next)
	again.head = e.head
	return next, again, err
}

// shift takes away the files whose time is over, and gives each other one the next number. None is overwritten.
func shift(path string, old []oldFile, over int) error {
	for _, f := range old[:over] {
		if err := os.Remove(f.path); err != nil {
			return err
		}
	}
	for _, f := range append(slices.Clone(old[over:]), oldFile{0, path}) {
		if err := os.Rename(f.path, fmt.Sprintf("%s.%d", path, f.number+1)); err != nil {
			return err
		}
	}
	syncDir(filepath.Dir(path))
	return nil
}

// firstOf is the number of the file's first line.
func firstOf(path string) (uint64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		if r, ok := decode(line); ok {
			return r.Seq, nil
		}
		if err != nil {
			return 0, fmt.Errorf("%s: no line: %w", path, err)
		}
	}
}
