package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Problem is one thing that is wrong with a configuration, and where.
type Problem struct {
	File string // empty: it came from no file
	Line int    // from 1; 0: not known
	Key  string // such as "origins[0].fields"; empty: the file as a whole
	Text string

	cause error
}

// Error gives the place first, as compilers do.
func (p *Problem) Error() string {
	at := ErrInvalid.Error()
	if p.File != "" {
		at += " " + p.File
	}
	if p.Line > 0 {
		at += fmt.Sprintf(":%d", p.Line)
	}
	if p.Key != "" {
		at += ": " + p.Key
	}
	return at + ": " + p.Text
}

func (p *Problem) Unwrap() []error { return []error{ErrInvalid, p.cause} }

// Wrong is that a key has a value which cannot be used, because of err; nil where that is.
func Wrong(key string, err error) error {
	if err == nil {
		return nil
	}
	return &Problem{Key: key, Text: err.Error(), cause: err}
}

// Problems takes an error of this package apart.
func Problems(err error) (problems []*Problem) {
	for _, one := range parts(err) {
		var p *Problem
		if !errors.As(one, &p) {
			p = &Problem{Text: one.Error(), cause: one}
		}
		problems = append(problems, p)
	}
	return problems
}

// parts are the errors that were joined to one.
func parts(err error) (all []error) {
	joined, several := err.(interface{ Unwrap() []error })
	_, one := err.(*Problem)
	switch {
	case err == nil:
		return nil
	case one || !several:
		return []error{err}
	}
	for _, part := range joined.Unwrap() {
		all = append(all, parts(part)...)
	}
	return all
}

// located says of the problems in which line of the file they are, in the order of the lines. Of two problems of one
// key the first counts: what cannot be read is not also out of range.
func located(err error, file string, lines map[string]int) error {
	problems := Problems(err)
	for _, p := range problems {
		p.File, p.Line = file, lines[p.Key]
	}
	slices.SortStableFunc(problems, func(a, b *Problem) int { return cmp.Compare(a.Line, b.Line) })
	var told []error
	seen := make(map[string]bool)
	for _, p := range problems {
		if p.Key == "" || !seen[p.Key] {
			told = append(told, p)
		}
		seen[p.Key] = true
	}
	return errors.Join(told...)
}

func check(ok bool, at, problem string) error {
	if ok {
		return nil
	}
	return &Problem{Key: at, Text: problem}
}
