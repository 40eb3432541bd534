package recording

import (
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sscard/apdu/trace"
	"sscard/reader"
)

// What a [Tape] keeps at most.
const (
	TapeSessions = 200
	TapeBytes    = 4 << 20 // of text
	TapeTime     = 15 * time.Minute
)

// What a Tape cannot do.
var (
	ErrRecording = errors.New("sessions are being recorded already")
	ErrNothing   = errors.New("nothing is recorded")
)

// Tape is a driver whose connections are recorded while somebody wants it, in memory. What was recorded leaves it redacted
// only, and once. While nothing is recorded a Tape is the driver below it.
type Tape struct {
	*Recorder
	on atomic.Pointer[reel] // nil: nothing is recorded

	mu   sync.Mutex // is held while it is started and stopped
	done *Recorded  // what ended by itself and nobody has taken yet
	fail error      // why that could not be redacted
}

var (
	_ reader.Driver  = (*Tape)(nil)
	_ reader.Witness = (*Tape)(nil)
	_ reader.Pulse   = (*Tape)(nil)
)

// Recorded is what was recorded, redacted.
type Recorded struct {
	Sessions, Dropped int
	Text              string
}

// TapeState is what a Tape is doing.
type TapeState struct {
	Recording         bool
	Since             time.Time
	Reader            string // id; empty: all
	Sessions, Dropped int
}

// NewTape returns one over the driver.
func NewTape(d reader.Driver) *Tape { return &Tape{Recorder: NewRecorder(d, nil)} }

// Open implements reader.Driver.
func (t *Tape) Open(name string) reader.Conn {
	r := t.on.Load()
	if r == nil || !r.begin(name) {
		return t.driver.Open(name)
	}
	return t.open(name, r.keep)
}

// Start records the connections that are opened from now on: those to one reader, by its id, or to all. What ended by
// itself is forgotten.
func (t *Tape) Start(readerID string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.on.Load() != nil {
		return ErrRecording
	}
	t.done, t.fail = nil, nil
	r := &reel{reader: readerID, since: time.Now()}
	r.over = time.AfterFunc(TapeTime, func() { t.end(r) })
	t.on.Store(r)
	return nil
}

// end keeps what was recorded until it is asked for, redacted: nobody may come.
func (t *Tape) end(r *reel) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.on.CompareAndSwap(r, nil) {
		t.done, t.fail = r.redacted()
	}
}

// Stop ends the recording and gives what was recorded, which is then forgotten. Connections that are still open are
// dropped. The error is [ErrNothing], or one of redacting: then nothing is given.
func (t *Tape) Stop() (*Recorded, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	done, err := t.done, t.fail
	t.done, t.fail = nil, nil
	if r := t.on.Swap(nil); r != nil {
		r.over.Stop()
		done, err = r.redacted()
	}
	if done == nil && err == nil {
		return nil, ErrNothing
	}
	return done, err
}

// Discard ends the recording and forgets what was recorded.
func (t *Tape) Discard() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done, t.fail = nil, nil
	if r := t.on.Swap(nil); r != nil {
		r.over.Stop()
		r.cut()
	}
}

// State is what the tape is doing.
func (t *Tape) State() TapeState {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r := t.on.Load(); r != nil {
		return r.state()
	}
	if t.done != nil {
		return TapeState{Sessions: t.done.Sessions, Dropped: t.done.Dropped}
	}
	return TapeState{}
}

// reel is one recording.
type reel struct {
	reader string
	since  time.Time
	over   *time.Timer

	mu       sync.Mutex
	ended    bool
	open     int // connections
	sessions []*trace.Session
	bytes    int64
	dropped  int
}

// begin reports whether a connection is to be recorded, and counts it.
func (r *reel) begin(name string) bool {
	if r.reader != "" && reader.IDOf(name) != r.reader {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return false
	}
	r.open++
	return true
}

func (r *reel) keep(s *trace.Session) {
	size, err := s.WriteTo(io.Discard)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open--
	switch {
	case r.ended:
	case err != nil, len(r.sessions) == TapeSessions, r.bytes+size > TapeBytes:
		r.dropped++
	default:
		r.sessions, r.bytes = append(r.sessions, s), r.bytes+size
	}
}

func (r *reel) state() TapeState {
	r.mu.Lock()
	defer r.mu.Unlock()
	return TapeState{Recording: true, Since: r.since, Reader: r.reader, Sessions: len(r.sessions), Dropped: r.dropped}
}

// cut ends the recording: what was said is not kept any longer.
func (r *reel) cut() (sessions []*trace.Session, dropped int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sessions, dropped = r.sessions, r.dropped+r.open
	r.ended, r.sessions = true, nil
	return sessions, dropped
}

// redacted ends it and gives what may be seen. What cannot be told apart is blank: nobody is there to be asked.
func (r *reel) redacted() (*Recorded, error) {
	sessions, dropped := r.cut()
	if len(sessions) == 0 {
		return &Recorded{Dropped: dropped}, nil
	}
	shown, err := trace.Redact(sessions, trace.Redaction{BlankUnknown: true})
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	if err := trace.WriteAll(&text, shown); err != nil {
		return nil, err
	}
	return &Recorded{Sessions: len(shown), Dropped: dropped, Text: text.String()}, nil
}
