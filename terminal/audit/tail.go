package audit

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"sscard/terminal/apitype"
)

const tailWindow = 1 << 20 // of one file, from which the last lines are taken

// Last gives the last n lines, the oldest first: fewer where they are not to be had quickly.
func (l *Log) Last(n int) ([]apitype.AuditRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	files, err := Files(l.cfg.Path)
	if err != nil {
		return nil, err
	}
	records := []apitype.AuditRecord{}
	for _, path := range slices.Backward(files) {
		if len(records) >= n {
			break
		}
		tail, err := readTail(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		records = append(recordsIn(tail), records...)
	}
	return records[max(0, len(records)-n):], nil
}

func readTail(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, err
	}
	from := max(0, info.Size()-tailWindow)
	return io.ReadAll(io.NewSectionReader(f, from, tailWindow))
}

func recordsIn(tail []byte) (records []apitype.AuditRecord) {
	for line := range bytes.SplitSeq(tail, []byte("\n")) {
		if r, ok := decode(line); ok {
			records = append(records, r)
		}
	}
	return records
}
