package profile

import (
	"regexp"
	"slices"
)

// tree is a layout of all versions while layout files are laid over one another.
type tree []application

type application struct {
	at      place
	name    string
	label   Label
	selects []Selection
	files   []file
}

type file struct {
	at    place
	name  string
	label Label
	fid   uint16
	sfi   byte
	read  []rule
	span
	records []record
}

// rule is the key that reading a file needs in a span of versions.
type rule struct {
	span
	needs string
}

type record struct {
	at               place
	tag              byte
	length, take     int
	field, continues string
	format           Format
	label            Label
	personal         bool
	values           map[string]Label
	span

	// Only for the layout file being laid over.
	after  byte
	remove bool
}

var (
	fieldName   = regexp.MustCompile(`^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$`)
	versionName = regexp.MustCompile(`^[1-9](\.[0-9]{1,2})?$`)
)

// overlay returns the tree with what n says laid over it, and leaves the tree alone.
func (t tree) overlay(n node) (tree, error) {
	over := slices.Clone(t)
	err := n.each(func(name string, n node) error {
		i := slices.IndexFunc(over, func(a application) bool { return a.name == name })
		if i < 0 {
			i = len(over)
			over = append(over, application{name: name})
		}
		return over[i].apply(n)
	})
	return over, err
}

func (a *application) apply(n node) error {
	a.at = n.place
	return n.object(map[string]setter{
		"zh":     text(&a.label.ZH),
		"en":     text(&a.label.EN),
		"select": a.applySelect,
		"files":  a.applyFiles,
	})
}

func (a *application) applySelect(n node) error {
	a.selects = nil
	return n.items(func(n node) error {
		var s Selection
		err := n.object(map[string]setter{
			"name": hexBytes(&s.Name, 1, 16),
			"fid":  hexNumber(&s.FID),
		})
		if err != nil {
			return err
		}
		if (s.Name == nil) == (s.FID == 0) {
			return n.errorf("want either name or fid")
		}
		a.selects = append(a.selects, s)
		return nil
	})
}

func (a *application) applyFiles(n node) error {
	a.files = slices.Clone(a.files)
	return n.each(func(name string, n node) error {
		i := slices.IndexFunc(a.files, func(f file) bool { return f.name == name })
		if i < 0 {
			i = len(a.files)
			a.files = append(a.files, file{name: name})
		}
		return a.files[i].apply(n)
	})
}

func (f *file) apply(n node) error {
	f.at = n.place
	f.records = slices.Clone(f.records)
	return n.object(map[string]setter{
		"zh":      text(&f.label.ZH),
		"en":      text(&f.label.EN),
		"fid":     hexNumber(&f.fid),
		"sfi":     integer(&f.sfi, 1, 30),
		"since":   versionSetter(&f.since),
		"until":   versionSetter(&f.until),
		"read":    f.applyRead,
		"records": func(n node) error { return n.items(f.applyRecord) },
	})
}

func (f *file) applyRead(n node) error {
	f.read = nil
	return n.items(func(n node) error {
		var r rule
		err := n.object(map[string]setter{
			"since": versionSetter(&r.since),
			"until": versionSetter(&r.until),
			"needs": text(&r.needs),
		})
		if err != nil {
			return err
		}
		if r.empty() {
			return n.errorf("until is not after since")
		}
		f.read = append(f.read, r)
		return nil
	})
}

func (f *file) applyRecord(n node) error {
	var r record
	if err := r.apply(n); err != nil {
		return err
	}
	if r.tag == 0 {
		return n.errorf("no tag")
	}
	remove, after, to := r.remove, r.after, len(f.records)
	if i := f.inherited(r); i >= 0 {
		r, to = f.records[i], i
		if err := r.apply(n); err != nil {
			return err
		}
		f.records = slices.Delete(f.records, i, i+1)
	} else if remove {
		return n.errorf("no record of tag %02X to remove", r.tag)
	}
	if remove {
		return nil
	}
	if after != 0 {
		i := slices.IndexFunc(f.records, func(r record) bool { return r.tag == after })
		if i < 0 {
			return n.errorf("no record of tag %02X to come after", after)
		}
		to = i + 1
	}
	f.records = slices.Insert(f.records, to, r)
	return nil
}

// inherited finds the record that another layout file gave the tag of r; among several, the one of the same since.
func (f *file) inherited(r record) int {
	found := -1
	for i, old := range f.records {
		if old.tag == r.tag && old.at.file != r.at.file && (found < 0 || old.since == r.since) {
			found = i
		}
	}
	return found
}

func (r *record) apply(n node) error {
	r.at = n.place
	return n.object(map[string]setter{
		"tag":       hexNumber(&r.tag),
		"length":    integer(&r.length, 1, 255),
		"take":      integer(&r.take, 1, 255),
		"field":     matching(&r.field, "a field name like group.member", fieldName),
		"continues": matching(&r.continues, "a field name like group.member", fieldName),
		"format":    formatSetter(&r.format),
		"zh":        text(&r.label.ZH),
		"en":        text(&r.label.EN),
		"personal":  flag(&r.personal),
		"values":    r.applyValues,
		"since":     versionSetter(&r.since),
		"until":     versionSetter(&r.until),
		"after":     hexNumber(&r.after),
		"remove":    flag(&r.remove),
	})
}

func (r *record) applyValues(n node) error {
	r.values = map[string]Label{}
	return n.each(func(code string, n node) error {
		var l Label
		if err := n.object(map[string]setter{"zh": text(&l.ZH), "en": text(&l.EN)}); err != nil {
			return err
		}
		r.values[code] = l
		return l.check(n.place)
	})
}

func formatSetter(to *Format) setter {
	return parsed(to, "text, digits, hex or date", func(s string) (Format, bool) {
		return Format(s), decoders[Format(s)] != nil
	})
}

func versionSetter(to *version) setter {
	return parsed(to, "a version like 2 or 2.0", func(s string) (version, bool) {
		return versionOf(s), versionName.MatchString(s)
	})
}
