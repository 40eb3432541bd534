package softcard

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sscard/apdu"
)

// Forgery is one way in which a card that signs is not genuine; [ParseForgery] makes one. The zero
// Forgery leaves signatures as they are.
type Forgery struct {
	trick
	text    string
	bit     int             // N
	word    apdu.StatusWord // SW
	content []byte          // HEX
}

// ErrForgery says that a text is no forgery, or none for this card.
var ErrForgery = errors.New("softcard: not a forgery")

// argument is what some forgeries are told behind their name. The zero argument is none.
type argument struct {
	separator, name string
	read            func(f *Forgery, text string) error
}

var (
	wordSW   = argument{":", "SW", (*Forgery).readWord}
	bytesHEX = argument{"=", "HEX", (*Forgery).readContent}
)

// bitN is the number of one of the bits of so many bytes.
func bitN(bytes int) argument {
	return argument{"@", "N", func(f *Forgery, text string) (err error) {
		f.bit, err = strconv.Atoi(text)
		if err != nil || f.bit < 0 || f.bit >= bytes*8 {
			return fmt.Errorf("%.20q is not 0 to %d", text, bytes*8-1)
		}
		return nil
	}}
}

// ParseForgery reads a forgery as [Forgeries] lists them: flip@17, r=n+1, refuse:6982, certificate=3000.
// Anything else gives [ErrForgery], which names what there is.
func ParseForgery(text string) (Forgery, error) {
	for _, t := range tricks {
		value, begins := strings.CutPrefix(text, t.name+t.argument.separator)
		f := Forgery{trick: t, text: text}
		switch {
		case !begins:
			continue
		case t.argument.read != nil:
			if err := t.argument.read(&f, value); err != nil {
				return Forgery{}, fmt.Errorf("%w: %.40q: %w", ErrForgery, text, err)
			}
			return f, nil
		case value == "":
			return f, nil
		}
	}
	return Forgery{}, fmt.Errorf("%w: %.40q is none of %s", ErrForgery, text, strings.Join(Forgeries(), " "))
}

// Forgeries lists what [ParseForgery] reads. N is a bit, counted from 0 for the highest of the first byte;
// SW a status word; HEX the bytes of a file.
func Forgeries() []string {
	var list []string
	for _, t := range tricks {
		list = append(list, t.name+t.argument.separator+t.argument.name)
	}
	return list
}

// String is the text that [ParseForgery] reads.
func (f Forgery) String() string { return f.text }

func (f *Forgery) readWord(text string) error {
	word, err := parseUint16(text)
	f.word = apdu.StatusWord(word)
	return err
}

func (f *Forgery) readContent(text string) (err error) {
	f.content, err = apdu.ParseHex(text)
	if err == nil && len(f.content) > maxBinary {
		err = fmt.Errorf("%d bytes are over %d", len(f.content), maxBinary)
	}
	return err
}
