// Package survey finds out what a card has: which applications and files there are, which of them can be read, and which
// records are in these. It is for technicians: it asks for more than any use case, and takes its time.
//
// Values stay on the card unless [Options.Values] asks for them. Of a record only the tag and the length are read, two
// bytes, of other files one byte, which is thrown away; where the card insists on the whole it says how long that is, and
// is not asked again. Of the issuer's file the version and the 卡识别码 are read: they say how the rest is laid out.
// Nothing is presented to the card, neither keys nor a PIN, and nothing is changed.
//
// It imports terminal, profile and apdu, and knows no reader. A survey holds no secret but values that were asked for.
package survey

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sscard/apdu"
	"sscard/apdu/tlv"
	"sscard/terminal"
	"sscard/terminal/profile"
)

// ErrNotSSCard says that the card has no 社会保障系统环境, or nothing in it that tells what card it is.
var ErrNotSSCard = errors.New("not a social security card")

// State is what became of asking for something.
type State string

// States. Refused: it is there, and wants what Access says, or more. Unclear: the card answered something else ([SW]).
const (
	There   State = "there"
	Absent  State = "absent"
	Refused State = "refused"
	Blocked State = "blocked"
	Unclear State = "unclear"
)

// Survey is what a card has.
type Survey struct {
	Generation   int
	Version      string // 规范版本
	Algorithm    string
	Region       string // six digits; "" where the 卡识别码 has none
	Applications []Application
	Exchanges    int
}

// Application is one of the layout's, or another one that is looked for by name only and then has no Files.
type Application struct {
	Name  string
	Label profile.Label
	State State
	SW    apdu.StatusWord // where Unclear
	Files []File          // of the layout; none where the application is not There
}

// File is one of the layout's.
type File struct {
	profile.File
	State   State
	SW      apdu.StatusWord
	Bytes   int // that the card says it has; 0: it does not say
	Records []Record
}

// Record is one of the layout's.
type Record struct {
	profile.Record
	State  State
	Length int           // of the value; -1: not known
	Value  profile.Value // where values were asked for
}

// Options say how much to ask for.
type Options struct {
	Applications []string // their names; nil: all of the layout, the asymmetric ones, and others that cards are known to have
	Values       bool     // read them, too
}

// Take asks the card. What is not of the standard is no error but a state; an error is of the way to the card, or
// [ErrNotSSCard], and the survey then holds what was found before.
func Take(ctx context.Context, card terminal.Card, profiles *profile.Set, options Options) (*Survey, error) {
	s := &surveyor{card: card, channel: apdu.NewChannel(card), options: options, selectEF: apdu.SelectEFByID}
	layout, err := s.identify(ctx, profiles)
	if err == nil {
		err = s.lookAt(ctx, layout, profiles)
	}
	s.found.Exchanges = s.channel.Exchanges() + s.probes
	return &s.found, err
}

// surveyor is one survey on its way.
type surveyor struct {
	card    terminal.Card
	channel *apdu.Channel
	options Options
	probes  int // exchanges beside the channel

	selectEF byte // P1 that files are selected with
	selected bool // one was, so it is the right one
	found    Survey
}

// Where the card says what it is.
const (
	ssse       = "SSSE"
	issuer     = "EF05"
	tagCardID  = 0x01
	tagVersion = 0x03
	regionSize = 6

	firstWithSM4 = 3 // generation
)

// identify selects the application and reads which card it is.
func (s *surveyor) identify(ctx context.Context, profiles *profile.Set) (profile.Layout, error) {
	first := profiles.Layout("", "")
	app, _ := first.Application(ssse)
	fci, sw, err := s.selectApplication(ctx, app)
	if err != nil {
		return first, err
	}
	if stateOf(sw) == Blocked {
		return first, &apdu.StatusError{Command: "SELECT " + ssse, SW: sw}
	}
	if !sw.OK() && !sw.Warning() {
		return first, fmt.Errorf("%w: %w", ErrNotSSCard, &apdu.StatusError{Command: "SELECT " + ssse, SW: sw})
	}
	file, _ := app.File(issuer)
	if _, err := s.selectFile(ctx, file.FID); err != nil {
		return first, err
	}
	id, _, err := s.readRecord(ctx, file, tagCardID)
	if err != nil {
		return first, err
	}
	version, there, err := s.readRecord(ctx, file, tagVersion)
	if err == nil && !there && len(id.Text) == 0 {
		err = ErrNotSSCard
	}
	if err != nil {
		return first, err
	}
	s.found.Version, s.found.Generation, s.found.Region = version.Text, profile.Generation(version.Text), regionOf(id.Text)
	if len(fci) == 0 && s.found.Generation >= firstWithSM4 {
		if fci, err = s.controlInformation(ctx, app); err != nil {
			return first, err
		}
	}
	s.found.Algorithm = terminal.AlgorithmOf(fci, s.found.Region)
	return profiles.Layout(version.Text, s.found.Region), nil
}

func regionOf(cardID string) string {
	if len(cardID) < regionSize || slices.ContainsFunc([]byte(cardID[:regionSize]), func(c byte) bool { return c < '0' || c > '9' }) {
		return ""
	}
	return cardID[:regionSize]
}

// lookAt goes through the applications.
func (s *surveyor) lookAt(ctx context.Context, layout profile.Layout, profiles *profile.Set) error {
	for _, app := range slices.Concat(layout.Applications(), asymmetric(profiles, layout), others) {
		if s.options.Applications != nil && !slices.Contains(s.options.Applications, app.Name) {
			continue
		}
		found := Application{Name: app.Name, Label: app.Label}
		_, sw, err := s.selectApplication(ctx, app)
		if err != nil {
			return err
		}
		found.State, found.SW = stateOf(sw), sw
		if found.State == There {
			found.Files, err = s.lookAtFiles(ctx, app)
		}
		s.found.Applications = append(s.found.Applications, found)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *surveyor) lookAtFiles(ctx context.Context, app profile.Application) (files []File, err error) {
	for _, f := range app.Files {
		file := File{File: f}
		resp, err := s.selectFile(ctx, f.FID)
		if err == nil {
			file.State, file.SW, file.Bytes = stateOf(resp.SW), resp.SW, sizeOf(resp.Data)
			if file.State == There {
				err = s.lookInto(ctx, &file)
			}
		}
		if err != nil {
			return files, err
		}
		files = append(files, file)
	}
	return files, nil
}

// sizeOf is the size that the card tells of a file that it was asked to select (ISO/IEC 7816-4 §7.3.3).
func sizeOf(fci []byte) int {
	for _, template := range []tlv.Tag{0x6F, 0x62} {
		if size, found, err := tlv.Find(fci, template, 0x80); err == nil && found && len(size) == 2 {
			return int(size[0])<<8 | int(size[1])
		}
	}
	return 0
}
