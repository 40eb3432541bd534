package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	yamlv3 "go.yaml.in/yaml/v3"
)

// Load reads the file over the defaults. A key that is not known is refused, and so is what does not validate or does not
// pass the checks, which other packages may have. The error has every problem with its place ([Problems]).
func Load(path string, checks ...func(Config) error) (Config, error) {
	c := Default()
	validate := func() error {
		problems := []error{c.Validate()}
		for _, check := range checks {
			problems = append(problems, check(c))
		}
		return errors.Join(problems...)
	}
	if err := load(path, &c, validate); err != nil {
		return Config{}, err
	}
	return c, nil
}

// load reads the YAML of the file into a structure, strictly, and has it validated.
func load(path string, into any, validate func() error) error {
	k, parser := koanf.New("."), &strict{YAML: yaml.Parser(), into: reflect.TypeOf(into).Elem(), lines: make(map[string]int)}
	if err := k.Load(file.Provider(path), parser); err != nil {
		return &Problem{File: path, Text: err.Error(), cause: err}
	}
	return located(errors.Join(parser.problems, decode(k, into), validate()), path, parser.lines)
}

// decode fails for values that the structure has no place for.
func decode(k *koanf.Koanf, into any) error {
	err := k.UnmarshalWithConf("", into, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		TagName: "koanf", Result: into,
		MatchName: func(key, name string) bool { return key == name }, // and not in capitals
	}})
	var problems []error
	for _, one := range parts(err) {
		var at *mapstructure.DecodeError
		if errors.As(one, &at) {
			one = &Problem{Key: at.Name(), Text: at.Unwrap().Error()}
		}
		problems = append(problems, one)
	}
	return errors.Join(problems...)
}

// strict refuses what would silently be less than the administrator wrote: a second document, a key that is not known,
// and one without a value, such as fields with everything behind it commented out.
type strict struct {
	*yaml.YAML
	into     reflect.Type
	lines    map[string]int // where the keys stand
	problems error
}

// Unmarshal implements koanf.Parser.
func (s *strict) Unmarshal(b []byte) (map[string]any, error) {
	documents := yamlv3.NewDecoder(bytes.NewReader(b))
	var first, second yamlv3.Node
	if err := documents.Decode(&first); err == nil && !errors.Is(documents.Decode(&second), io.EOF) {
		return nil, errors.New("more than one document")
	}
	values, err := s.YAML.Unmarshal(b) // which refuses aliases without end, too
	if err != nil {
		return nil, fmt.Errorf("not a YAML object: %w", err)
	}
	for _, root := range first.Content {
		s.walk("", root, s.into)
	}
	return values, nil
}

// walk goes through all that is below a node, which is to become a t.
func (s *strict) walk(key string, n *yamlv3.Node, t reflect.Type) {
	switch {
	case n.Kind == yamlv3.AliasNode:
		s.walk(key, n.Alias, t)
	case n.Kind == yamlv3.MappingNode && t.Kind() == reflect.Struct:
		for i := 0; i+1 < len(n.Content); i += 2 {
			s.walkMember(key, n.Content[i], n.Content[i+1], t)
		}
	case n.Kind == yamlv3.SequenceNode && t.Kind() == reflect.Slice:
		for i, item := range n.Content {
			at := fmt.Sprintf("%s[%d]", key, i)
			s.lines[at] = item.Line
			s.walk(at, item, t.Elem())
		}
	case n.ShortTag() == "!!null" && key != "":
		s.complain(key, "has no value: without the key the default holds, and [] is an empty list")
	}
}

func (s *strict) walkMember(key string, name, value *yamlv3.Node, t reflect.Type) {
	at := strings.TrimPrefix(key+"."+name.Value, ".")
	s.lines[at] = name.Line
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("koanf") == name.Value && name.Value != "-" {
			s.walk(at, value, t.Field(i).Type)
			return
		}
	}
	s.complain(at, "is no key of the configuration")
}

func (s *strict) complain(key, problem string) {
	s.problems = errors.Join(s.problems, check(false, key, problem))
}
