package terminal

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

const (
	applicationSSSE = "SSSE" // 社会保障系统环境
	fileIssuer      = "EF05" // 发卡机构数据: tells the version, and so how the rest is laid out

	fieldCardID      = "issuer.card_id"
	fieldSpecVersion = "issuer.spec_version"

	regionDigits = 6
	firstWithSM4 = 3 // generation: before it, a card that names no algorithm has that of its region
)

// ReadRequest says what to read, and from where. Fields and Allowed hold field names such as "holder.name", or
// names of groups such as "holder"; nil is all.
type ReadRequest struct {
	Reader    string           // id or name; empty: the one that holds a card
	Interface reader.Interface // empty: any
	Fields    []string         // wanted
	Allowed   []string         // what the caller may have
}

// Reading is what a card said. The fields hold personal data.
type Reading struct {
	Reader       reader.Reader
	ATR          []byte
	Historical   []byte
	Generation   int
	Algorithm    string
	RegionCode   string
	Fields       []Field
	Authenticity apitype.Authenticity
	Unproved     error // why the card is unchecked or not genuine
	Missing      []apitype.Missing
	Warnings     []apitype.Warning
	Exchanges    int
	Elapsed      time.Duration

	maskedNumber string // for the audit log
}

// Field is one value, with its bytes as the card has them where the text could not say it all.
type Field struct {
	Name  string
	Value PII
	Raw   PII
}

// Read reads the basic data of the card in a reader. A denied field is never asked of the card: where a
// file holds one, its records are read one by one. What the card does not hold or does not give is named under
// Missing, with its reason. The card's 识别码 and the version of its layout are read every time: they say which
// card this is and how to read it.
func (t *Terminal) Read(ctx context.Context, req ReadRequest) (*Reading, error) {
	return audited(ctx, t, apitype.AuditRead, "read", func(ctx context.Context) (*Reading, error) { return t.read(ctx, req) })
}

func (t *Terminal) read(ctx context.Context, req ReadRequest) (*Reading, error) {
	start := time.Now()
	t.noteAsked(ctx, req.Fields)
	wish, err := t.wishOf(req)
	if err != nil {
		return nil, err
	}
	r, err := t.pick(ctx, req.Reader, cmp.Or(req.Interface, reader.Unknown))
	if err != nil {
		return nil, err
	}
	reading, err := t.share(ctx, r, wish)
	if err != nil {
		return nil, err
	}
	reading.Elapsed = time.Since(start)
	noteReading(ctx, reading)
	return reading, nil
}

// ReadCard is Read for a card that is at hand already, in whichever way.
func (t *Terminal) ReadCard(ctx context.Context, card Card, req ReadRequest) (*Reading, error) {
	wish, err := t.wishOf(req)
	if err != nil {
		return nil, wrap("read", err)
	}
	reading, err := t.readCard(ctx, card, wish)
	return reading, wrap("read", err)
}

func (t *Terminal) readCard(ctx context.Context, card Card, wish wish) (*Reading, error) {
	o, err := t.open(ctx, card, wish)
	if err != nil {
		return nil, err
	}
	auth := newAuthenticator(o.session, t.keys, o.layout, o.reading.Algorithm, o.cardID)
	if o.reading.Authenticity, err = auth.prove(ctx); err != nil {
		return nil, err
	}
	o.reading.Unproved = wrap("prove", auth.proof)
	return o.finish(ctx, auth.present)
}

// opened is a card whose application is selected and whose issuer's file is read: it is known what card it is.
type opened struct {
	session *session
	wish    wish
	layout  profile.Layout
	issuer  done
	cardID  string // 卡识别码
	reading *Reading
}

// open selects the application and reads the issuer's file by the layout that all versions begin with; the card's
// own layout follows from what that says.
func (t *Terminal) open(ctx context.Context, card Card, wish wish) (*opened, error) {
	s := newSession(card, &t.models)
	app, _ := t.Profiles().Layout("", "").Application(applicationSSSE)
	fci, err := s.selectApplication(ctx, app)
	if err != nil {
		return nil, err
	}
	file, _ := app.File(fileIssuer)
	issuer, err := s.readFile(ctx, file, wish.reads)
	if err != nil {
		return nil, notSSCard(err)
	}
	if len(issuer) == 0 {
		return nil, errNotSSCard
	}
	version, cardID := decodedAs(file, fieldSpecVersion, issuer), decodedAs(file, fieldCardID, issuer)
	region := regionOf(cardID)
	if len(fci) == 0 && profile.Generation(version) >= firstWithSM4 {
		if fci, err = s.controlInformation(ctx, app); err != nil {
			return nil, err
		}
	}
	t.tellIdentified(card, profile.Generation(version))
	o := &opened{
		session: s, wish: wish, layout: t.Profiles().Layout(version, region), issuer: done{file, issuer}, cardID: cardID,
		reading: &Reading{
			ATR: card.ATR(), Historical: s.historical,
			Generation:   profile.Generation(version),
			RegionCode:   region,
			Algorithm:    algorithmOf(fci, region),
			Authenticity: apitype.Authenticity{Method: "none", Result: "unchecked"},
			Missing:      []apitype.Missing{}, Warnings: []apitype.Warning{},
			maskedNumber: maskNumber(decodedAs(file, fieldCardNumber, issuer)),
		},
	}
	noteCard(ctx, o.reading)
	return o, nil
}

// presenter presents a key to the card, by name.
type presenter func(ctx context.Context, key string) error

// finish reads the other files, presenting the keys that they want, and makes the document.
func (o *opened) finish(ctx context.Context, present presenter) (*Reading, error) {
	r := o.reading
	if err := r.readFiles(ctx, o, present); err != nil {
		return nil, err
	}
	r.missDenied(o.layout, o.wish)
	r.missUnheard(o.layout, o.wish)
	r.summariseMissing(o.layout)
	r.check()
	r.Exchanges = o.session.channel.Exchanges()
	return r, nil
}

// notSSCard tells a card without a file of issuer's data for what it is.
func notSSCard(err error) error {
	if errors.Is(err, apdu.ErrFileNotFound) {
		return errors.Join(errNotSSCard, err)
	}
	return err
}

// done is a file that was read by the layout of all versions, and what it held.
type done struct {
	file profile.File
	got  records
}

// readFiles reads the files that hold something wanted. Of the one that is done it reads what the card's own
// layout has beyond that of all versions, such as a city's own record.
func (r *Reading) readFiles(ctx context.Context, o *opened, present presenter) error {
	app, _ := o.layout.Application(applicationSSSE)
	for _, f := range app.Files {
		if !slices.ContainsFunc(f.Records, o.wish.gives) {
			continue
		}
		got, err := o.readFile(ctx, f, present)
		if reason, partly := reasonMissing(err); partly {
			r.missFile(f, o.wish, reason)
			continue
		}
		if err != nil {
			return err
		}
		r.decode(f, o.wish, got)
	}
	return nil
}

func (o *opened) readFile(ctx context.Context, f profile.File, present presenter) (records, error) {
	if f.Name == o.issuer.file.Name {
		more := o.issuer.beyond(f, o.wish)
		if len(more) == 0 {
			return o.issuer.got, nil
		}
		own, err := o.session.readEach(ctx, f, more)
		maps.Copy(own, o.issuer.got)
		return own, err
	}
	if err := o.unlock(ctx, f.Read, present); err != nil {
		return nil, err
	}
	return o.session.readFile(ctx, f, o.wish.reads)
}

// unlock presents what the file wants. Without keys the file is asked for all the same: not every card is as
// strict as the standard.
func (o *opened) unlock(ctx context.Context, access profile.Access, present presenter) error {
	key, some := access.Key()
	if !some {
		return nil
	}
	if err := present(ctx, key); !errors.Is(err, sam.ErrAbsent) {
		return err
	}
	return nil
}

// beyond are the wanted records of f that the file did not have in the other layout and that did not come with it.
func (d done) beyond(f profile.File, wish wish) []profile.Record {
	return slices.DeleteFunc(slices.Clone(f.Records), func(r profile.Record) bool {
		_, came := d.got[r.Tag]
		had := slices.ContainsFunc(d.file.Records, func(o profile.Record) bool { return o.Tag == r.Tag })
		return came || had || !wish.gives(r)
	})
}

// reasonMissing says whether a file that could not be read leaves a gap in the document instead of failing it: the
// card does not have it, or what would open it is not at hand.
func reasonMissing(err error) (apitype.Code, bool) {
	var status *apdu.StatusError
	switch code := codeOf(err); {
	case err == nil:
		return "", false
	case errors.As(err, &status) && (code == apitype.AuthRequired || code == apitype.FileAbsent):
		return code, true
	case code == apitype.AuthFailed, code == apitype.AuthBlocked, strings.HasPrefix(string(code), "sam."):
		return code, true
	}
	return "", false
}

// decode turns the records of a file into fields.
func (r *Reading) decode(f profile.File, wish wish, got records) {
	for i, rec := range f.Records {
		if rec.Field == "" || rec.Continues || !wish.gives(rec) {
			continue
		}
		raw, there := got[rec.Tag]
		if !there {
			r.miss(rec.Field, apitype.FileAbsent)
			continue
		}
		value, err := rec.Decode(raw, continued(f.Records[i+1:], rec.Field, got)...)
		switch {
		case err != nil:
			r.miss(rec.Field, apitype.DataMalformed)
		case !value.Set:
			r.miss(rec.Field, apitype.FileAbsent)
		default:
			r.Fields = append(r.Fields, Field{Name: rec.Field, Value: PII(value.Text), Raw: PII(value.Raw)})
			if value.Undecodable {
				r.warn(apitype.WarnTextUndecodable, rec.Field)
			}
		}
	}
}

// continued collects the values of the records that go on where the field's first one ends.
func continued(rest []profile.Record, field string, got records) (values [][]byte) {
	for _, r := range rest {
		if value, there := got[r.Tag]; there && r.Continues && r.Field == field {
			values = append(values, value)
		}
	}
	return values
}

// decodedAs is the text of one field of the file, or "" where there is none.
func decodedAs(f profile.File, field string, got records) string {
	for _, r := range f.Records {
		if r.Field != field || r.Continues {
			continue
		}
		if value, err := r.Decode(got[r.Tag]); err == nil && value.Set {
			return value.Text
		}
	}
	return ""
}

// regionOf is the region code that begins a 卡识别码, or "" where it is not six digits.
func regionOf(cardID string) string {
	if len(cardID) < regionDigits || !allDigits(cardID[:regionDigits]) {
		return ""
	}
	return cardID[:regionDigits]
}

func (r *Reading) miss(field string, reason apitype.Code) {
	r.Missing = append(r.Missing, apitype.Missing{Field: field, Reason: reason})
}

func (r *Reading) missFile(f profile.File, wish wish, reason apitype.Code) {
	for _, rec := range f.Records {
		if rec.Field != "" && !rec.Continues && wish.gives(rec) {
			r.miss(rec.Field, reason)
		}
	}
}

// missDenied names what the caller would have had without his limits.
func (r *Reading) missDenied(layout profile.Layout, wish wish) {
	for _, f := range layout.Fields() {
		if wish.asked.has(f.Name) && !wish.allowed.has(f.Name) {
			r.miss(f.Name, apitype.RequestFieldDenied)
		}
	}
}

// missUnheard names what was asked for and is not in this card's layout: another region's, or another version's.
func (r *Reading) missUnheard(layout profile.Layout, wish wish) {
	for _, name := range wish.asked {
		if !slices.ContainsFunc(layout.Fields(), func(f profile.Field) bool { return f.Name == name || f.Group == name }) {
			r.miss(name, apitype.FileAbsent)
		}
	}
}

// summariseMissing names a group in the place of all its fields, where all are missing for one reason.
func (r *Reading) summariseMissing(layout profile.Layout) {
	groups := make(map[string][]string)
	for _, f := range layout.Fields() {
		groups[f.Group] = append(groups[f.Group], f.Name)
	}
	for group, fields := range groups {
		reasons := make(map[apitype.Code]int)
		for _, m := range r.Missing {
			if slices.Contains(fields, m.Field) {
				reasons[m.Reason]++
			}
		}
		for reason, n := range reasons {
			if n < len(fields) || n == 1 {
				continue
			}
			r.Missing = slices.DeleteFunc(r.Missing, func(m apitype.Missing) bool { return slices.Contains(fields, m.Field) })
			r.miss(group, reason)
		}
	}
	slices.SortStableFunc(r.Missing, func(a, b apitype.Missing) int { return order(layout, a) - order(layout, b) })
}

// order is where the field, or the first field of the group, stands in the layout.
func order(layout profile.Layout, m apitype.Missing) int {
	return slices.IndexFunc(layout.Fields(), func(f profile.Field) bool { return f.Name == m.Field || f.Group == m.Field })
}
