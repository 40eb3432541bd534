package trace

import (
	"bytes"

	"sscard/apdu"
)

// Kind is how two sessions differ at one place.
type Kind string

// Kinds of differences.
const (
	Missing  Kind = "missing"  // only the first session has the step
	Extra    Kind = "extra"    // only the second has it
	Answer   Kind = "answer"   // both have it, and it ended in another way or with other data
	Metadata Kind = "metadata" // the line Key is another, or only one has it
)

// Difference is one of them. A and B are the steps of the first and second session; nil where there is none.
type Difference struct {
	Kind Kind
	Key  string
	A, B *Step
}

// comparedKeys are what sessions of one card have in common.
var comparedKeys = [...]string{KeyInterface, KeyProtocol, KeyATR, KeyFeatures, KeyConnect}

// Compare tells how b differs from a, by meaning: which commands were sent, where on the card, and what came of each. By
// how many exchanges, with which Le and in what time makes no difference.
func Compare(a, b *Session) []Difference {
	var found []Difference
	for _, key := range comparedKeys {
		if a.Get(key) != b.Get(key) {
			found = append(found, Difference{Kind: Metadata, Key: key})
		}
	}
	return append(found, compareSteps(a.Steps(), b.Steps())...)
}

// compareSteps walks both together. Where they part it leaves out as few steps as it can until they meet again.
func compareSteps(a, b []Step) (found []Difference) {
	for len(a) > 0 || len(b) > 0 {
		skipA, skipB := meeting(a, b)
		for i := range a[:skipA] {
			found = append(found, Difference{Kind: Missing, A: &a[i]})
		}
		for i := range b[:skipB] {
			found = append(found, Difference{Kind: Extra, B: &b[i]})
		}
		a, b = a[skipA:], b[skipB:]
		if len(a) > 0 && len(b) > 0 {
			if !a[0].endedAs(b[0]) {
				found = append(found, Difference{Kind: Answer, A: &a[0], B: &b[0]})
			}
			a, b = a[1:], b[1:]
		}
	}
	return found
}

// horizon bounds how far ahead two sessions may meet again.
const horizon = 1000

// meeting is how many steps to leave out of each until both have the same command; all, where they do not meet.
func meeting(a, b []Step) (skipA, skipB int) {
	for distance := range min(len(a)+len(b), horizon) {
		for skipA := max(0, distance-len(b)+1); skipA <= distance && skipA < len(a); skipA++ {
			if a[skipA].asks(b[distance-skipA]) {
				return skipA, distance - skipA
			}
		}
	}
	return len(a), len(b)
}

// asks reports whether both steps ask the same.
func (s Step) asks(other Step) bool {
	return s.Control == other.Control && s.Malformed == other.Malformed && s.Place == other.Place &&
		sameButLe(s.shown(), other.shown())
}

// shown is the command without a PIN.
func (s Step) shown() apdu.Command {
	c := s.Command
	if secret(c.CLA, c.INS) {
		c.Data = make([]byte, len(c.Data))
	}
	return c
}

func (s Step) endedAs(other Step) bool {
	return s.SW == other.SW && s.Fault == other.Fault && bytes.Equal(s.Data, other.Data)
}
