package terminal

import (
	"context"
	"errors"
	"fmt"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
)

// WriteRequest says what to write to which files.
type WriteRequest struct {
	Reader    string
	Interface reader.Interface
	Card      CardIdentity
	Files     []FileValues
	Entry     PINEntry // where a file wants the PIN to be written; nil: there is none
}

// FileValues is what to write to one file: a row for each item of its address. A cyclic file has no items, and its
// rows are appended, so that the last becomes the newest. A transparent file has one row of one value in hexadecimal,
// and is filled up with FF.
type FileValues struct {
	Address profile.FileAddress
	Rows    [][]PII
}

// Written says how much the card has taken, in rows and in the order of the request.
type Written struct {
	Rows    int
	Checked int // that were read back and are as they should be; the others are in files that did not open for reading
}

// WriteError says how far a write had come that failed.
type WriteError struct {
	Written
	Begun bool // the row after those may be on the card too; of a transparent file, or a part of it
	Err   error
}

func (e *WriteError) Error() string {
	begun := ""
	if e.Begun {
		begun = ", the next begun"
	}
	return fmt.Sprintf("after %d rows%s: %v", e.Rows, begun, e.Err)
}

func (e *WriteError) Unwrap() error { return e.Err }

var (
	errWriteData = errors.New("the data cannot be written to the file")
	// errReadBack is about the card's data and not about the reader: what the card acknowledged had passed the checks of
	// the transmission, and the same request would not do better.
	errReadBack = errors.New("the card does not hold what was written to it")
)

// WriteItems writes items of any files and reads them back. Before the first of them is written, the card is
// compared with what the caller means and all values are encoded, so that a wrong request leaves the card as it is.
// What stops a write in the middle is a [*WriteError].
func (t *Terminal) WriteItems(ctx context.Context, req WriteRequest) (Written, error) {
	return audited(ctx, t, apitype.AuditWrite, "write items", func(ctx context.Context) (Written, error) { return t.writeItems(ctx, req) })
}

func (t *Terminal) writeItems(ctx context.Context, req WriteRequest) (written Written, err error) {
	noteAskedItems(ctx, itemNames(addresses(req.Files)))
	err = t.withCardOnce(ctx, req.Reader, req.Interface, func(lease *reader.Lease) error {
		o, auth, err := t.openFor(ctx, lease, req.Card)
		if err != nil {
			return err
		}
		updates, err := o.plan(req.Files)
		if err != nil {
			return err
		}
		u := o.unlocker(o.session.withPIN(auth.present, lease, req.Entry))
		written, err = write(ctx, u, updates)
		noteWritten(ctx, req.Files, written)
		return err
	})
	return written, err
}

func addresses(files []FileValues) []profile.FileAddress {
	list := make([]profile.FileAddress, len(files))
	for i, f := range files {
		list[i] = f.Address
	}
	return list
}
