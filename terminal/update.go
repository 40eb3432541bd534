package terminal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

// writer carries updates to a card.
type writer struct {
	*session
	unlocker *unlocker
	written  Written
	begun    bool // a command has gone out that the card has not acknowledged
}

func write(ctx context.Context, u *unlocker, updates []update) (Written, error) {
	w := &writer{session: u.session, unlocker: u}
	for _, one := range updates {
		if err := w.file(ctx, one); err != nil {
			err = fmt.Errorf("%s%s: %w", one.app.Name, one.file.Name, err)
			return w.written, &WriteError{w.written, w.begun, err}
		}
	}
	return w.written, nil
}

// file writes all rows of a file and only then reads them back, for which other keys are needed: a card that keeps
// but one of them has then been written to.
func (w *writer) file(ctx context.Context, u update) error {
	if err := w.unlocker.enter(ctx, u.app); err != nil {
		return err
	}
	if err := w.unlocker.open(ctx, u.file.Update); err != nil {
		return err
	}
	if err := w.selectFile(ctx, u.file); err != nil {
		return err
	}
	var last profile.ItemAddress
	for _, r := range u.rows {
		if err := w.row(ctx, u.file, r, last); err != nil {
			return err
		}
		w.written.Rows++
		last = r.item
	}
	return w.check(ctx, u)
}

func (w *writer) row(ctx context.Context, f profile.File, r row, last profile.ItemAddress) error {
	switch f.Structure {
	case profile.Transparent:
		return w.binary(ctx, f, r.data)
	case profile.Cyclic:
		return w.do(ctx, "UPDATE RECORD "+f.Name, apdu.UpdateRecord(apdu.CurrentEF, apdu.RecordAppend, 0, r.data))
	}
	return w.record(ctx, f, r, last)
}

// do sends a command that changes the card. What it refuses has changed nothing; without an answer nobody knows.
func (w *writer) do(ctx context.Context, label string, command apdu.Command) error {
	w.begun = true
	_, err := w.channel.Do(ctx, label, command)
	var status *apdu.StatusError
	if err == nil || (errors.As(err, &status) && !errors.Is(err, apdu.ErrMemory)) {
		w.begun = false
	}
	return err
}

func (w *writer) binary(ctx context.Context, f profile.File, data []byte) error {
	offset := 0
	for part := range slices.Chunk(data, apdu.MaxShortNc) {
		if err := w.do(ctx, "UPDATE BINARY "+f.Name, apdu.UpdateBinary(uint16(offset), part)); err != nil {
			w.begun = w.begun || offset > 0
			return err
		}
		offset += len(part)
	}
	return nil
}

// record writes the nth record of a tag: the first by its identifier, and another as the next after the one before it,
// where the card stands when it was the last to be written, and is brought by reading otherwise. Cards that do not
// take that form are told the record's number.
func (w *writer) record(ctx context.Context, f profile.File, r row, last profile.ItemAddress) error {
	label := fmt.Sprintf("UPDATE RECORD %s/%s", f.Name, r.item)
	update := func(mode apdu.RecordMode, p1 byte) error {
		return w.do(ctx, label, apdu.UpdateRecord(apdu.CurrentEF, mode, p1, r.data))
	}
	if r.item.Nth == 1 {
		return update(apdu.RecordFirstByID, r.item.Tag)
	}
	before := profile.ItemAddress{Tag: r.item.Tag, Nth: r.item.Nth - 1}
	if last != before {
		if err := w.stand(ctx, f, before); err != nil {
			return err
		}
	}
	err := update(apdu.RecordNextByID, r.item.Tag)
	if err == nil || !refused(err) || isAbsent(err) {
		return err
	}
	number, err := w.numberOf(ctx, f, r.item)
	if err != nil {
		return err
	}
	return update(apdu.RecordByNumber, number)
}

// stand makes an item's record the current one.
func (w *writer) stand(ctx context.Context, f profile.File, item profile.ItemAddress) error {
	record, _ := f.Record(item.Tag)
	return w.unlocker.read(ctx, f.Read, func() error {
		_, err := w.readNth(ctx, f, record, item.Nth)
		return err
	})
}

// numberOf counts the records of the file up to an item's.
func (w *writer) numberOf(ctx context.Context, f profile.File, item profile.ItemAddress) (number byte, err error) {
	label := "READ RECORD " + f.Name
	err = w.unlocker.read(ctx, f.Read, func() error {
		for nth := 0; nth < item.Nth; {
			number++
			data, err := w.read(ctx, label, apdu.ReadRecord(apdu.CurrentEF, apdu.RecordByNumber, number, apdu.MaxShortNe))
			switch {
			case err != nil:
				return err
			case number == maxRecordNumber:
				return &apdu.StatusError{Command: label, SW: swRecordNotFound}
			case len(data) > 0 && data[0] == item.Tag:
				nth++
			}
		}
		return nil
	})
	return number, err
}

const swRecordNotFound apdu.StatusWord = 0x6A83

// check reads back what was written, where the file opens for reading without asking anybody for a PIN.
func (w *writer) check(ctx context.Context, u update) error {
	if err := w.unlocker.open(ctx, withoutPIN(u.file.Read)); err != nil {
		return ofReader(err)
	}
	for i, r := range u.rows {
		got, err := w.readBack(ctx, u, i)
		switch {
		case errors.Is(err, apdu.ErrSecurityStatus):
			return nil
		case err != nil:
			return err
		case !bytes.Equal(got, r.data):
			return errReadBack
		}
		w.written.Checked++
	}
	return nil
}

// withoutPIN is what of access can be had by keys alone.
func withoutPIN(access profile.Access) profile.Access {
	return slices.DeleteFunc(slices.Clone(access), func(set []string) bool { return slices.Contains(set, profile.PIN) })
}

// ofReader is err where the card did not answer, and none where it, or who has its keys, said no.
func ofReader(err error) error {
	var failed *reader.Error
	if errors.As(err, &failed) && !errors.Is(err, sam.ErrAbsent) {
		return err
	}
	return nil
}

// readBack reads the row that was the ith to be written.
func (w *writer) readBack(ctx context.Context, u update, i int) ([]byte, error) {
	switch r := u.rows[i]; u.file.Structure {
	case profile.Transparent:
		return w.readBinary(ctx, u.file)
	case profile.Cyclic:
		return w.readNumber(ctx, u.file, len(u.rows)-i)
	default:
		record, _ := u.file.Record(r.item.Tag)
		value, err := w.readNth(ctx, u.file, record, r.item.Nth)
		return slices.Concat(r.data[:recordHeader], value), err
	}
}
