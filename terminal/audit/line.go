package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"

	"sscard/sm"
	"sscard/terminal/apitype"
)

// digest is the SM3 of a line with its line feed.
type digest [32]byte

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// hash never fails: sm checks its library's digest, whose tests would fail first.
func hash(line []byte) digest {
	d, _ := sm.SM3(line)
	return d
}

// head is a line that another follows. The zero value is that of the first line: its number is 1, its hash all zeros.
type head struct {
	seq  uint64
	hash digest
}

func (h head) String() string { return h.hash.String() }

// encode makes the record the line that follows, and the head of the next.
func encode(h head, r apitype.AuditRecord) ([]byte, head) {
	r.Seq, r.Prev = h.seq+1, h.String()
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		panic(err) // strings, numbers and times of this century
	}
	return line.Bytes(), head{r.Seq, hash(line.Bytes())}
}

// decode reads a line, without its line feed. What is no line of a log is not ok.
func decode(line []byte) (r apitype.AuditRecord, ok bool) {
	err := json.Unmarshal(line, &r)
	return r, err == nil && r.Seq > 0 && len(r.Prev) == hex.EncodedLen(len(digest{}))
}

// end is how a file ends.
type end struct {
	head
	size int64
	torn []byte // what stands behind the last line and is none; nil: nothing
	open bool   // the last line feed is missing
}

const (
	firstWindow = 64 << 10
	lastWindow  = 4 << 20
)

// endOf finds the last line of the file: a few kilobytes from its end at most, but for what a crash may have left.
func endOf(f *os.File) (end, error) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return end{}, err
	}
	e := end{size: info.Size()}
	for window := int64(firstWindow); ; window *= 8 {
		from := max(0, e.size-window)
		tail := make([]byte, e.size-from)
		if _, err := io.ReadFull(io.NewSectionReader(f, from, e.size), tail); err != nil {
			return end{}, err
		}
		e.open = len(tail) > 0 && tail[len(tail)-1] != '\n'
		if from > 0 { // the first line of the window may be a part of one
			cut := bytes.IndexByte(tail, '\n') + 1
			tail = tail[cut:]
		}
		if e.find(tail) || from == 0 || window >= lastWindow {
			return e, nil
		}
	}
}

// find takes the last line in the tail, and what is behind it. Without one all of the tail is torn.
func (e *end) find(tail []byte) bool {
	for stop := len(tail); stop > 0; {
		start := bytes.LastIndexByte(tail[:stop-1], '\n') + 1
		line := bytes.TrimSuffix(tail[start:stop], []byte("\n"))
		if r, ok := decode(line); ok {
			e.head = head{r.Seq, hash(append(bytes.Clone(line), '\n'))}
			e.torn = nil
			if stop < len(tail) {
				e.torn = bytes.Clone(tail[stop:])
			}
			return true
		}
		stop = start
	}
	e.torn = nil
	if len(tail) > 0 {
		e.torn = bytes.Clone(tail)
	}
	return false
}
