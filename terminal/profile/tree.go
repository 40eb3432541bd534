package profile

import "slices"

// tree is a layout of all versions while layout files are laid over one another.
type tree struct {
	applications []application
	keys         []keyEntry
}

type application struct {
	at      place
	name    string
	label   Label
	selects []Selection
	files   []file
}

type file struct {
	at            place
	name          string
	label         Label
	fid           uint16
	sfi           byte
	structure     Structure
	length, count int
	read, update  []rule
	span
	records []record
	items   []Item
}

// overlay returns the tree with what a layout file says laid over it, and leaves the tree alone.
func (t tree) overlay(src source) (tree, error) {
	if src.keys.yaml != nil {
		if err := t.applyKeys(src.keys); err != nil {
			return tree{}, err
		}
	}
	if src.applications.yaml == nil {
		return t, nil
	}
	t.applications = slices.Clone(t.applications)
	err := src.applications.each(func(name string, n node) error {
		i := slices.IndexFunc(t.applications, func(a application) bool { return a.name == name })
		if i < 0 {
			i = len(t.applications)
			t.applications = append(t.applications, application{name: name})
		}
		return t.applications[i].apply(n)
	})
	return t, err
}

func (a *application) apply(n node) error {
	a.at = n.place
	return n.object(map[string]setter{
		"zh":     text(&a.label.ZH),
		"en":     text(&a.label.EN),
		"select": listOf(&a.selects, selectionSetter),
		"files":  a.applyFiles,
	})
}

// selectionSetter takes one way to select an application.
func selectionSetter(to *Selection) setter {
	return func(n node) error {
		err := n.object(map[string]setter{
			"name": hexBytes(&to.Name, 1, 16),
			"fid":  hexNumber(&to.FID),
		})
		if err != nil {
			return err
		}
		if (to.Name == nil) == (to.FID == 0) {
			return n.errorf("want either name or fid")
		}
		return nil
	}
}

func (a *application) applyFiles(n node) error {
	a.files = slices.Clone(a.files)
	return n.each(func(name string, n node) error {
		i := slices.IndexFunc(a.files, func(f file) bool { return f.name == name })
		if i < 0 {
			i = len(a.files)
			a.files = append(a.files, file{name: name, structure: Variable})
		}
		return a.files[i].apply(n)
	})
}

func (f *file) apply(n node) error {
	f.at = n.place
	f.records = slices.Clone(f.records)
	return n.object(map[string]setter{
		"zh":        text(&f.label.ZH),
		"en":        text(&f.label.EN),
		"fid":       hexNumber(&f.fid),
		"sfi":       integer(&f.sfi, 1, 30),
		"structure": parsed(&f.structure, "variable, fixed, cyclic or transparent", parseStructure),
		"length":    integer(&f.length, 1, maxTransparent),
		"count":     integer(&f.count, 1, maxRecords),
		"since":     versionSetter(&f.since),
		"until":     versionSetter(&f.until),
		"read":      ruleSetter(&f.read),
		"update":    ruleSetter(&f.update),
		"records":   func(n node) error { return n.items(f.applyRecord) },
		"items":     itemsSetter(&f.items),
	})
}

const (
	maxTransparent = 1 << 15 // READ BINARY has 15 bits for an offset
	maxRecords     = 254     // ISO/IEC 7816-4 §7.3.1: FF is reserved
)

func parseStructure(s string) (Structure, bool) {
	_, known := contents[Structure(s)]
	return Structure(s), known
}
