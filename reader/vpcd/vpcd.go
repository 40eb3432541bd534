// Package vpcd puts software cards into the virtual readers of a real PC/SC service, so that the whole
// stack is used as it is at a counter: libpcsclite, pcscd, its scheduling and its errors.
//
// [Serve] speaks the protocol of the vpcd driver of the vsmartcard project: messages with a two-byte
// length, over TCP, the driver listening. [Start] runs a private pcscd with such readers on a socket
// of its own, and leaves the machine's own service alone. Both are for development, tests and the
// demonstration; neither is used at a counter.
package vpcd

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Card answers command APDUs. ATR is the answer to reset, 33 bytes at most; a longer one makes the card mute.
// Reset powers it on. An error of Transmit takes the card out of the reader.
type Card interface {
	ATR() []byte
	Reset()
	Transmit(ctx context.Context, command []byte) ([]byte, error)
}

// Control messages are one byte long; no command APDU is.
const (
	controlOff   = 0
	controlOn    = 1
	controlReset = 2
	controlATR   = 4
)

const (
	maxMessage  = 1<<16 - 1
	dialPause   = 20 * time.Millisecond
	dialTimeout = time.Second
)

// ErrLeft says that the card took itself out of the reader.
var ErrLeft = errors.New("vpcd: the card left the reader")

// ErrMissing says what a private service needs and is not installed.
var ErrMissing = errors.New("vpcd: missing")

// Serve inserts the card into the virtual reader whose driver listens at addr, waiting for it to listen,
// and answers for the card until ctx ends (nil), the service goes, or the card fails ([ErrLeft]). In each
// case the reader is empty afterwards.
func Serve(ctx context.Context, addr string, card Card) error {
	conn, err := dial(ctx, addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	card.Reset()
	for {
		err := answer(ctx, conn, card)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// dial connects once the driver listens. A connection is an insertion, so it is not tried out before.
func dial(ctx context.Context, addr string) (*net.TCPConn, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	for {
		conn, err := dialer.DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn.(*net.TCPConn), nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("vpcd: no virtual reader at %s: %w", addr, err)
		case <-time.After(dialPause):
		}
	}
}

// answer reads one message and answers it.
func answer(ctx context.Context, conn *net.TCPConn, card Card) error {
	message, err := receive(conn)
	if err != nil {
		return err
	}
	if len(message) != 1 {
		response, err := card.Transmit(ctx, message)
		if err != nil || len(response) == 0 {
			return ErrLeft // the driver would wait for ever for an empty answer
		}
		return send(conn, response)
	}
	switch message[0] {
	case controlATR:
		return send(conn, card.ATR())
	case controlOn, controlReset:
		card.Reset()
	}
	return nil
}

func receive(conn *net.TCPConn) ([]byte, error) {
	var length [2]byte
	if err := readFull(conn, length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	return message, readFull(conn, message)
}

func readFull(conn *net.TCPConn, b []byte) error {
	if err := quickAck(conn); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, b)
	return err
}

func send(conn *net.TCPConn, message []byte) error {
	if len(message) > maxMessage {
		return fmt.Errorf("vpcd: answer of %d bytes", len(message))
	}
	b := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(message)), uint16(len(message)))
	_, err := conn.Write(append(b, message...))
	return err
}
