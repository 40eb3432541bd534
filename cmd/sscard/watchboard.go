package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sscard/reader"
	"sscard/terminal/apitype"
)

// board is what a person at a terminal sees of watch: all readers as they are now, and below what happened last.
type board struct {
	program *program
	readers []apitype.SeenReader
	lost    apitype.Code // why there are no readers; empty: the service is there
	last    []string
}

const (
	boardLines  = 10
	clearScreen = "\x1b[H\x1b[2J\x1b[3J"
)

// show takes what happened in, and draws the board anew.
func (b *board) show(e apitype.Event) error {
	b.take(e)
	if e.Type != apitype.EventSnapshot {
		b.last = append(b.last, b.program.happening(e))
		b.last = b.last[max(0, len(b.last)-boardLines):]
	}
	if _, err := io.WriteString(b.program.stdout, clearScreen); err != nil {
		return err
	}
	return b.draw()
}

func (b *board) take(e apitype.Event) {
	switch e.Type {
	case apitype.EventSnapshot:
		b.readers, b.lost = slices.Clone(e.Readers), e.Code
	case apitype.EventServiceLost:
		b.readers, b.lost = nil, e.Code
	case apitype.EventServiceRestored:
		b.lost = ""
	case apitype.EventReaderRemoved:
		b.readers = slices.DeleteFunc(b.readers, func(r apitype.SeenReader) bool { return r.ID == e.Reader.ID })
	case apitype.EventReaderAdded, apitype.EventCardInserted, apitype.EventCardIdentified, apitype.EventCardRemoved:
		b.takeReader(e)
	}
}

func (b *board) takeReader(e apitype.Event) {
	r := b.reader(e)
	r.Interface = e.Interface
	switch e.Type {
	case apitype.EventCardInserted:
		r.Card = &apitype.SeenCard{Card: e.Card, Since: e.Time, Generation: e.Generation, Code: e.Code}
	case apitype.EventCardRemoved:
		r.Card = nil
	case apitype.EventCardIdentified:
		if r.Card != nil {
			known := *r.Card
			known.Generation, known.Code = e.Generation, e.Code
			r.Card = &known
		}
	}
}

// reader is the one that the event is of, new on the board where it was not there.
func (b *board) reader(e apitype.Event) *apitype.SeenReader {
	i := slices.IndexFunc(b.readers, func(r apitype.SeenReader) bool { return r.ID == e.Reader.ID })
	if i < 0 {
		i = len(b.readers)
		b.readers = append(b.readers, apitype.SeenReader{ID: e.Reader.ID, Name: e.Reader.Name, Role: e.Role})
	}
	return &b.readers[i]
}

func (b *board) draw() error {
	p, t := b.program, table{}
	for _, r := range b.readers {
		t.row(r.Name, p.sayInterface(reader.Interface(r.Interface)), p.sayRole(reader.Role(r.Role)), b.card(r.Card))
	}
	if len(b.readers) == 0 {
		nothing := p.say(sayNoReader)
		if b.lost != "" {
			nothing = b.lost.Entry().Title.In(p.lang)
		}
		t.row(nothing)
	}
	if err := t.print(p.stdout); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "\n%s", strings.Join(b.last, ""))
	return err
}

func (b *board) card(c *apitype.SeenCard) string {
	if c == nil {
		return b.program.say(sayEmpty)
	}
	said := []string{b.program.say(sayHoldsCard)}
	if c.Generation > 0 {
		said = append(said, fmt.Sprintf("%d.0", c.Generation))
	}
	if c.Code != "" {
		said = append(said, c.Code.Entry().Title.In(b.program.lang))
	}
	return strings.Join(append(said, c.Since.Local().Format(time.TimeOnly)), "  ")
}
