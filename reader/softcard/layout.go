package softcard

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sscard/apdu"
)

// masterFile is the identifier of the MF, which every card has, if only as an empty place to start from.
const masterFile uint16 = 0x3F00

func (b *builder) buildApplications(s cardSpec) error {
	card := b.card
	for _, name := range slices.Sorted(maps.Keys(s.Applications)) {
		a, err := b.application(s.Applications[name])
		if err != nil {
			return within("applications."+name, err)
		}
		card.applications = append(card.applications, a)
		if a.fid == masterFile {
			card.master = a
		}
	}
	if card.master == nil {
		card.master = &application{fid: masterFile}
		card.applications = append(card.applications, card.master)
	}
	return nil
}

func (b *builder) application(s applicationSpec) (*application, error) {
	name, err := apdu.ParseHex(s.Name)
	if err == nil && (len(name) == 0 || len(name) > 16) {
		err = errors.New("not 1 to 16 bytes")
	}
	if err != nil {
		return nil, within("name", err)
	}
	a := &application{name: name}
	if s.FID != "" {
		if a.fid, err = parseUint16(s.FID); err != nil {
			return nil, within("fid", err)
		}
	}
	if a.directory, err = parseSFI(s.Directory); err != nil {
		return nil, within("directory", err)
	}
	if a.keys, err = b.keys(s.Keys); err != nil {
		return nil, within("keys", err)
	}
	bySFI := map[byte]string{}
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		f, err := b.file(name, s.Files[name], a)
		if err != nil {
			return nil, within("files."+name, err)
		}
		if other, taken := bySFI[f.sfi]; taken && f.sfi != 0 {
			return nil, within("files."+name+".sfi", fmt.Errorf("%d is that of %s", f.sfi, other))
		}
		a.files, bySFI[f.sfi] = append(a.files, f), name
	}
	return a, nil
}

// rule reads "free", "PIN" and key names, joined by | where one of them does and by & where all must be.
func (b *builder) rule(text string, a *application) (rule, error) {
	if text == "" || text == "free" {
		return rule{}, nil
	}
	r, separator := rule{}, "|"
	if strings.Contains(text, "&") {
		r.all, separator = true, "&"
	}
	for name := range strings.SplitSeq(text, separator) {
		s := b.secret(strings.TrimSpace(name), a)
		if s == nil {
			return rule{}, fmt.Errorf("%q is neither PIN nor a key of this card", strings.TrimSpace(name))
		}
		r.secrets = append(r.secrets, s)
	}
	return r, nil
}

func (b *builder) secret(name string, a *application) *secret {
	if name == "PIN" {
		return b.card.pin
	}
	if key, ok := a.keys[name]; ok {
		return key
	}
	return b.card.keys[name]
}

const (
	structureCyclic      = "cyclic"
	structureTransparent = "transparent"
)

func (b *builder) file(name string, s fileSpec, a *application) (*file, error) {
	fid, err := parseUint16(name)
	if err != nil {
		return nil, err
	}
	f := &file{fid: fid, transparent: s.Structure == structureTransparent}
	if f.sfi, err = parseSFI(s.SFI); err != nil {
		return nil, within("sfi", err)
	}
	if f.read, err = b.rule(s.Read, a); err != nil {
		return nil, within("read", err)
	}
	switch s.Structure {
	case structureTransparent:
		return f, f.fill(s)
	case "", "variable", "fixed", structureCyclic:
		return f, f.fillRecords(s)
	}
	return nil, within("structure", fmt.Errorf("%q is not variable, fixed, cyclic or transparent", s.Structure))
}

func (f *file) fill(s fileSpec) (err error) {
	if s.Records != nil {
		return within("records", errors.New("in a transparent file"))
	}
	if f.binary, err = apdu.ParseHex(s.Binary); err != nil {
		return within("binary", err)
	}
	if s.Size < 0 || s.Size > maxBinary || len(f.binary) > maxBinary {
		return within("size", fmt.Errorf("not 0 to %d", maxBinary))
	}
	if missing := s.Size - len(f.binary); missing > 0 {
		f.binary = append(f.binary, bytes.Repeat([]byte{blankByte}, missing)...)
	}
	return nil
}

func (f *file) fillRecords(s fileSpec) error {
	if s.Binary != "" || s.Size != 0 {
		return within("binary", errors.New("in a file of records"))
	}
	for i, spec := range s.Records {
		r, err := spec.build(s.Structure == structureCyclic)
		if err != nil {
			return within(fmt.Sprintf("records[%d]", i), err)
		}
		f.records = append(f.records, r)
	}
	return nil
}
