package trace

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
)

// law replaces a value in place, by an invented one of the same shape.
type law func(v *inventor, value []byte) error

// inventor invents values, one for each that it meets. First it learns what there is, and changes nothing; then numbers
// that may occur inside of other values get theirs, and then all else.
type inventor struct {
	rng      *rand.Rand
	swapSex  bool // in one file or none, so that sexes tell nothing
	learning bool

	windows  map[string]bool   // digits in a row that were there
	marks    [][]byte          // what must not be found afterwards
	numbers  []identifier      // in the order of meeting them
	invented map[string][]byte // by law and value
	order    []string          // of the keys of invented
}

// identifier is an identity or card number.
type identifier struct {
	law      law
	old, new []byte
}

func newInventor(rng *rand.Rand) *inventor {
	return &inventor{
		rng: rng, swapSex: rng.IntN(2) == 0, learning: true,
		windows: make(map[string]bool), invented: make(map[string][]byte),
	}
}

// settle ends the learning, and invents the numbers.
func (v *inventor) settle() error {
	v.learning = false
	for i, n := range v.numbers {
		invented := bytes.Clone(n.old)
		if err := n.law(v, invented); err != nil {
			return err
		}
		v.numbers[i].new = invented
	}
	return nil
}

// tries bound the search for a value that has nothing in common with those that were there.
const tries = 200

// once replaces a value by what was invented for it, or is now.
func (v *inventor) once(law string, value []byte, invent func([]byte)) {
	if v.learning {
		for _, window := range windowsOf(value) {
			v.windows[window] = true
		}
		return
	}
	key := law + "\x00" + string(value)
	if _, known := v.invented[key]; !known {
		v.keep(key, v.search(value, invent))
	}
	copy(value, v.invented[key])
}

func (v *inventor) keep(key string, invented []byte) {
	v.invented[key] = invented
	v.order = append(v.order, key)
}

// search invents until nothing is left of what was there. What an attempt that failed has had invented on its way is
// forgotten with it.
func (v *inventor) search(value []byte, invent func([]byte)) []byte {
	invented, before := bytes.Clone(value), len(v.order)
	for try := 1; ; try++ {
		invent(invented)
		if try == tries || !v.alike(value, invented) {
			return invented
		}
		for _, key := range v.order[before:] {
			delete(v.invented, key)
		}
		v.order = v.order[:before]
		copy(invented, value)
	}
}

// alike reports whether the new value is the old, or has digits in a row that any value had.
func (v *inventor) alike(old, new []byte) bool {
	return bytes.Equal(old, new) || slices.ContainsFunc(windowsOf(new), func(w string) bool { return v.windows[w] })
}

// windowsOf are any four digits in a row, of text or of BCD.
func windowsOf(value []byte) (windows []string) {
	const telling = 4
	text := string(value)
	if !isDigits(text) {
		text += " " + bcdDigits(trimmed(value))
	}
	for i := 0; i+telling <= len(text); i++ {
		if window := text[i : i+telling]; isDigits(window) {
			windows = append(windows, window)
		}
	}
	return windows
}

func isDigits(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' }) < 0
}

// mark has the value looked for when all is done. Short ones would be found by chance.
func (v *inventor) mark(value []byte) {
	const short = 4
	if value = trimmed(value); len(value) >= short {
		v.marks = append(v.marks, bytes.Clone(value))
	}
}

func keep(*inventor, []byte) error { return nil }

// random is for bytes without a form. None is 00 or FF, which would look like padding.
func random(v *inventor, value []byte) error {
	v.once("bytes", value, v.fill)
	return nil
}

func (v *inventor) fill(b []byte) {
	for i := range b {
		b[i] = byte(1 + v.rng.IntN(0xFE))
	}
}

// number is for a binary number of up to four bytes, say an amount in 分. Nothing stays nothing.
func number(v *inventor, value []byte) error {
	const some = 100_000
	if len(trimmed(value)) == 0 {
		return nil
	}
	v.once("number", value, func(b []byte) {
		n := 1 + v.rng.IntN(min(some, 1<<(8*min(len(b), 3))-1))
		for i := len(b) - 1; i >= 0; i-- {
			b[i] = byte(n)
			n >>= 8
		}
	})
	return nil
}

// padding is what fills a value up, and what an annex of the standard marks reused tags with.
const padding = "\x00\xFF\xEE "

// trimmed is a value without what fills it up at its end.
func trimmed(value []byte) []byte {
	end := len(value)
	for end > 0 && strings.IndexByte(padding, value[end-1]) >= 0 {
		end--
	}
	return value[:end]
}
