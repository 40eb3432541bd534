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

const signature = "# sscard trace 1"

// ParseError says where a file is at fault. It wraps [ErrMalformed], [ErrVersion], [ErrLimit] or what the
// reader failed with, and does not show the line, which may hold anything.
type ParseError struct {
	Line int
	Err  error
}

func (e *ParseError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *ParseError) Unwrap() error { return e.Err }

// Parse reads a session. Lines may end in LF or CRLF and have up to 256 KiB; there may be up to 100 000
// exchanges. Every error is a [ParseError].
func Parse(r io.Reader) (*Session, error) {
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
	return &p.session, nil
}

// parser is a session in the making; command waits for its answer.
type parser struct {
	session Session
	command []byte
}

func (p *parser) line(n int, line string) error {
	if n == 1 {
		if line != signature {
			return ErrVersion
		}
		return nil
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
	case '>':
		return p.ask(body)
	case '<', '!':
		return p.answer(mark, body)
	}
	return fmt.Errorf("%w: a line is # comment, @ metadata, > command, < response or ! fault", ErrMalformed)
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

func (p *parser) ask(body string) error {
	switch {
	case p.command != nil:
		return fmt.Errorf("%w: a command before the last is answered", ErrMalformed)
	case len(p.session.Exchanges) == maxExchanges:
		return fmt.Errorf("%w: over %d exchanges", ErrLimit, maxExchanges)
	}
	command, err := parseHex(body)
	if err != nil {
		return err
	}
	p.command = command
	return Exchange{Command: command}.check()
}

func (p *parser) answer(mark byte, body string) (err error) {
	if p.command == nil {
		return fmt.Errorf("%w: an answer to no command", ErrMalformed)
	}
	x := Exchange{Command: p.command}
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
		fmt.Fprintf(&out, "> %X\n%s\n", x.Command, x.ending())
	}
	return out.WriteTo(w)
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
