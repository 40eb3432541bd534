package main

import (
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// table lines up columns as they look on a terminal, where a Chinese character is two cells wide.
type table struct{ rows [][]string }

// row takes cells as cards and readers give them.
func (t *table) row(cells ...string) {
	plain := make([]string, len(cells))
	for i, cell := range cells {
		plain[i] = plainText(cell)
	}
	t.rows = append(t.rows, plain)
}

// plainText is text of a card or a reader, with nothing in it that a terminal would obey: a forged card could hide what is said of it.
func plainText(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsGraphic(c) {
			return c
		}
		return unicode.ReplacementChar
	}, s)
}

func (t *table) print(w io.Writer) error {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], cellsOf(cell))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-cellsOf(cell)+2))
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cellsOf is the width of s in terminal cells.
func cellsOf(s string) (cells int) {
	for _, r := range s {
		cells++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			cells++
		}
	}
	return cells
}
