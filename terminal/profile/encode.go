package profile

import (
	"bytes"
	"errors"
	"fmt"
)

// What keeps a text from being written; each comes with an [ErrValue].
var (
	ErrTooLong     = errors.New("too long for its place on the card")
	ErrUnencodable = errors.New("cannot be written in its format")
	ErrDate        = errors.New("no date of the calendar") // read or written
)

// Encode is the reverse of Decode: the bytes of a text, padded to the length of the item; "" gives a value that is
// not set. A text that would not come back from the card as it went is refused.
func (i Item) Encode(text string) ([]byte, error) {
	raw, err := i.padded(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrValue, err)
	}
	if !i.returns(text, raw) {
		return nil, fmt.Errorf("%w: %w: it would be read as another", ErrValue, ErrUnencodable)
	}
	return raw, nil
}

func (i Item) padded(text string) ([]byte, error) {
	codec, ok := codecs[i.Format]
	if !ok {
		return nil, fmt.Errorf("%w: no format %q", ErrUnencodable, i.Format)
	}
	var raw []byte
	if text != "" {
		var err error
		if raw, err = codec.encode(text, i.Length); err != nil {
			return nil, err
		}
	}
	if len(raw) > i.Length {
		return nil, ErrTooLong
	}
	return append(raw, bytes.Repeat([]byte{codec.pad}, i.Length-len(raw))...), nil
}

// returns reports whether the value is read as the text it was written from. Values are compared and not texts, because
// a text may have two spellings, as a date has.
func (i Item) returns(text string, raw []byte) bool {
	read, err := i.Decode(raw)
	if err != nil || read.Set != (text != "") {
		return false
	}
	again, err := i.padded(read.Text)
	return err == nil && bytes.Equal(again, raw)
}

// Encode is the reverse of Decode: the value for UPDATE RECORD. Where the tag has changed its meaning it writes the
// new one.
func (r Record) Encode(text string) ([]byte, error) {
	if r.Reused == nil {
		return r.Item.Encode(text)
	}
	value, err := r.Reused.Encode(text)
	if err != nil {
		return nil, err
	}
	if bytes.HasSuffix(value, []byte{reusedByte}) {
		return nil, fmt.Errorf("%w: %w: it ends like the padding", ErrValue, ErrUnencodable)
	}
	return append(value, bytes.Repeat([]byte{reusedByte}, r.Length-len(value))...), nil
}
