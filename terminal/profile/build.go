package profile

import (
	"slices"
	"strings"
)

// build returns the layouts of a tree, one for each version from which on something changes, oldest first.
func (t tree) build() ([]Layout, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	var layouts []Layout
	for _, v := range t.versions() {
		l, err := t.layout(v)
		if err != nil {
			return nil, err
		}
		layouts = append(layouts, l)
	}
	return layouts, nil
}

// check finds what is wrong in every version.
func (t tree) check() error {
	for _, a := range t {
		if err := a.label.check(a.at); err != nil {
			return err
		}
		if len(a.selects) == 0 {
			return a.at.errorf("no select")
		}
		for _, f := range a.files {
			if err := f.check(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f file) check() error {
	if err := f.label.check(f.at); err != nil {
		return err
	}
	switch {
	case f.fid == 0:
		return f.at.errorf("no fid")
	case f.empty():
		return f.at.errorf("until is not after since")
	}
	for _, r := range f.records {
		if err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

func (r record) check() error {
	switch {
	case r.length == 0:
		return r.at.errorf("no length")
	case r.take > r.length:
		return r.at.errorf("take is more than length")
	case r.empty():
		return r.at.errorf("until is not after since")
	case r.field != "" && r.continues != "":
		return r.at.errorf("want either field or continues")
	case r.field == "":
		return nil
	case r.format == "":
		return r.at.errorf("no format")
	}
	return r.label.check(r.at)
}

func (l Label) check(at place) error {
	switch "" {
	case l.ZH:
		return at.errorf("no zh")
	case l.EN:
		return at.errorf("no en")
	}
	return nil
}

func (t tree) versions() []version {
	all := []version{firstVersion}
	add := func(s span) { all = append(all, max(s.since, firstVersion), max(s.until, firstVersion)) }
	for _, a := range t {
		for _, f := range a.files {
			add(f.span)
			for _, rule := range f.read {
				add(rule.span)
			}
			for _, r := range f.records {
				add(r.span)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (t tree) layout(v version) (Layout, error) {
	l := Layout{Version: string(v)}
	for _, a := range t {
		app := Application{Name: a.name, Label: a.label, Select: a.selects}
		for _, f := range a.files {
			if !f.contains(v) {
				continue
			}
			built, err := l.addFile(f, v)
			if err != nil {
				return Layout{}, err
			}
			app.Files = append(app.Files, built)
		}
		l.applications = append(l.applications, app)
	}
	return l, nil
}

// addFile builds a file of one version and adds its fields to the layout.
func (l *Layout) addFile(f file, v version) (File, error) {
	rule, _ := find(f.read, func(r rule) bool { return r.contains(v) })
	built := File{Name: f.name, Label: f.label, FID: f.fid, SFI: f.sfi, Needs: rule.needs}
	for _, r := range f.records {
		if !r.contains(v) {
			continue
		}
		if err := l.fits(built, r); err != nil {
			return File{}, err
		}
		if r.field != "" {
			l.fields = append(l.fields, r.document())
		}
		built.Records = append(built.Records, Record{
			Tag: r.tag, Length: r.length, Field: r.field + r.continues, Continues: r.continues != "",
			Format: r.format, Take: r.take,
		})
	}
	return built, nil
}

// fits checks a record against those before it.
func (l *Layout) fits(f File, r record) error {
	if _, twice := find(f.Records, func(o Record) bool { return o.Tag == r.tag }); twice {
		return r.at.errorf("tag %02X is used twice in version %s", r.tag, l.Version)
	}
	if _, twice := l.Field(r.field); twice {
		return r.at.errorf("field %s is given twice in version %s", r.field, l.Version)
	}
	begins := func(o Record) bool { return o.Field == r.continues && o.Format == Text }
	if _, begun := find(f.Records, begins); r.continues != "" && !begun {
		return r.at.errorf("continues %s, which is no text before it in version %s", r.continues, l.Version)
	}
	return nil
}

// document is the field of a record. What a card says of its holder is personal, whoever forgets to say so, and
// what a region keeps beside may be.
func (r record) document() Field {
	group, member, _ := strings.Cut(r.field, ".")
	return Field{
		Name: r.field, Group: group, Member: member, Label: r.label,
		Personal: r.personal || group != "issuer", Values: r.values,
	}
}
