package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"sscard/apdu"
	"sscard/apdu/tlv"
	"sscard/apdu/trace"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
)

// shownSession is what `sscard apdu --json` prints.
type shownSession struct {
	Reader    apitype.ReaderRef `json:"reader,omitzero"` // of a trace, it is under meta
	ATR       string            `json:"atr"`
	Steps     []shownStep       `json:"steps"`
	Exchanges int               `json:"exchanges"`
}

// shownStep is a command, with all that it took to get the whole answer. Zeros stand in the place of a PIN.
type shownStep struct {
	Command   string        `json:"command"`
	Name      string        `json:"name"`
	Place     string        `json:"place"` // on the card: application and file
	Response  string        `json:"response,omitempty"`
	SW        string        `json:"sw,omitempty"`
	Meaning   *apitype.Text `json:"meaning,omitempty"`
	Fault     string        `json:"fault,omitempty"` // in place of an answer
	Objects   []shownObject `json:"objects,omitempty"`
	Exchanges int           `json:"exchanges"`
	ElapsedMS float64       `json:"elapsed_ms"`
}

// shownObject is a TLV object of an answer, or a record of a file.
type shownObject struct {
	Tag     string        `json:"tag"`
	Label   *apitype.Text `json:"label,omitempty"`
	Length  int           `json:"length"`
	Value   string        `json:"value,omitempty"` // in hexadecimal; absent where there are Objects
	Text    string        `json:"text,omitempty"`  // the value decoded
	Objects []shownObject `json:"objects,omitempty"`
}

func showSession(s *trace.Session, profiles *profile.Set) shownSession {
	shown := shownSession{ATR: apdu.Hex(s.ATR()), Exchanges: len(s.Exchanges), Steps: []shownStep{}}
	layout := profiles.Layout(newestVersion, "")
	for _, step := range s.Steps() {
		shown.Steps = append(shown.Steps, showStep(step, layout))
	}
	return shown
}

// newestVersion is of a layout that knows the records of every version.
const newestVersion = "3.00"

func showStep(step trace.Step, layout profile.Layout) shownStep {
	raw, _ := step.Command.Bytes() // which was sent
	s := shownStep{
		Command: apdu.Hex(raw), Name: step.Command.Name(), Place: step.Place.String(), Response: apdu.Hex(step.Data),
		Fault: step.Fault, Exchanges: step.Last - step.First + 1, ElapsedMS: float64(step.Elapsed.Microseconds()) / 1000,
	}
	if s.Fault != "" {
		return s
	}
	s.SW = step.SW.String()
	meaning := meaningOf(step.SW)
	s.Meaning = &meaning
	s.Objects = objectsOf(step, layout)
	return s
}

// objectsOf takes the answer apart: records of the card's own one-byte TLV in its applications, BER elsewhere. What is
// neither has no objects.
func objectsOf(step trace.Step, layout profile.Layout) []shownObject {
	switch step.Command.INS {
	case apdu.InsReadRecord:
		if file, known := fileAt(step.Place, layout); known {
			return recordsOf(step.Data, file)
		}
		return berObjects(step.Data, 0)
	case apdu.InsSelect, insGetData:
		return berObjects(step.Data, 0)
	}
	return nil
}

func fileAt(at trace.Place, layout profile.Layout) (profile.File, bool) {
	app, known := layout.Application(at.Application)
	if !known {
		return profile.File{}, false
	}
	i := slices.IndexFunc(app.Files, func(f profile.File) bool { return f.FID == at.File })
	if i < 0 {
		return profile.File{}, true // a local one, whose records have the same form
	}
	return app.Files[i], true
}

func recordsOf(data []byte, file profile.File) []shownObject {
	records, err := tlv.ParseSimple(data)
	if err != nil || len(file.Items) > 0 {
		return nil
	}
	objects := make([]shownObject, len(records))
	for i, r := range records {
		o := shownObject{Tag: fmt.Sprintf("%02X", r.Tag), Length: len(r.Value), Value: apdu.Hex(r.Value)}
		if record, known := file.Record(r.Tag); known {
			o.Label = &apitype.Text{ZH: record.Label.ZH, EN: record.Label.EN}
			if value, err := record.Decode(r.Value); err == nil && value.Text != o.Value && len(record.Items) == 0 {
				o.Text = value.Text
			}
		}
		objects[i] = o
	}
	return objects
}

// maxTLVDepth bounds a tree that a card has made.
const maxTLVDepth = 8

// Tags of what SELECT answers (ISO/IEC 7816-4 §7.3.3; LD/T 32, SELECT). 9F0C is primitive by its tag, and holds objects.
const tagIssuerData tlv.Tag = 0x9F0C

var tagLabels = map[tlv.Tag]apitype.Text{
	0x6F: {ZH: "文件控制信息", EN: "file control information"}, 0x84: {ZH: "应用名称", EN: "DF name"},
	0xA5: {ZH: "专用模板", EN: "proprietary template"}, 0x88: {ZH: "目录文件的短标识", EN: "SFI of the directory"},
	tagIssuerData: {ZH: "发卡方数据", EN: "issuer's data"}, 0x86: {ZH: "算法标识", EN: "algorithm"},
	0x61: {ZH: "应用模板", EN: "application template"}, 0x4F: {ZH: "应用标识", EN: "AID"}, 0x50: {ZH: "应用标签", EN: "application label"},
	0x80: {ZH: "文件大小", EN: "file size"}, 0x82: {ZH: "文件类型", EN: "file descriptor"}, 0x83: {ZH: "文件标识", EN: "file identifier"},
	0x92: {ZH: "专用数据", EN: "proprietary data"},
}

func berObjects(data []byte, depth int) []shownObject {
	parsed, err := tlv.Parse(data)
	if err != nil || depth == maxTLVDepth {
		return nil
	}
	objects := make([]shownObject, len(parsed))
	for i, o := range parsed {
		shown := shownObject{Tag: o.Tag.String(), Length: len(o.Value), Value: apdu.Hex(o.Value)}
		if label, known := tagLabels[o.Tag]; known {
			shown.Label = &label
		}
		if o.Constructed() || o.Tag == tagIssuerData {
			if shown.Objects = berObjects(o.Value, depth+1); len(shown.Objects) > 0 {
				shown.Value = ""
			}
		}
		objects[i] = shown
	}
	return objects
}

// printSession shows the session: > what was sent, < what came.
func (p *program) printSession(s shownSession) error {
	if p.json {
		return p.printJSON(s)
	}
	var b strings.Builder
	for _, step := range s.Steps {
		fmt.Fprintf(&b, "> %s  %s · %s\n", step.Command, step.Name, step.Place)
		p.writeObjects(&b, step.Objects, 1)
		if step.Fault != "" {
			fmt.Fprintf(&b, "! %s\n", plainText(step.Fault))
		} else {
			fmt.Fprintf(&b, "< %s  %s · %.1f ms\n", strings.Join(present(step.Response, step.SW), " "), step.Meaning.In(p.lang), step.ElapsedMS)
		}
	}
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

func (p *program) writeObjects(b *strings.Builder, objects []shownObject, depth int) {
	for _, o := range objects {
		parts := present(o.Tag, p.labelOf(o), fmt.Sprintf("[%d]", o.Length), o.Value, plainText(o.Text))
		fmt.Fprintln(b, strings.Repeat("  ", depth)+strings.Join(parts, "  "))
		p.writeObjects(b, o.Objects, depth+1)
	}
}

func (p *program) labelOf(o shownObject) string {
	if o.Label == nil {
		return ""
	}
	return o.Label.In(p.lang)
}
