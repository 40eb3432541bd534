package profile

import "slices"

// build returns the layouts of a tree, one for each version from which on something changes, oldest first.
func (t tree) build() ([]Layout, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	var keys []Key
	for _, k := range t.keys {
		keys = append(keys, k.Key)
	}
	var layouts []Layout
	for _, v := range t.versions() {
		l := Layout{Version: string(v), keys: keys}
		if err := l.addAll(t.applications, v); err != nil {
			return nil, err
		}
		layouts = append(layouts, l)
	}
	return layouts, nil
}

func (t tree) versions() []version {
	all := []version{firstVersion}
	add := func(s span) { all = append(all, max(s.since, firstVersion), max(s.until, firstVersion)) }
	for _, a := range t.applications {
		for _, f := range a.files {
			add(f.span)
			for _, r := range slices.Concat(f.read, f.update) {
				add(r.span)
			}
			for _, r := range f.records {
				add(r.span)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (l *Layout) addAll(applications []application, v version) error {
	for _, a := range applications {
		app := Application{Name: a.name, Label: a.label, Select: a.selects}
		for _, f := range a.files {
			if !f.contains(v) {
				continue
			}
			built, err := l.addFile(f, v)
			if err != nil {
				return err
			}
			app.Files = append(app.Files, built)
		}
		l.applications = append(l.applications, app)
	}
	return nil
}

// addFile builds a file of one version and adds its fields to the layout.
func (l *Layout) addFile(f file, v version) (File, error) {
	built := File{
		Name: f.name, Label: f.label, FID: f.fid, SFI: f.sfi,
		Structure: f.structure, Length: f.length, Count: f.count, Items: f.items,
		Read: accessIn(f.read, v, free()), Update: accessIn(f.update, v, nil),
	}
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
		built.Records = append(built.Records, r.build())
	}
	if f.structure == Fixed || f.structure == Cyclic {
		built.Length = built.recordLength()
	}
	return built, nil
}

// fits checks a record against those before it.
func (l *Layout) fits(f File, r record) error {
	if _, twice := f.Record(r.Tag); twice {
		return r.at.errorf("tag %02X is used twice in version %s", r.Tag, l.Version)
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

// recordLength is what a record of a file of equal records takes.
func (f File) recordLength() int {
	length := 0
	for _, i := range f.Items {
		length += i.Length
	}
	for _, r := range f.Records {
		length = max(length, recordHeader+r.Length)
	}
	return length
}
