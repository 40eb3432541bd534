package profile

import (
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// SignStep is one of the commands that make a card sign.
type SignStep struct {
	Label            string // what errors call it: "INTERNAL AUTHENTICATE"
	CLA, INS, P1, P2 byte
	Data             []DataPart
	Ne               int // bytes of answer asked for, at most; 0: none
}

// DataPart is a part of a command's data: bytes, or what stands in for them.
type DataPart struct {
	Bytes       []byte
	Placeholder Placeholder // "" where Bytes count
}

// Placeholder is a value of 32 bytes that is only known when a card is there.
type Placeholder string

const (
	Challenge Placeholder = "{challenge}" // which the card hashes
	Digest    Placeholder = "{digest}"    // e, hashed by the terminal
)

// Bytes returns the data of the command, at most 255 bytes.
func (s SignStep) Bytes(challenge, digest [32]byte) []byte {
	var data []byte
	for _, part := range s.Data {
		switch part.Placeholder {
		case Challenge:
			data = append(data, challenge[:]...)
		case Digest:
			data = append(data, digest[:]...)
		default:
			data = append(data, part.Bytes...)
		}
	}
	return data
}

// has reports whether the data has that placeholder.
func (s SignStep) has(p Placeholder) bool {
	return slices.ContainsFunc(s.Data, func(part DataPart) bool { return part.Placeholder == p })
}

func (s *SignStep) apply(n node) error {
	given := false
	err := n.object(map[string]setter{
		"label":   text(&s.Label),
		"command": func(n node) error { given = true; return s.applyCommand(n) },
		"data":    parsed(&s.Data, "bytes in hexadecimal, {challenge} and {digest}", parseData),
		"ne":      integer(&s.Ne, 0, maxNe),
	})
	if err != nil {
		return err
	}
	length := len(s.Bytes([32]byte{}, [32]byte{}))
	switch {
	case s.Label == "":
		return n.errorf("no label")
	case !given:
		return n.errorf("no command")
	case length > maxLength:
		return n.errorf("data takes %d bytes, more than %d", length, maxLength)
	}
	return nil
}

const maxNe = 256 // of a short Le

func (s *SignStep) applyCommand(n node) error {
	var header []byte
	if err := parsed(&header, "CLA INS P1 P2 in hexadecimal", parseHeader)(n); err != nil {
		return err
	}
	s.CLA, s.INS, s.P1, s.P2 = header[0], header[1], header[2], header[3]
	if reason := s.refusal(); reason != "" {
		return n.errorf("a sign step may not send %02X: %s", header[:2], reason)
	}
	return nil
}

func parseHeader(s string) ([]byte, bool) {
	parts, ok := parseData(s)
	if !ok || len(parts) != 1 || len(parts[0].Bytes) != 4 {
		return nil, false
	}
	return parts[0].Bytes, true
}

var dataPart = regexp.MustCompile(`^ *((?:[0-9A-Fa-f]{2})+|\{challenge\}|\{digest\}) *`)

// parseData takes bytes and placeholders, with spaces between them or without.
func parseData(s string) ([]DataPart, bool) {
	var parts []DataPart
	for s != "" {
		m := dataPart.FindStringSubmatch(s)
		if m == nil {
			return nil, false
		}
		s = s[len(m[0]):]
		if strings.HasPrefix(m[1], "{") {
			parts = append(parts, DataPart{Placeholder: Placeholder(m[1])})
			continue
		}
		b, _ := hex.DecodeString(m[1])
		if last := len(parts) - 1; last >= 0 && parts[last].Placeholder == "" {
			parts[last].Bytes = append(parts[last].Bytes, b...)
			continue
		}
		parts = append(parts, DataPart{Bytes: b})
	}
	return parts, len(parts) > 0
}
