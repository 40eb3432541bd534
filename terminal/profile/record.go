package profile

import "bytes"

// Item is one value: where it stands, how it is coded and what it means.
type Item struct {
	Tag    byte // 0: it has none and stands in its place
	Length int  // in bytes
	Format Format
	Take   int // the first bytes that count; 0: all
	Label  Label
	Values map[string]Label // what the codes mean; nil if the value is no code
}

// Decode decodes a value of the item.
func (i Item) Decode(raw []byte) (Value, error) {
	if i.Take > 0 && len(raw) > i.Take {
		raw = raw[:i.Take]
	}
	return Decode(i.Format, raw)
}

// Record is one record of a file, or several of one tag. Its Tag is also the record identifier.
type Record struct {
	Item
	Field     string // what it holds in the document, "" if that has no name
	Continues bool   // the value goes on from an earlier record of Field
	Repeat    int    // how many records of the tag there are; less than 2: one
	Items     []Item // of a value that is simple TLV again (B-TLV)
	Reused    *Item  // the new meaning, if the tag changed its own; see Decode
}

// reusedByte ends a value that was written with the new meaning of its tag (人社信息函〔2012〕37号, annex C).
const reusedByte = 0xEE

// Decode decodes the value that this record begins, continued in the values of the records that continue it. Where
// the tag has changed its meaning, a value padded with the nibble E has the new one.
func (r Record) Decode(value []byte, continued ...[]byte) (Value, error) {
	if r.Reused != nil && bytes.HasSuffix(value, []byte{reusedByte}) {
		return r.Reused.Decode(r.Reused.trimReused(value))
	}
	if len(continued) == 0 {
		return r.Item.Decode(value)
	}
	if r.Take > 0 && len(value) > r.Take {
		value = value[:r.Take]
	}
	return Decode(r.Format, JoinContinued(append([][]byte{value}, continued...)...))
}

// trimReused cuts a value to what has the new meaning. Of digits, an odd one out leaves a nibble of padding.
func (i Item) trimReused(value []byte) []byte {
	value = bytes.Clone(value[:min(len(value), i.Length)])
	for len(value) > 0 && value[len(value)-1] == reusedByte {
		value = value[:len(value)-1]
	}
	if last := len(value) - 1; i.Format == Digits && last >= 0 && value[last]&0x0F == reusedByte&0x0F {
		value[last] |= 0x0F
	}
	return value
}

// Size is what READ RECORD gives for the record, or for all of its tag: each value with its tag and length byte.
func (r Record) Size() int { return (recordHeader + r.Length) * max(r.Repeat, 1) }

const recordHeader = 2 // tag and length
