package evidence

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"sscard/sm"
)

const timeLayout = "2006-01-02T15:04:05Z" // RFC 3339, UTC, to the second

// Challenge is what the card is given to sign, 32 bytes:
//
//	SM3("sscard-challenge-v1" ‖ len16‖origin ‖ len16‖nonce ‖ len16‖card id ‖ len16‖time)
//
// The lengths are two bytes, big endian, so that no byte can pass from one part to the next. Version 2 has
// its own label, "sscard-challenge-v2", and ends with len16‖fields. Parts out of their limits give
// [ErrMalformed].
func (e Evidence) Challenge() ([32]byte, error) {
	if err := e.checkAsked(); err != nil {
		return [32]byte{}, err
	}
	parts := [][]byte{[]byte(e.Origin), e.Nonce, e.CardID[:], []byte(e.timeText())}
	if e.Fields != nil {
		parts = append(parts, e.Fields[:])
	}
	input := fmt.Appendf(nil, "sscard-challenge-v%d", e.Version)
	for _, part := range parts {
		input = appendPart(input, part)
	}
	return sm.SM3(input)
}

// Message is what the card's signature is over: its own dynamic data, where it has any, and the challenge.
func (e Evidence) Message() ([]byte, error) {
	challenge, err := e.Challenge()
	if err != nil {
		return nil, err
	}
	return slices.Concat(e.Dynamic, challenge[:]), nil
}

func (e Evidence) timeText() string { return e.Time.UTC().Format(timeLayout) }

// Digest is [Evidence.Fields] of the fields that the terminal read, such as "holder.name": SM3 over
// len16‖name ‖ len16‖value of each, in the order of the bytes of their names. What is not UTF-8, or longer
// than 65535 bytes, gives [ErrMalformed].
func Digest(fields map[string]string) ([32]byte, error) {
	var input []byte
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		for _, text := range []string{name, fields[name]} {
			if !utf8.ValidString(text) || len(text) > math.MaxUint16 {
				return [32]byte{}, malformed("a field is not UTF-8, or longer than %d bytes", math.MaxUint16)
			}
			input = appendPart(input, []byte(text))
		}
	}
	return sm.SM3(input)
}

// appendPart appends len16‖part, which is at most 65535 bytes long.
func appendPart(b, part []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(part)))
	return append(b, part...)
}
