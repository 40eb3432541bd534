package profile

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
)

// layoutFile is a layout file or an asymmetric profile as read, and what to call it in errors.
type layoutFile struct {
	name string
	data []byte
}

// collect reads the files of a directory and of those in it. A YAML file where none is looked for is an error, lest
// somebody wait for it to work.
func collect(files map[string]layoutFile, fsys fs.FS, root string) error {
	for _, dir := range []string{".", "regions", asymmetricDir} {
		entries, err := fs.ReadDir(fsys, dir)
		if dir != "." && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return &Error{File: filepath.Join(root, dir), Err: err}
		}
		for _, entry := range entries {
			key := path.Join(dir, entry.Name())
			ext := path.Ext(key)
			if ext != ".yaml" && ext != ".yml" {
				continue
			}
			name := filepath.Join(root, key)
			if key != national && (dir == "." || ext == ".yml") {
				return &Error{File: name, Err: errors.New("files are national.yaml, regions/*.yaml and asymmetric/*.yaml")}
			}
			content, err := fs.ReadFile(fsys, key)
			if err != nil {
				return &Error{File: name, Err: err}
			}
			files[key] = layoutFile{name, content}
		}
	}
	return nil
}

// source is what a layout file says at its top.
type source struct {
	place
	match              string
	applications, keys node // without yaml where nothing is said
}

var regionPrefix = regexp.MustCompile(`^[0-9]{1,6}$`)

// parseAll returns the sources in the order of match: the national one first, and prefixes before what they begin.
func parseAll(files map[string]layoutFile) ([]source, error) {
	var sources []source
	for _, key := range slices.Sorted(maps.Keys(files)) {
		if path.Dir(key) == asymmetricDir {
			continue
		}
		src, err := parseFile(files[key], key != national)
		if err != nil {
			return nil, err
		}
		sources = append(sources, src)
	}
	slices.SortStableFunc(sources, func(a, b source) int { return cmp.Compare(a.match, b.match) })
	for i, src := range sources[1:] {
		if before := sources[i]; before.match == src.match {
			return nil, src.errorf("match %s is given in %s too", src.match, before.file)
		}
	}
	return sources, nil
}

func parseFile(file layoutFile, regional bool) (source, error) {
	n, err := parse(file.name, file.data)
	if err != nil {
		return source{}, err
	}
	src := source{place: n.place}
	members := map[string]setter{
		"applications": func(n node) error { src.applications = n; return nil },
		"keys":         func(n node) error { src.keys = n; return nil },
	}
	if regional {
		members["match"] = matching(&src.match, "1 to 6 digits of a region code", regionPrefix)
	}
	if err := n.object(members); err != nil {
		return source{}, err
	}
	switch {
	case !regional && src.applications.yaml == nil:
		return source{}, n.errorf("no applications")
	case regional && src.match == "":
		return source{}, n.errorf("no match")
	}
	return src, nil
}

// blame names this source in an error that it brought out in one below it.
func (s source) blame(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.File != s.file {
		return s.errorf("breaks %w", err)
	}
	return err
}
