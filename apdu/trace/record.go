package trace

import (
	"sscard/apdu"
	"sscard/apdu/tlv"
)

// spot is a record with a law of its own; every other value is personal and goes by its shape.
type spot struct {
	application string
	tag         byte
	law         law
	impersonal  bool
}

var spots = [...]spot{
	{appSSSE, 0x01, cardID, false},
	{appSSSE, 0x02, keep, true}, // class of card
	{appSSSE, 0x03, keep, true}, // version of the standard
	{appSSSE, 0x04, keep, true}, // initialising institution
	{appSSSE, 0x05, keep, true}, // issue
	{appSSSE, 0x06, keep, true}, // expiry
	{appSSSE, 0x07, cardNumber, false},
	{appSSSE, 0x08, socialSecurityNumber, false},
	{appSSSE, 0x09, name, false},
	{appSSSE, 0x4E, name, false},
	{appSSSE, 0x0A, sex, false},
	{appSSSE, 0x0B, ethnicity, false},
	{appSSSE, 0x0C, shaped, false},
	{appSSSE, 0x0D, shaped, false},
	{appSSSE, 0x61, keep, true}, // entry of the directory
	{"DF01", 0x40, nested, false},
	{"DF02", 0x43, nested, false},
	{"DF02", 0x44, nested, false},
	{"DF02", 0x99, nested, false},
	{"DF03", 0x4A, nested, false},
	{"DF03", 0x79, nested, false},
}

// Impersonal reports that a record of an application does not tell who the holder is: it describes the card.
func Impersonal(application string, tag byte) bool {
	s, known := spotOf(application, tag)
	return known && s.impersonal
}

func spotOf(application string, tag byte) (spot, bool) {
	for _, s := range spots {
		if s.application == application && s.tag == tag {
			return s, true
		}
	}
	return spot{law: shaped}, false
}

// untagged are the parts of each record of a file whose records have no tags (人社信息函〔2012〕37号); nil for others.
func untagged(p Place) []part {
	switch p {
	case Place{"DF02", 0xEF07}: // employment: occupation, from, to, employer
		return []part{{7, shaped}, {4, shaped}, {4, shaped}, {70, shaped}}
	case Place{"DF02", 0xEF16}: // policies
		return []part{{3, shaped}, {4, shaped}, {4, shaped}, {4, shaped}, {3, shaped}}
	case Place{"DF04", 0xEF08}: // transactions: number, kind, 终端机编号, time, amounts
		return []part{{2, keep}, {1, keep}, {6, digits}, {7, moment}, {4, number}, {4, number}, {4, number}}
	case Place{"DF04", 0xEF15}: // special settlements: number, kind
		return []part{{2, keep}, {1, keep}}
	}
	return nil
}

// records is for one record or several, one after the other.
func (r *redactor) records(step Step, data []byte) error {
	if step.Place.Application == "" {
		return ErrUnknown
	}
	if layout := untagged(step.Place); layout != nil {
		return r.untagged(layout, data)
	}
	records, err := tlv.ParseSimple(data)
	for _, record := range records {
		s, _ := spotOf(step.Place.Application, record.Tag)
		if err := s.law(r.inventor, record.Value); err != nil {
			return err
		}
		data = data[2+len(record.Value):]
	}
	if err != nil {
		return r.cut(step, data, len(records) > 0)
	}
	return nil
}

// cut is for a record that a full answer, a card or a fault broke off. Others come before it, or it is one that is known
// to be there: otherwise the first bytes may be no tag and length.
func (r *redactor) cut(step Step, data []byte, preceded bool) error {
	s, known := spotOf(step.Place.Application, data[0])
	_, mode := apdu.ReadRecordP2(step.Command.P2)
	if !preceded && !known && (mode != apdu.RecordFirstByID || step.Command.P1 != data[0]) {
		return ErrUnknown
	}
	if len(data) <= 2 {
		return nil
	}
	return s.law(r.inventor, data[2:])
}

// untagged is for records without tags, one after the other. The last may be cut, as the answer is full.
func (r *redactor) untagged(layout []part, data []byte) error {
	for len(data) > 0 {
		for _, p := range layout {
			n := min(p.bytes, len(data))
			law := p.law
			if n < p.bytes {
				law = shaped
			}
			if err := law(r.inventor, data[:n]); err != nil {
				return err
			}
			data = data[n:]
		}
	}
	return nil
}

// nested is a value made of records, of which the last may be cut.
func nested(v *inventor, value []byte) error {
	records, err := tlv.ParseSimple(value)
	for _, record := range records {
		if err := shaped(v, record.Value); err != nil {
			return err
		}
		value = value[2+len(record.Value):]
	}
	if err != nil && len(value) > 2 {
		return shaped(v, value[2:])
	}
	return nil
}
