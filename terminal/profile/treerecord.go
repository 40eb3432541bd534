package profile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// record is a record while layout files are laid over one another.
type record struct {
	at place
	Item
	field, continues string
	personal         bool
	repeat           int
	items            []Item
	reused           *Item
	span

	// Only for the layout file being laid over.
	after  byte
	remove bool
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$`)

func (f *file) applyRecord(n node) error {
	var r record
	if err := r.apply(n); err != nil {
		return err
	}
	if r.Tag == 0 {
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
		return n.errorf("no record of tag %02X to remove", r.Tag)
	}
	if remove {
		return nil
	}
	if after != 0 {
		i := slices.IndexFunc(f.records, func(r record) bool { return r.Tag == after })
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
		if old.Tag == r.Tag && old.at.file != r.at.file && (found < 0 || old.since == r.since) {
			found = i
		}
	}
	return found
}

func (r *record) apply(n node) error {
	r.at = n.place
	members := r.Item.members()
	maps.Copy(members, map[string]setter{
		"tag":       hexNumber(&r.Tag),
		"field":     matching(&r.field, "a field name like group.member", fieldName),
		"continues": matching(&r.continues, "a field name like group.member", fieldName),
		"personal":  flag(&r.personal),
		"repeat":    integer(&r.repeat, 1, maxRecords),
		"items":     itemsSetter(&r.items),
		"reused":    r.applyReused,
		"since":     versionSetter(&r.since),
		"until":     versionSetter(&r.until),
		"after":     hexNumber(&r.after),
		"remove":    flag(&r.remove),
	})
	return n.object(members)
}

func (r *record) applyReused(n node) error {
	r.reused = &Item{}
	if err := n.object(r.reused.members()); err != nil {
		return err
	}
	return r.reused.check(n.place)
}

// length is that of the value: as said, or what the items take with their tags and lengths.
func (r record) length() int {
	if len(r.items) == 0 {
		return r.Length
	}
	length := 0
	for _, i := range r.items {
		length += recordHeader + i.Length
	}
	return length
}

func (r record) build() Record {
	built := Record{
		Item: r.Item, Field: r.field + r.continues, Continues: r.continues != "",
		Repeat: max(r.repeat, 1), Items: r.items,
	}
	built.Length = r.length()
	if built.Continues {
		built.Format = Text
	}
	built.complete(0)
	if r.reused != nil {
		reused := *r.reused
		reused.Tag = r.Tag
		reused.complete(0)
		built.Reused = &reused
	}
	return built
}

// document is the field of a record. What a card says of its holder is personal, whoever forgets to say so, and
// what a region keeps beside may be.
func (r record) document() Field {
	group, member, _ := strings.Cut(r.field, ".")
	return Field{
		Name: r.field, Group: group, Member: member, Label: r.Label,
		Personal: r.personal || group != "issuer", Values: r.Values,
	}
}

// members are the keys that all items have.
func (i *Item) members() map[string]setter {
	return map[string]setter{
		"length": integer(&i.Length, 1, maxLength),
		"take":   integer(&i.Take, 1, maxLength),
		"format": parsed(&i.Format, "text, digits, hex, number, date or time", parseFormat),
		"zh":     text(&i.Label.ZH),
		"en":     text(&i.Label.EN),
		"values": i.applyValues,
	}
}

const maxLength = 255

func (i *Item) applyValues(n node) error {
	i.Values = map[string]Label{}
	return n.each(func(code string, n node) error {
		var l Label
		if err := n.object(map[string]setter{"zh": text(&l.ZH), "en": text(&l.EN)}); err != nil {
			return err
		}
		i.Values[code] = l
		return l.check(n.place)
	})
}

// itemsSetter takes the items of a record, all with a tag or all without.
func itemsSetter(to *[]Item) setter {
	return func(n node) error {
		*to = nil
		return n.items(func(n node) error {
			var i Item
			members := i.members()
			members["tag"] = hexNumber(&i.Tag)
			if err := n.object(members); err != nil {
				return err
			}
			if len(*to) > 0 && ((*to)[0].Tag == 0) != (i.Tag == 0) {
				return n.errorf("want all items with a tag, or none")
			}
			if err := i.check(n.place); err != nil {
				return err
			}
			i.complete(len(*to) + 1)
			*to = append(*to, i)
			return nil
		})
	}
}

func (i *Item) check(at place) error {
	switch {
	case i.Length == 0:
		return at.errorf("no length")
	case i.Take > i.Length:
		return at.errorf("take is more than length")
	case i.Label == Label{}:
		return nil
	}
	return i.Label.check(at)
}

// complete adds what nobody said: bytes without a format are hexadecimal, and what has no name goes by its tag, or by
// its number where it has none.
func (i *Item) complete(number int) {
	if i.Format == "" {
		i.Format = Hex
	}
	if i.Label != (Label{}) {
		return
	}
	name := fmt.Sprintf("%02X", i.Tag)
	if i.Tag == 0 {
		name = strconv.Itoa(number)
	}
	i.Label = Label{ZH: "数据项 " + name, EN: "Item " + name}
}

func parseFormat(s string) (Format, bool) {
	_, known := codecs[Format(s)]
	return Format(s), known
}
