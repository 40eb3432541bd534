package terminal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"

	"sscard/apdu/tlv"
	"sscard/terminal/profile"
)

// update is what goes to one file.
type update struct {
	app  profile.Application
	file profile.File
	rows []row
}

// row is one record, as the card will have it, or the content of a transparent file.
type row struct {
	item profile.ItemAddress // of a record with a tag
	data []byte
}

// plan encodes everything that is to be written.
func (o *opened) plan(files []FileValues) ([]update, error) {
	var updates []update
	for _, f := range files {
		app, file, err := o.locate(f.Address)
		if err != nil {
			return nil, err
		}
		rows, err := encodeRows(file, f)
		if err != nil {
			return nil, fmt.Errorf("%w: %s%s: %w", errWriteData, app.Name, file.Name, err)
		}
		updates = append(updates, update{app, file, rows})
	}
	return updates, nil
}

func encodeRows(file profile.File, f FileValues) ([]row, error) {
	encode := encodeTagged
	switch {
	case len(file.Update) == 0:
		return nil, errNever
	case file.Structure == profile.Transparent:
		encode = encodeBinary
	case file.Structure == profile.Cyclic:
		encode = encodeCyclic
	}
	rows := make([]row, len(f.Rows))
	if len(f.Rows) == 0 || (len(f.Address.Items) > 0 && len(f.Address.Items) != len(f.Rows)) {
		return nil, errRows
	}
	for i, values := range f.Rows {
		var err error
		if rows[i], err = encode(file, f.Address.Items, i, values); err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return rows, nil
}

var (
	errRows   = errors.New("not as many rows as items")
	errValues = errors.New("not as many values as the row has")
)

func encodeBinary(file profile.File, items []profile.ItemAddress, i int, values []PII) (row, error) {
	if len(items) > 0 || i > 0 {
		return row{}, errRows
	}
	if len(values) != 1 {
		return row{}, errValues
	}
	data, err := hex.DecodeString(values[0].Reveal())
	if err != nil {
		return row{}, profile.ErrUnencodable // and not err, which quotes the value
	}
	if len(data) > file.Length {
		return row{}, profile.ErrTooLong
	}
	const unused = 0xFF
	return row{data: append(data, bytes.Repeat([]byte{unused}, file.Length-len(data))...)}, nil
}

func encodeCyclic(file profile.File, items []profile.ItemAddress, _ int, values []PII) (row, error) {
	if len(items) > 0 {
		return row{}, errRows
	}
	data, err := encodeItems(file.Items, values)
	return row{data: data}, err
}

func encodeTagged(file profile.File, items []profile.ItemAddress, i int, values []PII) (row, error) {
	if i >= len(items) {
		return row{}, errRows
	}
	record, known := file.Record(items[i].Tag)
	if !known || items[i].Nth > record.Repeat {
		return row{}, fmt.Errorf("%w: record %s", errNotInLayout, items[i])
	}
	value, err := encodeRecord(record, values)
	if err != nil {
		return row{}, err
	}
	return row{items[i], tlv.AppendSimple(nil, record.Tag, value)}, nil
}

func encodeRecord(record profile.Record, values []PII) ([]byte, error) {
	switch {
	case len(record.Items) > 0:
		return encodeItems(record.Items, values)
	case len(values) != 1:
		return nil, errValues
	}
	return record.Encode(values[0].Reveal())
}

// encodeItems encodes the values that stand in one record, with their tags where they have them.
func encodeItems(items []profile.Item, values []PII) (data []byte, err error) {
	if len(values) != len(items) {
		return nil, errValues
	}
	for i, item := range items {
		value, err := item.Encode(values[i].Reveal())
		switch {
		case err != nil:
			return nil, err
		case item.Tag != 0:
			data = tlv.AppendSimple(data, item.Tag, value)
		default:
			data = append(data, value...)
		}
	}
	return data, nil
}
