package trace

import (
	crand "crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"sscard/apdu"
)

// What a session that cannot be redacted fails with, in a [RedactError].
var (
	ErrUnknown = errors.New("what this is cannot be told")
	ErrRemains = errors.New("a personal value is still there")
)

// Redaction is how sessions are redacted. The zero value is strict and unpredictable.
type Redaction struct {
	// BlankUnknown has what cannot be told apart be replaced by zeros, or left out where it is metadata.
	BlankUnknown bool
	// Random gives 32 bytes; nil: crypto/rand's.
	Random io.Reader
}

// RedactError says what of a session cannot be redacted. Its text shows no data. It wraps [ErrUnknown] or [ErrRemains].
type RedactError struct {
	Session  int // from 0
	Exchange int // from 0; -1: the metadata
	Line     int // of the file, 0 where there is none
	What     string
	Err      error
}

func (e *RedactError) Error() string {
	where := fmt.Sprintf("session %d, exchange %d", e.Session, e.Exchange)
	if e.Exchange < 0 {
		where = fmt.Sprintf("session %d, metadata", e.Session)
	}
	if e.Line > 0 {
		where = fmt.Sprintf("line %d, %s", e.Line, where)
	}
	return fmt.Sprintf("%s: %s: %v", where, e.What, e.Err)
}

func (e *RedactError) Unwrap() error { return e.Err }

// Redact returns copies of the sessions with every personal value replaced by an invented one of the same shape:
// numbers with check digits that are as right or wrong as they were, names of as many characters, dates that exist.
// Within one call a value is always replaced by the same one, in every coding; across calls nothing links them.
//
// What the card's commands read is taken apart as the standard has it. All of it counts as personal but for
// what describes the card and not its holder: control information, classes, versions, the issuer, dates of issue and
// expiry, and the region that issued the card. Challenges and the answers to them stay: they are random, and under keys
// that the file does not hold; so what a PSAM computed still fits. Signatures, photos and fingerprints become random
// bytes, and certificates keep their form with everything in it invented: neither proves anything any more.
//
// What cannot be taken apart gives a [RedactError]. A session that was redacted is returned as it is; comments are gone.
func Redact(sessions []*Session, how Redaction) ([]*Session, error) {
	var seed [32]byte
	if how.Random == nil {
		how.Random = crand.Reader
	}
	if _, err := io.ReadFull(how.Random, seed[:]); err != nil {
		return nil, err
	}
	r := &redactor{how: how, inventor: newInventor(rand.New(rand.NewChaCha8(seed)))}
	if _, err := r.all(sessions); err != nil {
		return nil, err
	}
	if err := r.settle(); err != nil {
		return nil, err
	}
	redacted, err := r.all(sessions)
	if err != nil {
		return nil, err
	}
	return redacted, r.look(redacted)
}

// redactor works on one session at a time.
type redactor struct {
	*inventor
	how     Redaction
	session int
	images  map[imageKey]*image
}

func (r *redactor) all(sessions []*Session) ([]*Session, error) {
	if r.images == nil {
		r.images = make(map[imageKey]*image)
	}
	redacted := make([]*Session, len(sessions))
	for i, s := range sessions {
		r.session = i
		if redacted[i] = s; s.Get(KeyRedacted) != "" {
			continue
		}
		redacted[i] = s.clone()
		if err := r.one(redacted[i]); err != nil {
			return nil, err
		}
	}
	return redacted, nil
}

// clone is a copy that shares no bytes, without PINs.
func (s *Session) clone() *Session {
	c := &Session{Meta: slices.Clone(s.Meta), Exchanges: slices.Clone(s.Exchanges), begins: s.begins, lines: s.lines}
	for i, x := range c.Exchanges {
		c.Exchanges[i].Command, c.Exchanges[i].Response = Masked(x.Command), slices.Clone(x.Response)
	}
	return c
}

func (r *redactor) one(s *Session) error {
	if err := r.meta(s); err != nil {
		return err
	}
	for _, step := range s.Steps() {
		if err := r.step(s, step); err != nil {
			return &RedactError{Session: r.session, Exchange: step.First, Line: s.line(step.First), What: step.Name(), Err: err}
		}
	}
	return nil
}

// impersonalKeys are metadata that stay; that of KeyATR is redacted.
var impersonalKeys = []string{KeyReader, KeyInterface, KeyProtocol, KeyFeatures, KeyConnect}

func (r *redactor) meta(s *Session) error {
	var kept []Meta
	for _, m := range s.Meta {
		err := error(nil)
		switch {
		case m.Key == KeyATR:
			m.Value, err = r.atr(m.Value)
		case !slices.Contains(impersonalKeys, m.Key):
			err = ErrUnknown
		}
		switch {
		case err == nil:
			kept = append(kept, m)
		case !r.how.BlankUnknown:
			return &RedactError{Session: r.session, Exchange: -1, Line: s.begins, What: m.Key, Err: err}
		}
	}
	s.Meta = append(kept, Meta{KeyRedacted, "yes"})
	return nil
}

// step redacts the data of a command, in each exchange that sent it, and of its answer, in the pieces it came in.
func (r *redactor) step(s *Session, step Step) error {
	rule := ruleOf(step)
	all := s.Exchanges[step.First : step.Last+1]
	if err := r.apply(rule.command, step, step.Command.Data); err != nil {
		return err
	}
	for _, x := range all {
		if c, err := apdu.Parse(x.Command); err == nil && len(c.Data) == len(step.Command.Data) {
			copy(c.Data, step.Command.Data) // a slice of the exchange's
		}
	}
	if step.Malformed {
		return r.malformed(all)
	}
	rest := step.Data
	if err := r.apply(rule.answer, step, rest); err != nil {
		return err
	}
	for _, x := range all {
		if answer, err := apdu.ParseResponse(x.Response); err == nil {
			rest = rest[copy(answer.Data, rest):]
		}
	}
	return nil
}

// apply has a rule work on data in place; without one nothing is known about the data.
func (r *redactor) apply(do handler, step Step, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	err := ErrUnknown
	if do != nil {
		err = do(r, step, data)
	}
	if err != nil && r.how.BlankUnknown {
		clear(data)
		return nil
	}
	return err
}

// malformed is about what is no command at all.
func (r *redactor) malformed(all []Exchange) error {
	if !r.how.BlankUnknown {
		return ErrUnknown
	}
	for _, x := range all {
		clear(x.Command)
		if n := len(x.Response); n > 2 {
			clear(x.Response[:n-2])
		}
	}
	return nil
}
