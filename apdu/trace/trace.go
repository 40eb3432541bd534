// Package trace keeps what a card and its terminal said to each other as a text file: a [Recorder] writes
// it down between a caller and a card, a [Player] stands in for the card and plays it back, strictly. [Redact]
// replaces the persons in it, [Session.Steps] tells what the exchanges are about, and [Compare] how two sessions differ.
//
// # The format
//
// A trace is UTF-8 text. Its first line names format and version. A line that begins with # after that is a
// comment, and an empty line is nothing. Metadata come before the first exchange:
//
//	# sscard trace 1
//	@ reader Example Reader 00 00
//	@ interface contact
//	@ protocol T=0
//	@ atr 3B6D00000081544C968684510100000001
//
//	# 姓名: 张三, who is nobody
//	> 00A4020002EF06
//	< 9000 +8.1ms
//	> 00B2090020
//	< 091E D5C5C8FD 0000000000000000000000000000000000000000000000000000 9000 +12.5ms
//	* 06
//	< 9000 +4.2s
//	> 00B24E0016
//	! removed +3ms
//
// Each > is a command APDU and is followed by how it ended: < and the response APDU, or ! and a word for
// how the card failed (removed, mute, reset, …). A * in the place of > is a feature of the reader itself (PC/SC
// part 10), such as 06, its key pad; what was sent to it is not kept. Hexadecimal may hold spaces. A time that begins
// with + says how long the exchange took, as [time.ParseDuration] reads it. Keys and words are kebab-case.
// New keys and words may come at any time; a new kind of line is a new version.
//
// A file may hold several sessions, one after the other, each with its first line: [ParseAll].
//
// # Secrets
//
// What may hold a PIN is never kept: a Recorder writes zeros in the place of the data of such commands, see [Masked],
// and a Player takes any data of that length there. A trace that was only recorded still holds the person: redact it
// before it leaves the counter. Error texts of this package show headers of commands, never data.
//
// The package imports sscard/apdu, sscard/apdu/tlv and the standard library. Recorder, Player and Card are safe for
// concurrent use; a Session is a value like a slice.
package trace

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sscard/apdu"
)

// What a file that cannot be read, or a session that cannot be written, fails with.
var (
	ErrMalformed = errors.New("malformed trace")
	ErrVersion   = errors.New("not a trace of version 1")
	ErrLimit     = errors.New("trace beyond limits")
)

// Limits of a file.
const (
	maxLine      = 256 << 10
	maxMeta      = 1000
	maxExchanges = 100_000
	maxSessions  = 10_000
	maxBytes     = maxLine/2 - 64 // of one APDU: leaves room for mark and time
)

// Keys of metadata that this package, or what records and plays readers, knows.
const (
	KeyReader    = "reader"    // its name in PC/SC
	KeyInterface = "interface" // contact or contactless
	KeyProtocol  = "protocol"  // T=0 or T=1
	KeyATR       = "atr"       // answer to reset, in hexadecimal
	KeyFeatures  = "features"  // what the reader can do by itself, PC/SC part 10, in hexadecimal
	KeyConnect   = "connect"   // the word for why no connection came about
	KeyRedacted  = "redacted"  // yes: by Redact
)

// Meta is one line of metadata.
type Meta struct{ Key, Value string }

// Exchange is one command and how it ended.
type Exchange struct {
	Command  []byte
	Control  byte          // the feature, where the reader itself was told to do something; then there is no Command
	Response []byte        // nil where Fault is set
	Fault    string        // how the card failed, a word; empty where it answered
	Elapsed  time.Duration // 0 where it was not taken
}

// Session is what was said between power on and power off, in order.
type Session struct {
	Meta      []Meta
	Exchanges []Exchange

	begins int   // line of its file, from 1; 0 where there is none
	lines  []int // where the exchanges begin
}

// line is where exchange i begins in its file, 0 where there is none.
func (s *Session) line(i int) int {
	if i >= len(s.lines) {
		return 0
	}
	return s.lines[i]
}

// Get is the value of the first metadata line with key, or empty.
func (s *Session) Get(key string) string {
	for _, m := range s.Meta {
		if m.Key == key {
			return m.Value
		}
	}
	return ""
}

// ATR is the answer to reset, nil where the session has none.
func (s *Session) ATR() []byte {
	atr, err := apdu.ParseHex(s.Get(KeyATR))
	if err != nil || len(atr) == 0 {
		return nil
	}
	return atr
}

var kebab = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// check holds metadata to what one line can say and give back.
func (m Meta) check() error {
	switch {
	case !kebab.MatchString(m.Key):
		return fmt.Errorf("%w: metadata key is not kebab-case", ErrMalformed)
	case len("@ ")+len(m.Key)+len(" ")+len(m.Value) > maxLine:
		return fmt.Errorf("%w: value of %s is over a line", ErrLimit, m.Key)
	case !utf8.ValidString(m.Value), strings.ContainsFunc(m.Value, unicode.IsControl), strings.TrimSpace(m.Value) != m.Value:
		return fmt.Errorf("%w: value of %s is not one line of text", ErrMalformed, m.Key)
	}
	if _, err := apdu.ParseHex(m.Value); m.Key == KeyATR && err != nil {
		return fmt.Errorf("%w: %s is not hexadecimal", ErrMalformed, m.Key)
	}
	return nil
}

// check holds an exchange to what two lines can say and give back.
func (x Exchange) check() error {
	switch {
	case len(x.Command) == 0 && x.Control == 0:
		return fmt.Errorf("%w: empty command", ErrMalformed)
	case len(x.Command) > 0 && x.Control != 0:
		return fmt.Errorf("%w: a command to the card and one to the reader", ErrMalformed)
	case x.Fault != "" && !kebab.MatchString(x.Fault):
		return fmt.Errorf("%w: fault is not a kebab-case word", ErrMalformed)
	case x.Fault != "" && len(x.Response) > 0:
		return fmt.Errorf("%w: a fault and a response", ErrMalformed)
	case max(len(x.Command), len(x.Response)) > maxBytes:
		return fmt.Errorf("%w: an APDU over %d bytes", ErrLimit, maxBytes)
	case x.Elapsed < 0:
		return fmt.Errorf("%w: negative time", ErrMalformed)
	}
	return nil
}
