package softcard

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Kind is what goes wrong with a card.
type Kind string

// The kinds. Those that last begin with command At and go on; the others strike one command, unless
// [Fault.Always] is set.
const (
	Removed     Kind = "removed"      // is out before the command takes effect; lasts
	Torn        Kind = "torn"         // is out after the command took effect and before its answer; lasts
	Mute        Kind = "mute"         // never answers: blocks until ctx ends
	Slow        Kind = "slow"         // answers after Delay; lasts
	WrongLength Kind = "wrong-length" // answers 6C10; lasts
	More        Kind = "more"         // answers 6110; lasts
	WrongTag    Kind = "wrong-tag"    // changes the first byte of the data, if there is any
	ShortRecord Kind = "short-record" // cuts the data to half
	NoAnswer    Kind = "no-answer"    // gives not even a status word
	MuteATR     Kind = "mute-atr"     // gives 40 bytes for an ATR at every power-on; answers commands
)

// Fault is one thing that goes wrong with a card. Written as text it is kind@at, kind@at+ for Always,
// slow@at:delay, and mute-atr alone.
type Fault struct {
	Kind   Kind
	At     int           // the command it strikes, counted from power-on; the first is 1
	Always bool          // of kinds that do not last: strikes every command from At on
	Delay  time.Duration // of Slow
}

// ErrFault says that a text is no fault.
var ErrFault = errors.New("softcard: not a fault")

// traits are what a kind has of its own.
type traits struct {
	lasts bool
	out   bool   // the card is out of its reader from then on
	act   action // nil: commands are answered as ever
}

var kinds = map[Kind]traits{
	Removed:     {lasts: true, out: true, act: answerRemoved},
	Torn:        {lasts: true, out: true, act: answerTorn},
	Mute:        {act: answerNever},
	Slow:        {lasts: true, act: answerLate},
	WrongLength: {lasts: true, act: answerWith(0x6C, 0x10)},
	More:        {lasts: true, act: answerWith(0x61, 0x10)},
	WrongTag:    {act: answerChanged(otherTag)},
	ShortRecord: {act: answerChanged(firstHalf)},
	NoAnswer:    {act: answerWith()},
	MuteATR:     {lasts: true},
}

var faultText = regexp.MustCompile(`^([a-z-]+)(?:@([1-9][0-9]{0,8})(\+?))?(?::(.+))?$`)

// ParseFault reads a fault as [Fault.String] writes it: "removed@3", "mute@2+", "slow@1:500ms",
// "mute-atr". Anything else gives [ErrFault].
func ParseFault(text string) (Fault, error) {
	m := faultText.FindStringSubmatch(text)
	if m == nil {
		return Fault{}, fmt.Errorf("%w: %q", ErrFault, text)
	}
	fault, err := Fault{Kind: Kind(m[1]), Always: m[3] != ""}, error(nil)
	if m[2] != "" {
		fault.At, err = strconv.Atoi(m[2])
	}
	if m[4] != "" && err == nil {
		fault.Delay, err = time.ParseDuration(m[4])
	}
	if err != nil || !fault.valid() {
		return Fault{}, fmt.Errorf("%w: %q", ErrFault, text)
	}
	return fault, nil
}

// valid reports whether the fault has what its kind needs, and nothing else.
func (f Fault) valid() bool {
	traits, known := kinds[f.Kind]
	return known &&
		(f.At > 0) == (f.Kind != MuteATR) &&
		(f.Delay > 0) == (f.Kind == Slow) &&
		!(f.Always && traits.lasts)
}

// Faults lists a fault of each kind, as [ParseFault] reads it: at the first command, and where it takes time a second.
func Faults() (texts []string) {
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		f := Fault{Kind: kind, At: 1}
		switch kind {
		case MuteATR:
			f.At = 0
		case Slow:
			f.Delay = time.Second
		}
		texts = append(texts, f.String())
	}
	return texts
}

func (f Fault) String() string {
	text := string(f.Kind)
	if f.At > 0 {
		text += "@" + strconv.Itoa(f.At)
	}
	if f.Always {
		text += "+"
	}
	if f.Delay > 0 {
		text += ":" + f.Delay.String()
	}
	return text
}
