package softcard

import (
	"cmp"
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
		a.label = name
		card.applications = append(card.applications, a)
	}
	b.addMaster()
	return nil
}

// addMaster finds the MF, and adds one that is empty where no application is it.
func (b *builder) addMaster() {
	card := b.card
	i := slices.IndexFunc(card.applications, func(a *application) bool { return a.fid == masterFile })
	if i < 0 {
		i = len(card.applications)
		card.applications = append(card.applications, &application{fid: masterFile})
	}
	card.master = card.applications[i]
}

// named makes an application without content.
func named(name, fid string) (_ *application, err error) {
	a := &application{}
	if a.name, err = apdu.ParseHex(name); err == nil && (len(a.name) == 0 || len(a.name) > 16) {
		err = errors.New("not 1 to 16 bytes")
	}
	if err != nil {
		return nil, within("name", err)
	}
	if fid != "" {
		a.fid, err = parseUint16(fid)
	}
	return a, within("fid", err)
}

func (b *builder) application(s applicationSpec) (*application, error) {
	a, err := named(s.Name, s.FID)
	if err != nil {
		return nil, err
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
	if s.Medical != nil {
		if a.medical, err = b.medical(*s.Medical, a); err != nil {
			return nil, within("medical", err)
		}
	}
	if s.SM2 != nil {
		a.signer, err = b.signer(*s.SM2, a)
	}
	return a, within("sm2", err)
}

// rule reads "free", "PIN" and key names, joined by | where one of them does and by & where all must be.
// Where nothing is said, the rule is absent.
func (b *builder) rule(text string, absent rule, a *application) (rule, error) {
	switch text {
	case "":
		return absent, nil
	case "free":
		return free, nil
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

func (b *builder) file(name string, s fileSpec, a *application) (*file, error) {
	fid, err := parseUint16(name)
	if err != nil {
		return nil, err
	}
	f := &file{fid: fid, structure: cmp.Or(structure(s.Structure), variable)}
	if f.sfi, err = parseSFI(s.SFI); err != nil {
		return nil, within("sfi", err)
	}
	if f.read, err = b.rule(s.Read, free, a); err != nil {
		return nil, within("read", err)
	}
	if f.update, err = b.rule(s.Update, rule{}, a); err != nil {
		return nil, within("update", err)
	}
	switch f.structure {
	case transparent:
		return f, f.fill(s)
	case variable, fixed:
		return f, f.fillRecords(s)
	case cyclic:
		return f, f.fillCyclic(s)
	}
	return nil, within("structure", fmt.Errorf("%q is not variable, fixed, cyclic or transparent", s.Structure))
}

func (f *file) fillRecords(s fileSpec) error {
	if s.Binary != "" || s.Certificate != "" || s.Size != 0 {
		return within("binary", errors.New("in a file of records"))
	}
	for i, spec := range s.Records {
		r, err := spec.build(f.structure == cyclic)
		if err != nil {
			return within(fmt.Sprintf("records[%d]", i), err)
		}
		f.records = append(f.records, r)
	}
	f.room = f.used()
	return f.onlyCyclic(s)
}

// onlyCyclic refuses what only a cyclic file has.
func (f *file) onlyCyclic(s fileSpec) error {
	if f.structure != cyclic && (s.Room != 0 || s.Length != 0) {
		return within("room", errors.New("in a file that is not cyclic"))
	}
	return nil
}

// fillCyclic makes records of one length: that which is said, or that of the first.
func (f *file) fillCyclic(s fileSpec) error {
	if err := f.fillRecords(s); err != nil {
		return err
	}
	f.room = cmp.Or(s.Room, len(f.records), 1)
	if f.room < len(f.records) || f.room > maxRecords {
		return within("room", fmt.Errorf("not %d to %d", max(len(f.records), 1), maxRecords))
	}
	if f.length = s.Length; f.length == 0 && len(f.records) > 0 {
		f.length = len(f.records[0].bytes)
	}
	if f.length < 1 || f.length > apdu.MaxShortNc {
		return within("length", fmt.Errorf("not 1 to %d", apdu.MaxShortNc))
	}
	for i, r := range f.records {
		if len(r.bytes) != f.length {
			return within(fmt.Sprintf("records[%d]", i), fmt.Errorf("%d bytes, not %d", len(r.bytes), f.length))
		}
	}
	return nil
}
