package terminal

import (
	"context"
	"errors"
	"fmt"

	"sscard/apdu"
	"sscard/apdu/tlv"
	"sscard/terminal/profile"
)

// session is one conversation with one card.
type session struct {
	channel    *apdu.Channel
	models     *models
	historical []byte
	resetAtEnd func() // for what opens something in the card
	timed      *timed
}

func newSession(card Card, models *models) *session {
	// A card without proper historical bytes is read like any other; it shares one memory with its like.
	historical, _ := apdu.HistoricalBytes(card.ATR())
	timed := timing(card)
	s := &session{channel: apdu.NewChannel(timed), models: models, historical: historical, resetAtEnd: func() {}, timed: timed}
	if lease, ok := card.(interface{ ResetOnRelease() }); ok {
		s.resetAtEnd = lease.ResetOnRelease
	}
	return s
}

// selectApplication tries each way to select the application and gives the FCI of the first that works.
func (s *session) selectApplication(ctx context.Context, app profile.Application) ([]byte, error) {
	refusals := []error{errNotSSCard}
	for _, way := range app.Select {
		command := apdu.SelectFile(apdu.SelectByFID, way.FID)
		if len(way.Name) > 0 {
			command = apdu.SelectDF(way.Name)
		}
		fci, err := s.channel.Do(ctx, "SELECT "+app.Name, command)
		if err == nil {
			return fci, nil
		}
		if !refused(err) {
			return nil, err
		}
		refusals = append(refusals, err)
	}
	return nil, errors.Join(refusals...)
}

// controlInformation selects the application once more, with Le: a card that follows ISO/IEC 7816-4 to the letter over
// T=1 gives its FCI then only.
func (s *session) controlInformation(ctx context.Context, app profile.Application) ([]byte, error) {
	for _, way := range app.Select {
		if len(way.Name) == 0 {
			continue
		}
		command := apdu.SelectDF(way.Name)
		command.Ne = apdu.MaxShortNe
		fci, err := s.channel.Do(ctx, "SELECT "+app.Name, command)
		if err == nil || !refused(err) {
			return fci, err
		}
	}
	return nil, nil
}

// refused reports that the card said no to a form of a command, and might say yes to another.
func refused(err error) bool {
	var status *apdu.StatusError
	return errors.As(err, &status) &&
		!errors.Is(err, apdu.ErrProtocol) && !errors.Is(err, apdu.ErrCardBlocked) && !errors.Is(err, apdu.ErrSecurityStatus)
}

// algorithmTag is the path to the card's algorithm in the FCI (人社信息函〔2016〕38号 §10.1).
var algorithmTag = [...]tlv.Tag{0x6F, 0xA5, 0x9F0C, 0x86}

var algorithms = map[byte]string{1: "DES", 2: "SSF33", 3: "SM4"}

// algorithmOf tells the card's algorithm by the FCI, or by the region where the FCI does not (§10.1): Beijing
// issued SSF33, everybody else DES.
func algorithmOf(fci []byte, region string) string {
	value, found, err := tlv.Find(fci, algorithmTag[:]...)
	if err == nil && found && len(value) == 1 && algorithms[value[0]] != "" {
		return algorithms[value[0]]
	}
	if len(region) == regionDigits && region[:2] == "11" {
		return algorithms[2]
	}
	return algorithms[1]
}

// records holds the values of a file's records by record identifier.
type records map[byte][]byte

// readFile reads the records of the file that may be read. All at once is tried first, one exchange, where
// that asks for nothing denied and the card's model is not known to refuse it; what then is not there
// is asked for by record identifier. A record that the card does not hold is left out.
func (s *session) readFile(ctx context.Context, f profile.File, may func(profile.Record) bool) (records, error) {
	var wanted []profile.Record
	for _, r := range f.Records {
		if may(r) {
			wanted = append(wanted, r)
		}
	}
	form := s.wholeForm(f)
	if len(wanted) < len(f.Records) || form == wholeRefused || f.SFI == 0 {
		return s.readEach(ctx, f, wanted)
	}
	got, whole, err := s.readWhole(ctx, f)
	if err != nil {
		return nil, err
	}
	var left []profile.Record
	for _, r := range wanted {
		if _, there := got[r.Tag]; !there {
			left = append(left, r)
		}
	}
	if len(left) == 0 || (form == wholeTrusted && whole) {
		return got, nil
	}
	rest, err := s.readEach(ctx, f, left)
	if err != nil {
		return nil, err
	}
	s.remember(f, len(got) > 0 && len(rest) == 0)
	for tag, value := range rest {
		got[tag] = value
	}
	return got, nil
}

func (s *session) wholeForm(f profile.File) (form wholeForm) {
	s.models.look(s.historical, func(m *model) { form = m.whole[f.Name] })
	return form
}

func (s *session) remember(f profile.File, complete bool) {
	s.models.look(s.historical, func(m *model) {
		m.whole[f.Name] = wholeRefused
		if complete {
			m.whole[f.Name] = wholeTrusted
		}
	})
}

// readWhole reads the file from record number 1 to the last, by SFI (READ RECORD, P2 mode 5). A refusal or an answer
// that is cut short gives what there is, which may be nothing, and is not whole.
func (s *session) readWhole(ctx context.Context, f profile.File) (got records, whole bool, err error) {
	command := apdu.ReadRecord(f.SFI, apdu.RecordsFromP1, 1, min(f.Size(), apdu.MaxShortNe))
	data, err := s.read(ctx, "READ RECORD "+f.Name, command)
	if err != nil && refused(err) {
		return records{}, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	got, whole = collect(data)
	return got, whole && len(got) > 0, nil
}

// read takes what comes with a warning too: 6282 says that there is less than Le.
func (s *session) read(ctx context.Context, label string, command apdu.Command) ([]byte, error) {
	response, err := s.channel.Send(ctx, command)
	if err != nil {
		return nil, err
	}
	if !response.SW.OK() && !response.SW.Warning() {
		return nil, &apdu.StatusError{Command: label, SW: response.SW}
	}
	return response.Data, nil
}

// collect takes the records that are whole, and says whether all are; the first of a tag counts.
func collect(data []byte) (got records, whole bool) {
	list, err := tlv.ParseSimple(data) // what is cut short is asked for again
	got = make(records, len(list))
	for _, r := range list {
		if _, there := got[r.Tag]; !there {
			got[r.Tag] = r.Value
		}
	}
	return got, err == nil
}

// readEach selects the file and reads the records by identifier, with the exact Le of the layout. Record numbers
// are never used: they moved between versions 1.0 and 2.0.
func (s *session) readEach(ctx context.Context, f profile.File, wanted []profile.Record) (records, error) {
	if len(wanted) == 0 {
		return records{}, nil
	}
	if err := s.selectFile(ctx, f); err != nil {
		return nil, err
	}
	got := make(records, len(wanted))
	for _, r := range wanted {
		label := fmt.Sprintf("READ RECORD %s/%02X", f.Name, r.Tag)
		data, err := s.read(ctx, label, apdu.ReadRecord(apdu.CurrentEF, apdu.RecordFirstByID, r.Tag, r.Length+recordHeader))
		if errors.Is(err, apdu.ErrRecordNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		one, _ := collect(data)
		value, there := one[r.Tag]
		if !there {
			return nil, fmt.Errorf("%s: %w: another record was answered", label, errMalformed)
		}
		got[r.Tag] = value
	}
	return got, nil
}

const recordHeader = 2 // tag and length

// selectFile selects the EF with P1=02, or with P1=00 as some cards want it.
func (s *session) selectFile(ctx context.Context, f profile.File) error {
	var first byte
	s.models.look(s.historical, func(m *model) { first = m.selectEF })
	_, err := s.channel.Do(ctx, "SELECT "+f.Name, apdu.SelectFile(first, f.FID))
	if err == nil || !refused(err) {
		return err
	}
	other := apdu.SelectEFByID ^ apdu.SelectByFID ^ first
	if _, again := s.channel.Do(ctx, "SELECT "+f.Name, apdu.SelectFile(other, f.FID)); again != nil {
		return again
	}
	s.models.look(s.historical, func(m *model) { m.selectEF = other })
	return nil
}
