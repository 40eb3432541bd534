package profile

// check finds what is wrong in every version.
func (t tree) check() error {
	for _, k := range t.keys {
		if err := k.check(); err != nil {
			return err
		}
	}
	for _, a := range t.applications {
		if err := a.check(); err != nil {
			return err
		}
		for _, f := range a.files {
			if err := f.check(); err != nil {
				return err
			}
			if err := t.checkAccess(f.read); err != nil {
				return err
			}
			if err := t.checkAccess(f.update); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a application) check() error {
	if err := a.label.check(a.at); err != nil {
		return err
	}
	if len(a.selects) == 0 {
		return a.at.errorf("no select")
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
	if err := f.checkContent(); err != nil {
		return err
	}
	for _, r := range f.records {
		if err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

// content is what files of a structure are told by.
type content struct{ length, count, records, items bool }

var contents = map[Structure]content{
	Variable:    {records: true},
	Fixed:       {records: true, items: true, count: true},
	Cyclic:      {items: true, count: true},
	Transparent: {length: true},
}

func (f file) checkContent() error {
	may := contents[f.structure]
	for _, m := range []struct {
		name       string
		given, may bool
	}{
		{"length", f.length > 0, may.length},
		{"count", f.count > 0, may.count},
		{"records", len(f.records) > 0, may.records},
		{"items", len(f.items) > 0, may.items},
	} {
		if m.given && !m.may {
			return f.at.errorf("a %s file has no %s", f.structure, m.name)
		}
	}
	switch {
	case may.length && f.length == 0:
		return f.at.errorf("no length")
	case len(f.records) > 0 && len(f.items) > 0:
		return f.at.errorf("want either records or items")
	case len(f.items) > 0 && f.items[0].Tag != 0:
		return f.at.errorf("items of a file have no tag")
	}
	return nil
}

func (r record) check() error {
	length := r.length()
	switch {
	case length == 0:
		return r.at.errorf("no length")
	case length > maxLength:
		return r.at.errorf("items take %d bytes, more than %d", length, maxLength)
	case r.Length > 0 && r.Length != length:
		return r.at.errorf("length is %d, but the items take %d", r.Length, length)
	case r.Take > length:
		return r.at.errorf("take is more than length")
	case r.empty():
		return r.at.errorf("until is not after since")
	case r.field != "" && r.continues != "":
		return r.at.errorf("want either field or continues")
	case len(r.items) > 0 && (r.field != "" || r.continues != "" || r.Format != "" || r.reused != nil):
		return r.at.errorf("a record of items has neither field nor format nor another meaning")
	case len(r.items) > 0 && r.items[0].Tag == 0:
		return r.at.errorf("items of a record have a tag")
	case r.reused != nil && r.reused.Length >= length:
		return r.at.errorf("reused is as long as the record, which leaves no room for EE")
	case r.field != "" && r.Format == "":
		return r.at.errorf("no format")
	case r.field == "" && r.Label == Label{}:
		return nil
	}
	return r.Label.check(r.at)
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
