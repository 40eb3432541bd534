package profile

import (
	"embed"
	"io/fs"
	"os"
	"slices"
	"strings"
)

//go:embed data/national.yaml data/regions/*.yaml data/asymmetric/*.yaml
var data embed.FS

const national = "national.yaml"

// Set is all layouts and asymmetric profiles there are.
type Set struct {
	regions []region // in the order of match; the first is the national one, whose match is ""
	fields  []Field

	asymmetric []Asymmetric // by file name
}

// region is the layouts of the region codes that start with match.
type region struct {
	match   string
	layouts []Layout // by the version they begin with, oldest first
}

// Load returns what is built in, overlaid by the files of dir unless dir is "": its national.yaml replaces the national
// layout, its regions/*.yaml replace regions by file name or add some, and so do its asymmetric/*.yaml with asymmetric
// profiles. What is wrong with a file is an [*Error].
func Load(dir string) (*Set, error) {
	builtin, err := fs.Sub(data, "data")
	if err != nil {
		return nil, err
	}
	files := map[string]layoutFile{}
	if err := collect(files, builtin, "built-in"); err != nil {
		return nil, err
	}
	if dir != "" {
		if err := collect(files, os.DirFS(dir), dir); err != nil {
			return nil, err
		}
	}
	return build(files)
}

// Layout returns the layout of a card: version as the card gives it ("2.0", "3.00"), "" being 1.0; region six digits,
// or "" for the national layout.
func (s *Set) Layout(version, code string) Layout {
	v := versionOf(version)
	layouts := s.regions[s.longest(code)].layouts
	l := layouts[0]
	for _, next := range layouts {
		if next.Version <= string(v) {
			l = next
		}
	}
	l.Version, l.Region = string(v), code
	return l
}

// longest finds the last region that matches a code, and by the order of regions that is the longest.
func (s *Set) longest(code string) int {
	for i, r := range slices.Backward(s.regions) {
		if strings.HasPrefix(code, r.match) {
			return i
		}
	}
	return 0
}

// Fields returns every field that any layout can give, the national ones first.
func (s *Set) Fields() []Field { return s.fields }

// build lays the files over one another, each over the one with the next shorter match.
func build(files map[string]layoutFile) (*Set, error) {
	sources, err := parseAll(files)
	if err != nil {
		return nil, err
	}
	s, trees := &Set{}, make([]tree, len(sources))
	for i, src := range sources {
		if i > 0 {
			trees[i] = trees[s.longest(src.match)]
		}
		if trees[i], err = trees[i].overlay(src); err != nil {
			return nil, err
		}
		layouts, err := trees[i].build()
		if err != nil {
			return nil, src.blame(err)
		}
		s.regions = append(s.regions, region{src.match, layouts})
	}
	s.fields = s.union()
	if s.asymmetric, err = parseAsymmetric(files); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Set) union() []Field {
	var fields []Field
	seen := map[string]bool{}
	for _, r := range s.regions {
		for _, l := range r.layouts {
			for _, f := range l.fields {
				if !seen[f.Name] {
					seen[f.Name] = true
					fields = append(fields, f)
				}
			}
		}
	}
	return fields
}
