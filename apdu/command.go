// Package apdu is the language a card speaks: command and response APDUs, status words, and the
// transmission manners of T=0, after ISO/IEC 7816-3 and 7816-4.
//
// It works in memory: it opens no reader, keeps no global state and imports the standard library
// only. What carries the bytes to a card is a [Transmitter]; a [Channel] over it follows 61xx and 6Cxx
// and counts exchanges. Values are safe to copy and to share; a Channel belongs to one goroutine.
package apdu

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
)

// Limits of the two length codings (ISO/IEC 7816-4 §5.2): data bytes a command carries (Nc) and bytes
// it may ask for (Ne).
const (
	MaxShortNc    = 255
	MaxShortNe    = 256
	MaxExtendedNc = 65535
	MaxExtendedNe = 65536
)

// ErrMalformed says that bytes are not a command or response APDU.
var ErrMalformed = errors.New("apdu: malformed")

// Command is a command APDU: the four header bytes, Nc bytes of data and Ne, the number of bytes the
// answer may have at most (0: none is expected; 256 is Le=00, 65536 is Le=0000).
//
// Extended asks for three-byte length fields even where one byte would do; longer data or a larger Ne
// bring them by themselves.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte
	Ne               int
	Extended         bool
}

func (c Command) extended() bool {
	return (c.Extended && (len(c.Data) > 0 || c.Ne > 0)) || len(c.Data) > MaxShortNc || c.Ne > MaxShortNe
}

// Bytes encodes the command in the shortest of the ISO cases 1, 2, 3, 4 that holds it. It fails with
// [ErrMalformed] where Nc is over 65535 or Ne outside 0..65536.
func (c Command) Bytes() ([]byte, error) {
	if len(c.Data) > MaxExtendedNc || c.Ne < 0 || c.Ne > MaxExtendedNe {
		return nil, fmt.Errorf("%w: Nc %d, Ne %d", ErrMalformed, len(c.Data), c.Ne)
	}
	b := make([]byte, 0, 4+3+len(c.Data)+3)
	b = append(b, c.CLA, c.INS, c.P1, c.P2)
	if c.extended() {
		return c.appendExtended(b), nil
	}
	if len(c.Data) > 0 {
		b = append(b, byte(len(c.Data)))
		b = append(b, c.Data...)
	}
	if c.Ne > 0 {
		b = append(b, byte(c.Ne)) // 256 is coded 00
	}
	return b, nil
}

func (c Command) appendExtended(b []byte) []byte {
	b = append(b, 0)
	if len(c.Data) > 0 {
		b = binary.BigEndian.AppendUint16(b, uint16(len(c.Data)))
		b = append(b, c.Data...)
	}
	if c.Ne > 0 {
		b = binary.BigEndian.AppendUint16(b, uint16(c.Ne)) // 65536 is coded 0000
	}
	return b
}

// Parse decodes a command APDU of any ISO case, short or extended. The data of the result is a slice of
// b, not a copy. Lengths that do not add up give [ErrMalformed].
func Parse(b []byte) (Command, error) {
	if len(b) < 4 {
		return Command{}, fmt.Errorf("%w: command of %d bytes", ErrMalformed, len(b))
	}
	c := Command{CLA: b[0], INS: b[1], P1: b[2], P2: b[3]}
	body := b[4:]
	switch {
	case len(body) == 0:
		return c, nil
	case len(body) == 1:
		c.Ne = cmp.Or(int(body[0]), MaxShortNe)
		return c, nil
	case body[0] != 0:
		return parseBody(c, body[1:], int(body[0]), 1, MaxShortNe)
	case len(body) == 3:
		c.Extended = true
		c.Ne = cmp.Or(int(binary.BigEndian.Uint16(body[1:])), MaxExtendedNe)
		return c, nil
	case len(body) > 3:
		c.Extended = true
		return parseBody(c, body[3:], int(binary.BigEndian.Uint16(body[1:])), 2, MaxExtendedNe)
	}
	return Command{}, fmt.Errorf("%w: length field cut short", ErrMalformed)
}

// parseBody takes nc bytes of data off rest and reads what follows, if anything, as a Le of leLen bytes.
func parseBody(c Command, rest []byte, nc, leLen, maxNe int) (Command, error) {
	if nc == 0 || (len(rest) != nc && len(rest) != nc+leLen) {
		return Command{}, fmt.Errorf("%w: Lc %d before %d bytes", ErrMalformed, nc, len(rest))
	}
	c.Data = rest[:nc:nc]
	switch le := rest[nc:]; len(le) {
	case 1:
		c.Ne = cmp.Or(int(le[0]), maxNe)
	case 2:
		c.Ne = cmp.Or(int(binary.BigEndian.Uint16(le)), maxNe)
	}
	return c, nil
}
