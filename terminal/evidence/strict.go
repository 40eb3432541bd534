package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// decodeObject reads one JSON object into members. It is stricter than encoding/json, which takes a member
// twice, in any case of letters, or null, and mends what is not UTF-8: each is a way for two programs to read
// two things.
func decodeObject(data []byte, members map[string]any) error {
	if !utf8.Valid(data) || !json.Valid(data) {
		return malformed("not JSON in UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return malformed("not a JSON object")
	}
	for d.More() {
		if err := decodeMember(d, members); err != nil {
			return err
		}
	}
	return nil
}

// decodeMember reads the next member, which it takes out of members.
func decodeMember(d *json.Decoder, members map[string]any) error {
	token, err := d.Token()
	if err != nil {
		return malformed("not a JSON object")
	}
	name, _ := token.(string)
	member, ok := members[name]
	if !ok {
		return malformed("a member that is unknown, or there twice")
	}
	delete(members, name)
	var value json.RawMessage
	if err := d.Decode(&value); err != nil {
		return malformed("member %s", name)
	}
	if bytes.Equal(value, []byte("null")) {
		return malformed("member %s is null", name)
	}
	if err := json.Unmarshal(value, member); err != nil {
		return malformed("member %s of another type", name)
	}
	return nil
}

var errNotCanonical = errors.New("not canonical")

// unbase64 is stricter than encoding/base64, which passes over line ends and spare bits.
func unbase64(encoding *base64.Encoding, text string) ([]byte, error) {
	b, err := encoding.DecodeString(text)
	if err == nil && encoding.EncodeToString(b) != text {
		err = errNotCanonical
	}
	return b, err
}

// unhex wants exactly as many bytes as there is room for.
func unhex(room []byte, digits string) error {
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != len(room) {
		return malformed("not %d bytes of hexadecimal", len(room))
	}
	copy(room, b)
	return nil
}
