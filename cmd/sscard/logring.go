package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"sscard/terminal/apitype"
)

const (
	ringLines = 1000 // that are kept
	ringText  = 2048 // bytes of a message or an attribute
)

// logRing keeps the last lines of the log, whatever log.level says, for GET /v1/log. It is a [slog.Handler].
type logRing struct {
	lines  *ringedLines
	within string // names of the groups, each with a dot behind it
	with   apitype.Fields
}

// ringedLines are the lines, of all handlers that came from one.
type ringedLines struct {
	mu   sync.Mutex
	all  []apitype.LogRecord
	next int // to be overwritten, once there are as many as are kept
}

func newLogRing() *logRing { return &logRing{lines: &ringedLines{}} }

// Enabled implements [slog.Handler].
func (r *logRing) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle implements [slog.Handler].
func (r *logRing) Handle(_ context.Context, record slog.Record) error {
	line := apitype.LogRecord{Time: record.Time.UTC(), Level: levelName(record.Level), Message: shortened(record.Message), Attributes: slices.Clone(r.with)}
	record.Attrs(func(a slog.Attr) bool {
		line.Attributes = flattened(line.Attributes, r.within, a)
		return true
	})
	r.lines.add(line)
	return nil
}

// WithAttrs implements [slog.Handler].
func (r *logRing) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := slices.Clone(r.with)
	for _, a := range attrs {
		with = flattened(with, r.within, a)
	}
	return &logRing{r.lines, r.within, with}
}

// WithGroup implements [slog.Handler].
func (r *logRing) WithGroup(name string) slog.Handler {
	if name == "" {
		return r
	}
	return &logRing{r.lines, r.within + name + ".", r.with}
}

// Last gives the last n lines, the oldest first.
func (r *logRing) Last(n int) []apitype.LogRecord {
	l := r.lines
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Concat(l.all[l.next:], l.all[:l.next])
	return all[max(0, len(all)-n):]
}

func (l *ringedLines) add(line apitype.LogRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) < ringLines {
		l.all = append(l.all, line)
		return
	}
	l.all[l.next] = line
	l.next = (l.next + 1) % ringLines
}

// flattened is the list with the attribute, and with those in it where it is a group. Of two of one name the last holds.
func flattened(list apitype.Fields, within string, a slog.Attr) apitype.Fields {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			within += a.Key + "."
		}
		for _, inner := range value.Group() {
			list = flattened(list, within, inner)
		}
		return list
	}
	if a.Equal(slog.Attr{}) {
		return list
	}
	field := apitype.Field{Name: within + a.Key, Value: shortened(textOf(value))}
	if i := slices.IndexFunc(list, func(f apitype.Field) bool { return f.Name == field.Name }); i >= 0 {
		list[i] = field
		return list
	}
	return append(list, field)
}

func textOf(v slog.Value) string {
	if v.Kind() == slog.KindTime {
		return v.Time().UTC().Format(time.RFC3339Nano)
	}
	return v.String()
}

// shortened keeps one line from taking the room of many.
func shortened(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= ringText {
		return text
	}
	return strings.ToValidUTF8(text[:ringText], "") + "…"
}

// levelName is the level at or below this one that has a name.
func levelName(level slog.Level) string {
	for _, named := range []slog.Level{slog.LevelError, slog.LevelWarn, slog.LevelInfo} {
		if level >= named {
			return strings.ToLower(named.String())
		}
	}
	return strings.ToLower(slog.LevelDebug.String())
}
