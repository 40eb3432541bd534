package terminal

import (
	"context"
	"errors"
	"fmt"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
)

// CardIdentity is which card a caller means: its 识别码 and its 卡号, as read before. Empty members are not compared.
type CardIdentity struct{ CardID, CardNumber string }

// ItemsRequest says which files, or items of them, to read.
type ItemsRequest struct {
	Reader    string
	Interface reader.Interface
	Card      CardIdentity
	Files     []profile.FileAddress
	ByPIN     bool     // where a file opens to the PIN or to a key, the PIN is used
	Entry     PINEntry // of the PIN, where it is wanted; nil: there is none
}

// FileContent is what was read of one file.
type FileContent struct {
	Address profile.FileAddress
	Rows    []Row // one for each item asked for, or for each record of a file without tags
}

// Row is an item or a record: one value, or several where it is made of several. None is a row that the card does not
// hold.
type Row []Cell

// Cell is a value and its form: dates and times are written with hyphens and colons.
type Cell struct {
	Value  PII
	Format profile.Format
}

var errNotInLayout = errors.New("not in the card's layout")

// ReadItems reads items of any files. The card is compared with what the caller means before anything else. A file
// or record that the card does not hold is a normal answer and has no values; one that it does not give fails
// the request.
func (t *Terminal) ReadItems(ctx context.Context, req ItemsRequest) ([]FileContent, error) {
	return audited(ctx, t, apitype.AuditRead, "read items", func(ctx context.Context) ([]FileContent, error) {
		return t.readItems(ctx, req)
	})
}

func (t *Terminal) readItems(ctx context.Context, req ItemsRequest) (contents []FileContent, err error) {
	noteAskedItems(ctx, itemNames(req.Files))
	with := t.withCard
	if req.Entry != nil {
		with = t.withCardOnce // nobody is asked for his PIN again
	}
	err = with(ctx, req.Reader, req.Interface, func(lease *reader.Lease) error {
		o, auth, err := t.openFor(ctx, lease, req.Card)
		if err != nil {
			return err
		}
		u := o.unlocker(o.session.withPIN(auth.present, lease, req.Entry))
		u.byPIN = req.ByPIN
		if contents, err = o.readAll(ctx, req.Files, u); err == nil {
			noteContents(ctx, contents)
		}
		return err
	})
	return contents, err
}

// withCard leases the reader that holds the card.
func (t *Terminal) withCard(ctx context.Context, id string, is reader.Interface, fn func(*reader.Lease) error) error {
	r, err := t.pick(ctx, id, is)
	if err != nil {
		return err
	}
	return t.pool.Do(ctx, r.ID, fn)
}

// openFor opens the card, sees that it is the one that is meant, and has it prove itself where there are keys.
func (t *Terminal) openFor(ctx context.Context, card Card, want CardIdentity) (*opened, *authenticator, error) {
	o, err := t.open(ctx, card, t.everything())
	if err != nil {
		return nil, nil, err
	}
	if err := o.is(want); err != nil {
		return nil, nil, err
	}
	auth := newAuthenticator(o.session, t.keys, o.layout, o.reading.Algorithm, o.cardID)
	proof, err := auth.prove(ctx)
	note(ctx, func(line *apitype.AuditRecord) { line.Authenticity = &proof })
	return o, auth, err
}

func (o *opened) is(want CardIdentity) error {
	number := decodedAs(o.issuer.file, fieldCardNumber, o.issuer.got)
	if (want.CardID != "" && want.CardID != o.cardID) || (want.CardNumber != "" && want.CardNumber != number) {
		return errCardChanged
	}
	return nil
}

func (o *opened) readAll(ctx context.Context, addresses []profile.FileAddress, u *unlocker) (contents []FileContent, err error) {
	for _, a := range addresses {
		app, file, err := o.locate(a)
		if err != nil {
			return nil, err
		}
		content := FileContent{Address: a}
		if err = u.enter(ctx, app); err == nil {
			content.Rows, err = o.readRows(ctx, a, file, u)
		}
		if err != nil && !isAbsent(err) {
			return nil, fmt.Errorf("%s%s: %w", a.Application, a.File, err)
		}
		if err != nil {
			content.Rows = make([]Row, len(a.Items))
		}
		contents = append(contents, content)
	}
	return contents, nil
}

// isAbsent reports that the card does not hold the application, the file or the record.
func isAbsent(err error) bool {
	return errors.Is(err, apdu.ErrFileNotFound) || errors.Is(err, apdu.ErrRecordNotFound)
}

func (o *opened) locate(a profile.FileAddress) (profile.Application, profile.File, error) {
	app, known := o.layout.Application(a.Application)
	if known {
		if file, known := app.File(a.File); known {
			return app, file, nil
		}
	}
	return app, profile.File{}, fmt.Errorf("%w: %s%s", errNotInLayout, a.Application, a.File)
}

// readRows presents what the file wants, selects it, and reads what is asked of it.
func (o *opened) readRows(ctx context.Context, a profile.FileAddress, f profile.File, u *unlocker) (rows []Row, err error) {
	err = u.read(ctx, f.Read, func() error {
		if err := o.session.selectFile(ctx, f); err != nil {
			return err
		}
		switch {
		case f.Structure == profile.Transparent:
			data, err := o.session.readBinary(ctx, f)
			rows = []Row{{Cell{PII(apdu.Hex(data)), profile.Hex}}}
			return err
		case len(f.Items) > 0:
			rows, err = o.readNumbered(ctx, a, f)
			return err
		}
		rows, err = o.readTagged(ctx, a, f)
		return err
	})
	return rows, err
}

// readTagged reads records by identifier; of several with one tag the nth by going on from the first.
func (o *opened) readTagged(ctx context.Context, a profile.FileAddress, f profile.File) (rows []Row, err error) {
	for _, item := range itemsOf(a, f) {
		record, known := f.Record(item.Tag)
		if !known {
			return nil, fmt.Errorf("%w: record %02X", errNotInLayout, item.Tag)
		}
		raw, err := o.session.readNth(ctx, f, record, item.Nth)
		if err != nil && !isAbsent(err) {
			return nil, err
		}
		var row Row
		if err == nil {
			if row, err = decodeRow(record, raw); err != nil {
				return nil, fmt.Errorf("%w: record %02X: %w", errMalformed, item.Tag, err)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// itemsOf are the items asked for, or all that the layout knows.
func itemsOf(a profile.FileAddress, f profile.File) []profile.ItemAddress {
	if len(a.Items) > 0 {
		return a.Items
	}
	var all []profile.ItemAddress
	for _, r := range f.Records {
		for n := range max(r.Repeat, 1) {
			all = append(all, profile.ItemAddress{Tag: r.Tag, Nth: n + 1})
		}
	}
	return all
}

func (s *session) readNth(ctx context.Context, f profile.File, r profile.Record, nth int) (value []byte, err error) {
	label := fmt.Sprintf("READ RECORD %s/%02X", f.Name, r.Tag)
	mode := apdu.RecordFirstByID
	for range nth {
		data, err := s.read(ctx, label, apdu.ReadRecord(apdu.CurrentEF, mode, r.Tag, r.Length+recordHeader))
		if err != nil {
			return nil, err
		}
		one, _ := collect(data)
		var there bool
		if value, there = one[r.Tag]; !there {
			return nil, fmt.Errorf("%s: %w: another record was answered", label, errMalformed)
		}
		mode = apdu.RecordNextByID
	}
	return value, nil
}

// decodeRow decodes a record's value, or the values in it where it is made of several.
func decodeRow(r profile.Record, raw []byte) (Row, error) {
	if len(r.Items) > 0 {
		parts, _ := collect(raw)
		row := make(Row, len(r.Items))
		for i, item := range r.Items {
			value, err := item.Decode(parts[item.Tag])
			if err != nil {
				return nil, err
			}
			row[i] = Cell{PII(value.Text), item.Format}
		}
		return row, nil
	}
	value, err := r.Decode(raw)
	return Row{Cell{PII(value.Text), r.Format}}, err
}

// readNumbered reads records without tags by number, the newest first: those asked for, or all there are.
func (o *opened) readNumbered(ctx context.Context, a profile.FileAddress, f profile.File) (rows []Row, err error) {
	if len(a.Items) > 0 {
		for _, item := range a.Items {
			number, ok := item.Number()
			if !ok {
				return nil, fmt.Errorf("%w: %s has records by number", errNotInLayout, f.Name)
			}
			row, err := o.readNumber(ctx, f, number)
			if err != nil && !isAbsent(err) {
				return nil, err
			}
			rows = append(rows, row)
		}
		return rows, nil
	}
	for number := 1; number <= maxRecordNumber; number++ {
		row, err := o.readNumber(ctx, f, number)
		if errors.Is(err, apdu.ErrRecordNotFound) {
			break
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

const maxRecordNumber = 254 // ISO/IEC 7816-4 §7.3.1

func (o *opened) readNumber(ctx context.Context, f profile.File, number int) (Row, error) {
	data, err := o.session.readNumber(ctx, f, number)
	if err != nil {
		return nil, err
	}
	row := make(Row, len(f.Items))
	for i, item := range f.Items {
		value, err := item.Decode(data[:item.Length])
		if err != nil {
			return nil, fmt.Errorf("%s no. %d: %w: %w", f.Name, number, errMalformed, err)
		}
		row[i], data = Cell{PII(value.Text), item.Format}, data[item.Length:]
	}
	return row, nil
}

// readNumber reads a record without a tag, of the length in the layout.
func (s *session) readNumber(ctx context.Context, f profile.File, number int) ([]byte, error) {
	label := fmt.Sprintf("READ RECORD %s no. %d", f.Name, number)
	data, err := s.read(ctx, label, apdu.ReadRecord(apdu.CurrentEF, apdu.RecordByNumber, byte(number), f.Length))
	if err == nil && len(data) < f.Length {
		err = fmt.Errorf("%s: %w: %d bytes", label, errMalformed, len(data))
	}
	return data[:min(len(data), f.Length)], err
}

// readBinary reads the selected transparent file, to its length in the layout or to where the card says it ends.
func (s *session) readBinary(ctx context.Context, f profile.File) (data []byte, err error) {
	for len(data) < f.Length {
		part, err := s.read(ctx, "READ BINARY "+f.Name, apdu.ReadBinary(uint16(len(data)), min(f.Length-len(data), apdu.MaxShortNe)))
		var status *apdu.StatusError
		if errors.As(err, &status) && status.SW == 0x6B00 && len(data) > 0 {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(part) == 0 {
			break
		}
		data = append(data, part...)
	}
	return data, nil
}

// everything is the wish of the program itself, which nothing is denied.
func (t *Terminal) everything() wish {
	w, _ := t.wishOf(ReadRequest{})
	return w
}
