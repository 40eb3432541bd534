package profile

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Error is what is wrong with a file of ours or of the administrator's, and where.
type Error struct {
	File string
	Line int    // 0 if only the YAML parser knows it; Err then says
	Path string // applications.SSSE.files.EF06.records[2].tag
	Err  error
}

func (e *Error) Error() string {
	at := e.File
	if e.Line > 0 {
		at += ":" + strconv.Itoa(e.Line)
	}
	if e.Path != "" {
		at += ": " + e.Path
	}
	return fmt.Sprintf("%s: %v", at, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// place is where in a layout file something was said.
type place struct {
	file, path string
	line       int
}

func (p place) errorf(format string, args ...any) error {
	return &Error{File: p.file, Line: p.line, Path: p.path, Err: fmt.Errorf(format, args...)}
}

// node is a YAML node and its place. Layout files are read from nodes rather than into structs because maps have an
// order here, errors a place, and scalars no type: 01 is a tag, with or without quotes.
type node struct {
	place
	yaml *yaml.Node
}

func parse(file string, data []byte) (node, error) {
	top := place{file: file}
	var first, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		return node{}, top.errorf("file is empty")
	} else if err != nil {
		return node{}, top.errorf("%w", err)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return node{}, top.errorf("file holds more than one document")
	}
	return node{place: top}.child("", first.Content[0]), nil
}

func (n node) child(step string, y *yaml.Node) node {
	return node{place{n.file, strings.TrimPrefix(n.path+step, "."), y.Line}, y}
}

func (n node) scalar() bool { return n.yaml.Kind == yaml.ScalarNode }

// each visits the members of a mapping in their order.
func (n node) each(visit func(key string, value node) error) error {
	if n.yaml.Kind != yaml.MappingNode {
		return n.errorf("not a mapping")
	}
	seen := map[string]bool{}
	for pair := range slices.Chunk(n.yaml.Content, 2) {
		key, value := pair[0].Value, n.child("."+pair[0].Value, pair[1])
		if key == "" || seen[key] {
			return value.errorf("key is empty or given twice")
		}
		seen[key] = true
		if err := visit(key, value); err != nil {
			return err
		}
	}
	return nil
}

// items visits the items of a sequence.
func (n node) items(visit func(node) error) error {
	if n.yaml.Kind != yaml.SequenceNode {
		return n.errorf("not a list")
	}
	for i, item := range n.yaml.Content {
		if err := visit(n.child(fmt.Sprintf("[%d]", i), item)); err != nil {
			return err
		}
	}
	return nil
}

// A setter takes over what a node says.
type setter = func(node) error

// object sets the members of a mapping by their keys and refuses others.
func (n node) object(members map[string]setter) error {
	return n.each(func(key string, value node) error {
		set, ok := members[key]
		if !ok {
			known := slices.Sorted(maps.Keys(members))
			return value.errorf("unknown key; known are %s", strings.Join(known, ", "))
		}
		return set(value)
	})
}

func text(to *string) setter {
	return func(n node) error {
		if !n.scalar() || n.yaml.Value == "" || n.yaml.ShortTag() == "!!null" {
			return n.errorf("no text")
		}
		*to = n.yaml.Value
		return nil
	}
}

// parsed sets what parse makes of a text; if it makes nothing of it, the error says what was wanted.
func parsed[T any](to *T, want string, parse func(string) (T, bool)) setter {
	return func(n node) error {
		var s string
		if err := text(&s)(n); err != nil {
			return err
		}
		v, ok := parse(s)
		if !ok {
			return n.errorf("%q is not %s", s, want)
		}
		*to = v
		return nil
	}
}

func matching[T ~string](to *T, want string, pattern *regexp.Regexp) setter {
	return parsed(to, want, func(s string) (T, bool) { return T(s), pattern.MatchString(s) })
}

// oneOf takes one of some words.
func oneOf[T ~string](to *T, words ...T) setter {
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	return parsed(to, strings.Join(names, " or "), func(s string) (T, bool) { return T(s), slices.Contains(words, T(s)) })
}

// listOf replaces a list by the items of a sequence.
func listOf[T any](to *[]T, item func(*T) setter) setter {
	return func(n node) error {
		*to = nil
		return n.items(func(n node) error {
			var v T
			if err := item(&v)(n); err != nil {
				return err
			}
			*to = append(*to, v)
			return nil
		})
	}
}

func integer[T int | byte](to *T, low, high int) setter {
	return parsed(to, fmt.Sprintf("a number from %d to %d", low, high), func(s string) (T, bool) {
		i, err := strconv.Atoi(s)
		return T(i), err == nil && low <= i && i <= high
	})
}

func flag(to *bool) setter {
	return parsed(to, "true or false", func(s string) (bool, bool) { return s == "true", s == "true" || s == "false" })
}

// hexNumber wants all digits of the number, leading zeros too.
func hexNumber[T byte | uint16](to *T) setter {
	size := binary.Size(*to)
	return parsed(to, fmt.Sprintf("%d hexadecimal digits", 2*size), func(s string) (T, bool) {
		i, err := strconv.ParseUint(s, 16, 8*size)
		return T(i), err == nil && len(s) == 2*size
	})
}

func hexBytes(to *[]byte, low, high int) setter {
	return parsed(to, fmt.Sprintf("%d to %d bytes in hexadecimal", low, high), func(s string) ([]byte, bool) {
		b, err := hex.DecodeString(s)
		return b, err == nil && low <= len(b) && len(b) <= high
	})
}
