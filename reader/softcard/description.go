package softcard

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// FormatError says what is wrong with a description and where: Path is the way from the top to the
// value, such as "applications.SSSE.files.EF05.records[2].hex", and empty for the document as a whole.
type FormatError struct {
	Path string
	Err  error
}

func (e *FormatError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("softcard: %v", e.Err)
	}
	return fmt.Sprintf("softcard: %s: %v", e.Path, e.Err)
}

func (e *FormatError) Unwrap() error { return e.Err }

// within puts step before the path of err.
func within(step string, err error) error {
	if err == nil {
		return nil
	}
	inner, ok := errors.AsType[*FormatError](err)
	switch {
	case !ok:
		return &FormatError{Path: step, Err: err}
	case strings.HasPrefix(inner.Path, "["):
		return &FormatError{Path: step + inner.Path, Err: inner.Err}
	}
	return &FormatError{Path: step + "." + inner.Path, Err: inner.Err}
}

// An Option changes how a card is made.
type Option func(*Card)

// WithRandom has the card take its challenges from r, crypto/rand's reader without this option. Once r
// is at its end, GET CHALLENGE is answered with 6985.
func WithRandom(r io.Reader) Option { return func(c *Card) { c.random = r } }

// maxDescription bounds what [Load] reads.
const maxDescription = 1 << 20

// Load makes the card that r describes and powers it on. Descriptions are at most 1 MiB long.
func Load(r io.Reader, options ...Option) (*Card, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxDescription+1))
	if err != nil {
		return nil, fmt.Errorf("softcard: %w", err)
	}
	return Parse(b, options...)
}

// Parse makes the card that b describes and powers it on. What is wrong with b is a [FormatError].
func Parse(b []byte, options ...Option) (*Card, error) {
	if len(b) > maxDescription {
		return nil, &FormatError{Err: fmt.Errorf("over %d bytes", maxDescription)}
	}
	card, err := build(b)
	if err != nil {
		return nil, err
	}
	card.random = rand.Reader
	for _, option := range options {
		option(card)
	}
	card.powerOn()
	return card, nil
}

// spec is a description that was read.
type spec interface{ build() (*Card, error) }

// build reads a description and makes what it says it describes.
func build(b []byte) (*Card, error) {
	var head struct {
		Kind string `yaml:"kind"`
	}
	_ = yaml.Unmarshal(b, &head) // what is wrong is found again, and located, below
	switch head.Kind {
	case "":
		return built[cardSpec](b)
	case kindPSAM:
		return built[psamSpec](b)
	}
	return nil, within("kind", fmt.Errorf("%q is not %s", head.Kind, kindPSAM))
}

func built[S spec](b []byte) (*Card, error) {
	s, err := decode[S](b)
	if err != nil {
		return nil, err
	}
	return s.build()
}

const kindPSAM = "psam"

// The specs are the description as it is written; values stay text until they are built, where the path
// is known.

// headSpec is what both kinds of card have.
type headSpec struct {
	Kind        string     `yaml:"kind"`
	Description Text       `yaml:"description"`
	Interface   string     `yaml:"interface"`
	ATR         string     `yaml:"atr"`
	Quirks      quirksSpec `yaml:"quirks"`
}

type cardSpec struct {
	headSpec     `yaml:",inline"`
	Algorithm    string                     `yaml:"algorithm"`
	PIN          *pinSpec                   `yaml:"pin"`
	Keys         map[string]keySpec         `yaml:"keys"`
	Applications map[string]applicationSpec `yaml:"applications"`
}

type pinSpec struct {
	Value string `yaml:"value"`
	Tries int    `yaml:"tries"`
}

type keySpec struct {
	ID      string `yaml:"id"`
	Root    string `yaml:"root"`
	Key     string `yaml:"key"`
	Tries   int    `yaml:"tries"`
	Version *byte  `yaml:"version"`
}

type applicationSpec struct {
	Name      string              `yaml:"name"`
	FID       string              `yaml:"fid"`
	Directory int                 `yaml:"directory"`
	Keys      map[string]keySpec  `yaml:"keys"`
	Files     map[string]fileSpec `yaml:"files"`
	Medical   *medicalSpec        `yaml:"medical"`
	SM2       *signerSpec         `yaml:"sm2"`
}

type signerSpec struct {
	Form      string `yaml:"form"`
	Key       string `yaml:"key"`
	Reference string `yaml:"reference"`
	ID        string `yaml:"id"`
	Hash      string `yaml:"hash"`
	Layout    string `yaml:"layout"`
	Use       string `yaml:"use"`
}

type medicalSpec struct {
	Account     uint32  `yaml:"account"`
	Self        uint32  `yaml:"self"`
	Fund        uint32  `yaml:"fund"`
	Year        string  `yaml:"year"`
	Settlements uint16  `yaml:"settlements"`
	Loads       uint16  `yaml:"loads"`
	DPK         keySpec `yaml:"DPK"`
	DLK         keySpec `yaml:"DLK"`
	DTK         keySpec `yaml:"DTK"`
}

type fileSpec struct {
	SFI         int          `yaml:"sfi"`
	Structure   string       `yaml:"structure"`
	Read        string       `yaml:"read"`
	Update      string       `yaml:"update"`
	Records     []recordSpec `yaml:"records"`
	Binary      string       `yaml:"binary"`
	Certificate string       `yaml:"certificate"`
	Size        int          `yaml:"size"`
	Room        int          `yaml:"room"`
	Length      int          `yaml:"length"`
}

type recordSpec struct {
	Tag    string  `yaml:"tag"`
	Hex    *string `yaml:"hex"`
	Text   *string `yaml:"text"`
	Digits *string `yaml:"digits"`
	Length int     `yaml:"length"`
}

type quirksSpec struct {
	Manners string        `yaml:"manners"`
	Short   int           `yaml:"short"`
	Refuse  []refusalSpec `yaml:"refuse"`
}

type refusalSpec struct {
	INS  string `yaml:"ins"`
	P1   string `yaml:"p1"`
	Mode *int   `yaml:"mode"`
	SFI  bool   `yaml:"sfi"`
	SW   string `yaml:"sw"`
}

func decode[S any](b []byte) (spec S, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(b))
	decoder.KnownFields(true)
	if err := decoder.Decode(&spec); err != nil {
		return spec, located(b, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return spec, &FormatError{Err: errors.New("more than one document")}
	}
	return spec, nil
}

// located gives the first fault of a [yaml.TypeError] the path that its line number stands for.
func located(b []byte, err error) error {
	faults, ok := errors.AsType[*yaml.TypeError](err)
	var document yaml.Node
	if !ok || yaml.Unmarshal(b, &document) != nil {
		return &FormatError{Err: err}
	}
	var line int
	fault := faults.Errors[0]
	if _, err := fmt.Sscanf(fault, "line %d:", &line); err != nil {
		return &FormatError{Err: err}
	}
	path, _ := pathTo(&document, line, "")
	return &FormatError{Path: path, Err: errors.New(fault)}
}

// pathTo is the way to the first key or item on a line; a mapping in braces counts as one item.
func pathTo(node *yaml.Node, line int, path string) (string, bool) {
	for i, child := range node.Content {
		step := path
		switch {
		case node.Kind == yaml.SequenceNode:
			step = fmt.Sprintf("%s[%d]", path, i)
		case node.Kind == yaml.MappingNode:
			step = strings.TrimPrefix(path+"."+node.Content[i&^1].Value, ".") // keys are the even ones
		}
		if child.Line == line && (child.Kind == yaml.ScalarNode || child.Style&yaml.FlowStyle != 0) {
			return step, true
		}
		if found, ok := pathTo(child, line, step); ok {
			return found, true
		}
	}
	return "", false
}
