package door

import (
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

const (
	maxRefused = 64  // origins that are remembered: the latest
	maxOrigin  = 300 // bytes of an origin that are kept; one that can be allowed has less
)

// refused remembers which origins were turned away. What they call themselves is anybody's text.
type refused struct {
	mu   sync.Mutex
	seen []apitype.RefusedOrigin // the latest last
}

// note counts a refusal, and reports whether it is the first that is remembered of its origin.
func (r *refused) note(origin, what string) (entry apitype.RefusedOrigin, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now().UTC()
	entry = apitype.RefusedOrigin{Origin: Shorten(origin), Command: allowing(origin), First: now}
	i := r.index(entry.Origin)
	if i >= 0 {
		entry = r.seen[i]
		r.seen = slices.Delete(r.seen, i, i+1)
	}
	entry.Count++
	entry.Last, entry.Asked = now, what
	if len(r.seen) == maxRefused {
		r.seen = slices.Delete(r.seen, 0, 1)
	}
	r.seen = append(r.seen, entry)
	return entry, i < 0
}

func (r *refused) forget(origin string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := r.index(origin); i >= 0 {
		r.seen = slices.Delete(r.seen, i, i+1)
	}
}

func (r *refused) list() []apitype.RefusedOrigin {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := append([]apitype.RefusedOrigin{}, r.seen...)
	slices.Reverse(list)
	return list
}

func (r *refused) index(origin string) int {
	return slices.IndexFunc(r.seen, func(o apitype.RefusedOrigin) bool { return o.Origin == origin })
}

// Shorten bounds what is kept and logged of an origin that nobody has checked. What was cut, is no text, or changes how the rest of it looks
// ends in an ellipsis or holds a replacement character, so that it can never be allowed as it stands.
func Shorten(origin string) string {
	if len(origin) > maxOrigin {
		origin = origin[:maxOrigin] + "…"
	}
	return strings.Map(visible, strings.ToValidUTF8(origin, "\uFFFD"))
}

// visible replaces what nobody sees, such as marks that turn the direction of writing.
func visible(c rune) rune {
	if unicode.IsGraphic(c) {
		return c
	}
	return unicode.ReplacementChar
}

// allowing is the command that would let the origin call; none where no browser would send it.
func allowing(origin string) string {
	if config.CheckOrigin(origin) != nil {
		return ""
	}
	return "sscard origin allow '" + origin + "'"
}
