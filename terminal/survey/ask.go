package survey

import (
	"context"
	"errors"

	"sscard/apdu"
	"sscard/apdu/tlv"
	"sscard/terminal/profile"
)

// states are what status words say of what was asked for; words that are not here are Unclear.
var states = []struct {
	meaning error
	state   State
}{
	{apdu.ErrFileNotFound, Absent},
	{apdu.ErrRecordNotFound, Absent},
	{apdu.ErrSecurityStatus, Refused},
	{apdu.ErrAuthBlocked, Refused},
	{apdu.ErrCardBlocked, Blocked},
}

func stateOf(sw apdu.StatusWord) State {
	const invalidated, conditions = 0x6283, 0x6985
	switch {
	case sw.OK(), sw.Warning() && sw != invalidated:
		return There
	case sw == conditions:
		return Refused
	}
	for _, row := range states {
		if errors.Is(&apdu.StatusError{SW: sw}, row.meaning) {
			return row.state
		}
	}
	return Unclear
}

// selectApplication tries each way to select it, and gives the answer to the first that works, or to the last.
func (s *surveyor) selectApplication(ctx context.Context, app profile.Application) (fci []byte, sw apdu.StatusWord, err error) {
	for _, way := range app.Select {
		command := apdu.SelectFile(apdu.SelectByFID, way.FID)
		if len(way.Name) > 0 {
			command = apdu.SelectDF(way.Name)
		}
		resp, err := s.channel.Send(ctx, command)
		if err != nil {
			return nil, 0, err
		}
		if fci, sw = resp.Data, resp.SW; sw.OK() || sw.Warning() {
			break
		}
	}
	return fci, sw, nil
}

// controlInformation selects the application once more, with Le: over T=1 some cards tell of it only then.
func (s *surveyor) controlInformation(ctx context.Context, app profile.Application) ([]byte, error) {
	command := apdu.SelectDF(app.Select[0].Name)
	command.Ne = apdu.MaxShortNe
	resp, err := s.channel.Send(ctx, command)
	return resp.Data, err
}

// selectFile selects with P1=02, or with P1=00 as some cards want it, which is found out with the first file.
func (s *surveyor) selectFile(ctx context.Context, fid uint16) (apdu.Response, error) {
	resp, err := s.channel.Send(ctx, apdu.SelectFile(s.selectEF, fid))
	if err != nil || s.selected {
		return resp, err
	}
	if s.selected = resp.SW.OK(); s.selected {
		return resp, nil
	}
	again, err := s.channel.Send(ctx, apdu.SelectFile(apdu.SelectByFID, fid))
	if err == nil && again.SW.OK() {
		s.selectEF, s.selected = apdu.SelectByFID, true
		return again, nil
	}
	return resp, err
}

const recordHeader = 2 // tag and length

// readRecord reads a record of the file that is selected, with its value. A card that refuses has none to give.
func (s *surveyor) readRecord(ctx context.Context, f profile.File, tag byte) (value profile.Value, there bool, err error) {
	record, _ := f.Record(tag)
	resp, err := s.channel.Send(ctx, apdu.ReadRecord(apdu.CurrentEF, apdu.RecordFirstByID, tag, record.Length+recordHeader))
	if err != nil {
		return value, false, err
	}
	objects, err := tlv.ParseSimple(resp.Data)
	if stateOf(resp.SW) != There || err != nil || len(objects) == 0 || objects[0].Tag != tag {
		return value, false, nil
	}
	value, err = record.Decode(objects[0].Value)
	return value, err == nil, nil
}

// probe asks for so few bytes that no value is among them. It does not go through the channel, which would fetch what
// the card says is waiting.
func (s *surveyor) probe(ctx context.Context, command apdu.Command) (apdu.Response, error) {
	raw, err := command.Bytes()
	if err != nil {
		return apdu.Response{}, err
	}
	s.probes++
	answer, err := s.card.Transmit(ctx, raw)
	if err != nil {
		return apdu.Response{}, err
	}
	return apdu.ParseResponse(answer)
}

// lookInto finds out whether the file that is selected can be read, and which records it has.
func (s *surveyor) lookInto(ctx context.Context, f *File) error {
	if len(f.File.Records) == 0 {
		return s.lookAtFirst(ctx, f)
	}
	for _, record := range f.File.Records {
		resp, err := s.probe(ctx, apdu.ReadRecord(apdu.CurrentEF, apdu.RecordFirstByID, record.Tag, recordHeader))
		if err != nil {
			return err
		}
		found := Record{Record: record, State: stateOf(resp.SW), Length: -1}
		if n, told := lengthOf(resp); told {
			found.State, found.Length = There, n
		}
		if found.State == Refused || found.State == Blocked {
			f.State, f.SW, f.Records = found.State, resp.SW, nil
			return nil
		}
		if s.options.Values && found.State == There {
			if found.Value, _, err = s.readRecord(ctx, f.File, record.Tag); err != nil {
				return err
			}
		}
		f.Records = append(f.Records, found)
	}
	return nil
}

// lengthOf is the length of the value of a record, from its beginning or from what the card says is the right Le.
func lengthOf(resp apdu.Response) (int, bool) {
	if n, corrected := resp.SW.Correct(); corrected {
		return max(0, n-recordHeader), true
	}
	if n, waiting := resp.SW.More(); waiting {
		return max(0, n+len(resp.Data)-recordHeader), true
	}
	if stateOf(resp.SW) == There && len(resp.Data) >= recordHeader {
		return int(resp.Data[1]), true
	}
	return 0, false
}

// lookAtFirst asks a file that has no records with tags for its first byte, or that of its first record.
func (s *surveyor) lookAtFirst(ctx context.Context, f *File) error {
	command := apdu.ReadRecord(apdu.CurrentEF, apdu.RecordByNumber, 1, 1)
	if f.Structure == profile.Transparent {
		command = apdu.ReadBinary(0, 1)
	}
	resp, err := s.probe(ctx, command)
	if err != nil {
		return err
	}
	_, told := lengthOf(resp)
	switch state := stateOf(resp.SW); {
	case told || state == There, state == Absent: // without a record yet it is there all the same
	default:
		f.State, f.SW = state, resp.SW
	}
	return nil
}
