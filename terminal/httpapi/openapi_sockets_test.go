package httpapi_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"testing"
)

// overheard is the connection of a WebSocket whose messages are held against the document, those of both sides.
type overheard struct {
	net.Conn
	t         testing.TB
	operation *operation
	fromUs    frames
	toUs      frames

	mu     sync.Mutex
	closed bool // by the other side
}

func newOverheard(t testing.TB, conn net.Conn, o *operation) *overheard {
	c := &overheard{Conn: conn, t: t, operation: o}
	c.fromUs = frames{message: func(m []byte) { c.check("server", m) }, closed: c.checkClose}
	c.toUs = frames{message: func(m []byte) { c.check("client", m) }, closed: func(uint16) { c.mu.Lock(); c.closed = true; c.mu.Unlock() }}
	return c
}

func (c *overheard) Write(b []byte) (int, error) {
	c.fromUs.feed(b)
	return c.Conn.Write(b)
}

func (c *overheard) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.toUs.feed(b[:n])
	return n, err
}

// socket is what the document says of the WebSocket.
func (o *operation) socket() map[string]any {
	s, _ := o.Extensions["x-websocket"].(map[string]any)
	return s
}

// check holds a message against the schema of its side. What clients say that is no call is answered all the same, so it
// is not held against them.
func (c *overheard) check(side string, message []byte) {
	d := openapi()
	if c.operation.socket()[side] == nil {
		return
	}
	document, err := d.validate(c.operation.at+"/x-websocket/"+side, message)
	switch {
	case side == "client":
		d.reached.note(c.operation.String()+" message", fmt.Sprint(err == nil))
	case err != nil:
		c.t.Errorf("%s: a message is not as docs/openapi.yaml has it: %v\n%s", c.operation, err, message)
	default:
		d.reached.message(c.operation, document)
	}
}

// checkClose wants what we close with first to be documented.
func (c *overheard) checkClose(code uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	closes, _ := c.operation.socket()["closes"].(map[string]any)
	if closes[fmt.Sprint(code)] == nil {
		c.t.Errorf("%s: closed with %d, which is not documented", c.operation, code)
	}
	openapi().reached.note(c.operation.String()+" closes", fmt.Sprint(code))
}

// frames takes one direction of a WebSocket apart (RFC 6455 §5.2).
type frames struct {
	rest    []byte
	part    []byte // of a message in several frames
	message func([]byte)
	closed  func(code uint16)
}

func (f *frames) feed(b []byte) {
	f.rest = append(f.rest, b...)
	for f.next() {
	}
}

// next takes one whole frame, if there is one.
func (f *frames) next() bool {
	const short, opcode, final, masked = 2, 0x0F, 0x80, 0x80
	b := f.rest
	if len(b) < short {
		return false
	}
	length, header := uint64(b[1]&^masked), short
	switch extended := map[uint64]int{126: 2, 127: 8}[length]; {
	case extended > 0 && len(b) < short+extended:
		return false
	case extended == 2:
		length, header = uint64(binary.BigEndian.Uint16(b[short:])), short+extended
	case extended == 8:
		length, header = binary.BigEndian.Uint64(b[short:]), short+extended
	}
	var mask []byte
	if b[1]&masked != 0 {
		const size = 4
		if len(b) < header+size {
			return false
		}
		mask, header = b[header:header+size], header+size
	}
	if uint64(len(b)-header) < length {
		return false
	}
	payload := append([]byte(nil), b[header:header+int(length)]...)
	for i := range mask {
		for j := i; j < len(payload); j += len(mask) {
			payload[j] ^= mask[i]
		}
	}
	f.take(b[0]&opcode, b[0]&final != 0, payload)
	f.rest = b[header+int(length):]
	return true
}

func (f *frames) take(opcode byte, final bool, payload []byte) {
	const continuation, text, binaries, closing = 0, 1, 2, 8
	switch opcode {
	case continuation, text, binaries:
		f.part = append(f.part, payload...)
		if final {
			f.message(f.part)
			f.part = nil
		}
	case closing:
		if len(payload) >= 2 {
			f.closed(binary.BigEndian.Uint16(payload))
		}
	}
}
