package recording

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"sscard/apdu"
	"sscard/apdu/trace"
	"sscard/reader"
)

// Recorder is a driver whose connections are recorded.
type Recorder struct {
	// Wanted says by the reader's name whether to record it; nil: all are.
	Wanted func(name string) bool

	driver reader.Driver
	keep   func(*trace.Session)

	mu      sync.Mutex
	holding map[string]bool // by the last report: readers with a card
}

var (
	_ reader.Driver  = (*Recorder)(nil)
	_ reader.Witness = (*Recorder)(nil)
	_ reader.Pulse   = (*Recorder)(nil)
)

// NewRecorder returns a driver that has keep called with the session of each connection when it is closed. Keep may be
// called by several goroutines at once, and a reader waits for it.
func NewRecorder(d reader.Driver, keep func(*trace.Session)) *Recorder {
	return &Recorder{driver: d, keep: keep, holding: make(map[string]bool)}
}

// Watch implements reader.Driver.
func (r *Recorder) Watch(ctx context.Context, report func([]reader.Slot)) error {
	return r.driver.Watch(ctx, func(slots []reader.Slot) {
		r.mu.Lock()
		clear(r.holding)
		for _, s := range slots {
			r.holding[s.Name] = s.Present
		}
		r.mu.Unlock()
		report(slots)
	})
}

func (r *Recorder) holds(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.holding[name]
}

// Holder implements reader.Witness.
func (r *Recorder) Holder() string {
	if witness, able := r.driver.(reader.Witness); able {
		return witness.Holder()
	}
	return ""
}

// Heard implements reader.Pulse. A driver that cannot tell is taken to be well, as the pool takes it.
func (r *Recorder) Heard() time.Time {
	if pulse, able := r.driver.(reader.Pulse); able {
		return pulse.Heard()
	}
	return time.Now()
}

// Open implements reader.Driver.
func (r *Recorder) Open(name string) reader.Conn {
	if r.Wanted != nil && !r.Wanted(name) {
		return r.driver.Open(name)
	}
	return r.open(name, r.keep)
}

func (r *Recorder) open(name string, keep func(*trace.Session)) reader.Conn {
	return &recordedConn{Conn: r.driver.Open(name), of: r, keep: keep, name: name}
}

// recordedConn is a connection with its session.
type recordedConn struct {
	reader.Conn
	of   *Recorder
	keep func(*trace.Session)
	name string

	trace    *trace.Recorder // nil: it was not reached
	session  trace.Session   // where there is none
	features []byte          // as the reader listed them
	kept     sync.Once
}

// protocolled is what a connection may be besides: one that knows its protocol, T=0 or T=1.
type protocolled interface{ Protocol() string }

// Connect begins the session.
func (c *recordedConn) Connect(ctx context.Context) ([]byte, error) {
	atr, err := c.Conn.Connect(ctx)
	meta := []trace.Meta{{Key: trace.KeyReader, Value: oneLine(c.name)}}
	if err != nil {
		c.session.Meta = append(meta, trace.Meta{Key: trace.KeyConnect, Value: wordOf(err)})
		return nil, err
	}
	if is := reader.InterfaceOf(c.name, atr); is != reader.Unknown {
		meta = append(meta, trace.Meta{Key: trace.KeyInterface, Value: string(is)})
	}
	if p, able := c.Conn.(protocolled); able {
		meta = append(meta, trace.Meta{Key: trace.KeyProtocol, Value: p.Protocol()})
	}
	c.trace = trace.NewRecorder(c.Conn, append(meta, trace.Meta{Key: trace.KeyATR, Value: apdu.Hex(atr)})...)
	c.trace.Word = wordOf
	return atr, nil
}

// oneLine is a name as a line of a trace can hold it.
func oneLine(name string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(name, " ")))
}

// Transmit passes the command on. An answer of less than a status word is none, as the pool has it.
func (c *recordedConn) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if c.trace == nil || len(command) < minCommand { // it will be refused
		return c.Conn.Transmit(ctx, command)
	}
	return c.trace.Transmit(ctx, command)
}

// minCommand is the header.
const minCommand = 4

// Features implements reader.Controller, and notes what the reader can do.
func (c *recordedConn) Features(ctx context.Context) ([]byte, error) {
	controller, able := c.Conn.(reader.Controller)
	if !able {
		return nil, reader.ErrNoFeature
	}
	list, err := controller.Features(ctx)
	if err == nil && c.trace != nil {
		c.features = slices.Clone(list)
		c.trace.SetMeta(trace.KeyFeatures, apdu.Hex(tagsOf(list)))
	}
	return list, err
}

// Control implements reader.Controller. What is sent to a key pad, and what a reader answers beyond a status word, is
// not recorded.
func (c *recordedConn) Control(ctx context.Context, code uint32, in []byte) ([]byte, error) {
	controller, able := c.Conn.(reader.Controller)
	if !able {
		return nil, reader.ErrNoFeature
	}
	feature := featureOf(c.features, code)
	if feature == 0 || c.trace == nil {
		return controller.Control(ctx, code, in)
	}
	return c.trace.Control(feature, func() ([]byte, error) { return controller.Control(ctx, code, in) })
}

// Close ends the session, and gives it away.
func (c *recordedConn) Close() {
	c.kept.Do(func() {
		session := &c.session
		if c.trace != nil {
			session = c.trace.Session()
		}
		if len(session.Meta) > 0 {
			c.settle(session)
			c.keep(session)
		}
	})
	c.Conn.Close()
}

// settle finds the word for a command that was not answered: by now the driver has reported whether the card has left.
func (c *recordedConn) settle(s *trace.Session) {
	if len(s.Exchanges) == 0 {
		return
	}
	last := &s.Exchanges[len(s.Exchanges)-1]
	const statusWord = 2
	if last.Fault == "" && len(last.Response) < statusWord {
		last.Fault, last.Response = wordNoAnswer, nil
	}
	if last.Fault == wordNoAnswer && !c.of.holds(c.name) {
		last.Fault = wordRemoved
	}
}

// The list of features: tag, length 4, control code (PC/SC part 10 §2.2).
const (
	featureBytes = 6
	codeOffset   = 2
)

func tagsOf(list []byte) (tags []byte) {
	for entry := range slices.Chunk(list, featureBytes) {
		tags = append(tags, entry[0])
	}
	return tags
}

// featureOf is the feature with this control code, 0 for none.
func featureOf(list []byte, code uint32) byte {
	want := binary.BigEndian.AppendUint32(nil, code)
	for entry := range slices.Chunk(list, featureBytes) {
		if len(entry) == featureBytes && bytes.Equal(entry[codeOffset:], want) {
			return entry[0]
		}
	}
	return 0
}
