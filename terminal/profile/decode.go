package profile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrValue says that a value breaks the rules of its format. Errors never quote the value: it may be personal.
var ErrValue = errors.New("malformed value")

// Value is a decoded value.
type Value struct {
	Text        string
	Raw         []byte // what was decoded, not copied
	Set         bool   // false: the card keeps the record and nothing in it
	Undecodable bool   // Text has U+FFFD where Raw has characters outside GB18030
}

// Decode decodes the bytes of a value. A value of nothing but FF or nothing but 00 is not set, except the number 0,
// and neither is a text of nothing but padding. A value that breaks its format gives an [ErrValue], and its bytes
// as Raw.
func Decode(f Format, raw []byte) (Value, error) {
	codec, ok := codecs[f]
	switch {
	case !ok:
		return Value{Raw: raw}, fmt.Errorf("%w: no format %q", ErrValue, f)
	case filled(raw, 0xFF), filled(raw, 0x00) && !codec.zero:
		return Value{Raw: raw}, nil
	}
	text, err := codec.decode(raw)
	if err != nil {
		return Value{Raw: raw, Set: true}, fmt.Errorf("%w: %w", ErrValue, err)
	}
	return Value{
		Text:        text,
		Raw:         raw,
		Set:         text != "",
		Undecodable: strings.ContainsRune(text, utf8.RuneError),
	}, nil
}

// JoinContinued joins the values of a record and those that continue it: each without its 00 and FF padding, by
// bytes, since a character may begin in one record and end in the next. Spaces stay: a full record may end in one.
func JoinContinued(parts ...[]byte) []byte {
	var joined []byte
	for _, part := range parts {
		joined = append(joined, trimPad(part)...)
	}
	return joined
}

func filled(raw []byte, with byte) bool {
	return bytes.Count(raw, []byte{with}) == len(raw)
}

// trimPad cannot cut a character: no byte of a GB18030 character is 00 or FF. (bytes.TrimRight would: to it every
// byte outside UTF-8 is the same character.)
func trimPad(raw []byte) []byte {
	raw, _, _ = bytes.Cut(raw, []byte{0x00})
	for len(raw) > 0 && raw[len(raw)-1] == 0xFF {
		raw = raw[:len(raw)-1]
	}
	return raw
}
