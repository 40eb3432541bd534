package profile

import (
	"slices"
	"strings"
)

// Named gives what people call the fields of the layout, and under the names of their groups, such as holder, what they
// call the first file in which there is something of the group.
func (l Layout) Named() map[string]Field {
	named := make(map[string]Field)
	for _, app := range l.applications {
		for _, file := range app.Files {
			for _, r := range file.Records {
				group, _, is := strings.Cut(r.Field, ".")
				if _, known := named[group]; is && !known {
					named[group] = Field{Name: group, Label: file.Label}
				}
			}
		}
	}
	for _, f := range l.fields {
		named[f.Name] = f
	}
	return named
}

// Named is that of all layouts together. Where they differ the national ones go before those of regions, and the newest
// before the others.
func (s *Set) Named() map[string]Field {
	named := make(map[string]Field)
	for _, r := range s.regions {
		for _, l := range slices.Backward(r.layouts) {
			for name, f := range l.Named() {
				if _, known := named[name]; !known {
					named[name] = f
				}
			}
		}
	}
	return named
}
