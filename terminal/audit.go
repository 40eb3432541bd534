package terminal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"sscard/reader"
	"sscard/terminal/apitype"
)

// entry is the line of a use case on its way: what is learned of the card is noted in it, by whoever learns it.
type entry struct {
	terminal *Terminal

	mu   sync.Mutex
	line apitype.AuditRecord
	held bool // the card is held for the next step, which writes the line, or whoever lets go of it
}

type entryKey struct{}

var errUnfinished = errors.New("the operation did not come to its end")

// audited runs a use case and has its line written to the audit log: one for each, whatever comes of it. Where the log
// refuses, the use case does not begin. Where the line of a reading cannot be written, the reading is not given; what was done
// to a card is told all the same. The error, and that of run, become op's.
func audited[T any](ctx context.Context, t *Terminal, event apitype.AuditEvent, op string, run func(context.Context) (T, error)) (result T, err error) {
	if t.audit == nil {
		result, err = run(ctx)
		return result, wrap(op, err)
	}
	var none T
	if err := t.audit.Ready(); err != nil {
		return none, wrap(op, err)
	}
	e := newEntry(ctx, t, event, op)
	err = errUnfinished // unless it returns
	defer func() {
		if lost := e.end(err); lost != nil && err == nil && gives(event) {
			result, err = none, wrap(op, lost)
		}
	}()
	result, err = run(context.WithValue(ctx, entryKey{}, e))
	err = wrap(op, err)
	return result, err
}

// gives reports whether what the line tells of is read from the card for the caller.
func gives(event apitype.AuditEvent) bool {
	return event == apitype.AuditRead || event == apitype.AuditVerify
}

func newEntry(ctx context.Context, t *Terminal, event apitype.AuditEvent, op string) *entry {
	caller := CallerOf(ctx)
	if caller.Function == "" {
		caller.Function = op
	}
	return &entry{terminal: t, line: apitype.AuditRecord{
		Event: event, Function: caller.Function, RequestID: caller.RequestID,
		Caller: &apitype.AuditCaller{Origin: caller.Origin, User: caller.User},
	}}
}

// entryOf is the line of what runs under ctx, or nil where it has none.
func entryOf(ctx context.Context) *entry {
	e, _ := ctx.Value(entryKey{}).(*entry)
	return e
}

// note notes in the line of what runs under ctx.
func note(ctx context.Context, fn func(*apitype.AuditRecord)) {
	if e := entryOf(ctx); e != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		fn(&e.line)
	}
}

// hold leaves the line to the next step.
func (e *entry) hold() {
	if e != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.held = true
	}
}

// end writes the line, with what came of it.
func (e *entry) end(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.held {
		return nil
	}
	line := e.line
	line.Outcome = apitype.AuditOK
	if err != nil {
		line.Outcome, line.Given = string(AsError(err).Code), nil
	}
	return e.terminal.audit.Record(line)
}

// abandon writes the line of a first step that no other has followed. There is nobody to tell where it fails, and
// nothing to keep back.
func (e *entry) abandon() {
	if e != nil {
		e.mu.Lock()
		e.held = false
		e.mu.Unlock()
		_ = e.end(errSessionExpired)
	}
}

// goOn takes over what the step before has noted.
func (e *entry) goOn(ctx context.Context) {
	if e == nil {
		return
	}
	e.mu.Lock()
	before := e.line
	e.mu.Unlock()
	note(ctx, func(line *apitype.AuditRecord) {
		line.Reader, line.Interface = before.Reader, before.Interface
		line.CardNumber, line.RegionCode = before.CardNumber, before.RegionCode
		line.Asked, line.Authenticity = before.Asked, before.Authenticity
	})
}

// noteReader notes where the card is.
func noteReader(ctx context.Context, r reader.Reader) {
	note(ctx, func(line *apitype.AuditRecord) {
		line.Reader, line.Interface = &apitype.ReaderRef{ID: r.ID, Name: r.Name}, string(r.Interface)
	})
}

// noteCard notes which card it is, as far as others may know.
func noteCard(ctx context.Context, r *Reading) {
	note(ctx, func(line *apitype.AuditRecord) { line.CardNumber, line.RegionCode = r.maskedNumber, r.RegionCode })
}

// noteReading notes what is given of a reading, which others may have shared in.
func noteReading(ctx context.Context, r *Reading) {
	noteReader(ctx, r.Reader)
	noteCard(ctx, r)
	given := make([]string, len(r.Fields))
	for i, f := range r.Fields {
		given[i] = f.Name
	}
	note(ctx, func(line *apitype.AuditRecord) {
		line.Authenticity, line.Given = &apitype.Authenticity{Method: r.Authenticity.Method, Result: r.Authenticity.Result}, given
	})
}

// noteVerification notes what came of a card's proof, and what is given of it.
func noteVerification(ctx context.Context, v *Verification) {
	if v.Reading != nil {
		noteReading(ctx, v.Reading)
	}
	note(ctx, func(line *apitype.AuditRecord) {
		line.Authenticity = &apitype.Authenticity{Method: v.Authenticity.Method, Result: v.Authenticity.Result}
		if v.Evidence != "" {
			line.Given = append(line.Given, "evidence")
		}
	})
}

// noteAsked notes what is asked for. Only known names are: a caller can say anything.
func (t *Terminal) noteAsked(ctx context.Context, fields []string) {
	asked := basicGroups[:]
	if fields != nil {
		asked = slices.DeleteFunc(slices.Clone(fields), func(name string) bool { return !t.KnownField(name) })
	}
	note(ctx, func(line *apitype.AuditRecord) { line.Asked = short(asked) })
}

func noteAskedItems(ctx context.Context, names []string) {
	note(ctx, func(line *apitype.AuditRecord) { line.Asked = short(names) })
}

const maxNames = 100

// short has each name once, and not more of them than a line may hold.
func short(names []string) []string {
	var list []string
	for _, name := range names {
		if len(list) == maxNames {
			return append(list, "…")
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// maskNumber leaves the first and the last character of a card number.
func maskNumber(number string) string {
	r := []rune(number)
	if len(r) <= 2 {
		return strings.Repeat("*", len(r))
	}
	return string(r[0]) + strings.Repeat("*", len(r)-2) + string(r[len(r)-1])
}
