package trace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"sscard/apdu"
)

const (
	signaturePrefix = "# sscard trace "
	signature       = signaturePrefix + "1"
)

// ParseError says where a file is at fault. It wraps [ErrMalformed], [ErrVersion], [ErrLimit] or what the
// reader failed with, and does not show the line, which may hold anything.
type ParseError struct {
	Line int
	Err  error
}

func (e *ParseError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *ParseError) Unwrap() error { return e.Err }

// Parse reads a file of one session. Lines may end in LF or CRLF and have up to 256 KiB; there may be up to
// 100 000 exchanges. Every error is a [ParseError].
func Parse(r io.Reader) (*Session, error) {
	sessions, err := ParseAll(r)
	if err != nil {
		return nil, err
	}
	if len(sessions) > 1 {
		return nil, &ParseError{sessions[1].begins, fmt.Errorf("%w: more than one session", ErrMalformed)}
	}
	return sessions[0], nil
}

// ParseAll reads a file of one session or more, up to 10 000, with the limits of [Parse] for all together.
func ParseAll(r io.Reader) ([]*Session, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine+1) // a line and its end
	var p parser
	n := 0
	for lines.Scan() {
		n++
		if err := p.line(n, lines.Text()); err != nil {
			return nil, &ParseError{n, err}
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, &ParseError{n + 1, fmt.Errorf("%w: over %d bytes", ErrLimit, maxLine)}
	} else if err != nil {
		return nil, &ParseError{n + 1, err}
	}
	if err := p.end(n); err != nil {
		return nil, &ParseError{n, err}
	}
	return p.sessions, nil
}

// parser is the sessions in the making; command waits for its answer.
type parser struct {
	sessions  []*Session
	session   *Session // the last
	command   *Exchange
	exchanges int
}

func (p *parser) line(n int, line string) error {
	if n == 1 || strings.HasPrefix(line, signaturePrefix) {
		return p.begin(n, line)
	}
	if !utf8.ValidString(line) {
		return fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	if line == "" {
		return nil
	}
	switch mark, body := line[0], line[1:]; mark {
	case '#':
		return nil
	case '@':
		return p.meta(body)
	case '>', '*':
		return p.ask(n, mark, body)
	case '<', '!':
		return p.answer(mark, body)
	}
	return fmt.Errorf("%w: a line is # comment, @ metadata, > command, * control, < response or ! fault", ErrMalformed)
}

// begin begins a session.
func (p *parser) begin(n int, line string) error {
	switch {
	case line != signature:
		return ErrVersion
	case len(p.sessions) == maxSessions:
		return fmt.Errorf("%w: over %d sessions", ErrLimit, maxSessions)
	}
	if err := p.end(n); err != nil {
		return err
	}
	p.session = &Session{begins: n}
	p.sessions = append(p.sessions, p.session)
	return nil
}

func (p *parser) end(n int) error {
	switch {
	case n == 0:
		return ErrVersion
	case p.command != nil:
		return fmt.Errorf("%w: the last command has no answer", ErrMalformed)
	}
	return nil
}

func (p *parser) meta(body string) error {
	switch {
	case p.command != nil || len(p.session.Exchanges) > 0:
		return fmt.Errorf("%w: metadata after a command", ErrMalformed)
	case len(p.session.Meta) == maxMeta:
		return fmt.Errorf("%w: over %d lines of metadata", ErrLimit, maxMeta)
	}
	key, value, _ := strings.Cut(strings.TrimSpace(body), " ")
	m := Meta{key, strings.TrimSpace(value)}
	p.session.Meta = append(p.session.Meta, m)
	return m.check()
}

func (p *parser) ask(n int, mark byte, body string) error {
	switch {
	case p.command != nil:
		return fmt.Errorf("%w: a command before the last is answered", ErrMalformed)
	case p.exchanges == maxExchanges:
		return fmt.Errorf("%w: over %d exchanges", ErrLimit, maxExchanges)
	}
	b, err := parseHex(body)
	if err != nil {
		return err
	}
	x := Exchange{Command: b}
	if mark == '*' {
		if len(b) != 1 || b[0] == 0 {
			return fmt.Errorf("%w: a feature of the reader is one byte", ErrMalformed)
		}
		x = Exchange{Control: b[0]}
	}
	p.exchanges++
	p.command = &x
	p.session.lines = append(p.session.lines, n)
	return x.check()
}

func (p *parser) answer(mark byte, body string) (err error) {
	if p.command == nil {
		return fmt.Errorf("%w: an answer to no command", ErrMalformed)
	}
	x := *p.command
	p.command = nil

	body, elapsed, timed := strings.Cut(body, " +")
	if timed {
		// A digit first: the + is ours, and a time is never negative.
		x.Elapsed, err = time.ParseDuration(strings.TrimSpace(elapsed))
		if err != nil || !strings.Contains("0123456789", elapsed[:1]) {
			return fmt.Errorf("%w: the time is no duration", ErrMalformed)
		}
	}
	if mark == '!' {
		x.Fault = strings.TrimSpace(body)
		if x.Fault == "" {
			return fmt.Errorf("%w: a fault without a word", ErrMalformed)
		}
	} else if x.Response, err = parseHex(body); err != nil {
		return err
	}
	p.session.Exchanges = append(p.session.Exchanges, x)
	return x.check()
}

// parseHex is apdu.ParseHex with this package's error: a trace, not a command, is malformed.
func parseHex(s string) ([]byte, error) {
	b, err := apdu.ParseHex(s)
	if err != nil {
		return nil, fmt.Errorf("%w: not hexadecimal bytes", ErrMalformed)
	}
	return b, nil
}

// WriteTo writes the session in the form that [Parse] reads. A session that has no such form, say for a
// line break in its metadata, fails with [ErrMalformed] or [ErrLimit] before anything is written.
func (s *Session) WriteTo(w io.Writer) (int64, error) {
	var out bytes.Buffer
	fmt.Fprintln(&out, signature)
	if len(s.Meta) > maxMeta || len(s.Exchanges) > maxExchanges {
		return 0, fmt.Errorf("%w: %d lines of metadata, %d exchanges", ErrLimit, len(s.Meta), len(s.Exchanges))
	}
	for _, m := range s.Meta {
		if err := m.check(); err != nil {
			return 0, err
		}
		fmt.Fprintln(&out, strings.TrimSpace("@ "+m.Key+" "+m.Value))
	}
	for i, x := range s.Exchanges {
		if err := x.check(); err != nil {
			return 0, fmt.Errorf("exchange %d: %w", i, err)
		}
		fmt.Fprintf(&out, "%s\n%s\n", x.asking(), x.ending())
	}
	return out.WriteTo(w)
}

// WriteAll writes the sessions as [ParseAll] reads them, one after the other.
func WriteAll(w io.Writer, sessions []*Session) error {
	var out bytes.Buffer
	for i, s := range sessions {
		if i > 0 {
			fmt.Fprintln(&out)
		}
		if _, err := s.WriteTo(&out); err != nil {
			return fmt.Errorf("session %d: %w", i, err)
		}
	}
	_, err := out.WriteTo(w)
	return err
}

// asking is the line that tells what was asked.
func (x Exchange) asking() string {
	if x.Control != 0 {
		return fmt.Sprintf("* %02X", x.Control)
	}
	return fmt.Sprintf("> %X", x.Command)
}

// ending is the line that tells how the exchange ended.
func (x Exchange) ending() string {
	line := fmt.Sprintf("< %X", x.Response)
	if x.Fault != "" {
		line = "! " + x.Fault
	}
	if x.Elapsed > 0 {
		line += " +" + x.Elapsed.String()
	}
	return line
}
