package main

import (
	"fmt"
	"strings"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
	"sscard/terminal/survey"
)

// shownSurvey is what `sscard files --json` prints.
type shownSurvey struct {
	Reader       apitype.ReaderRef  `json:"reader"`
	Generation   int                `json:"generation"`
	SpecVersion  string             `json:"spec_version"`
	Algorithm    string             `json:"algorithm"`
	RegionCode   string             `json:"region_code"`
	Applications []shownApplication `json:"applications"`
	Exchanges    int                `json:"exchanges"`
}

type shownApplication struct {
	Name  string       `json:"name"`
	Label apitype.Text `json:"label"`
	State survey.State `json:"state"`
	SW    string       `json:"sw,omitempty"` // where the state is unclear
	Files []shownFile  `json:"files,omitempty"`
}

type shownFile struct {
	Name      string            `json:"name"`
	Label     apitype.Text      `json:"label"`
	State     survey.State      `json:"state"`
	SW        string            `json:"sw,omitempty"`
	SFI       byte              `json:"sfi,omitempty"`
	Structure profile.Structure `json:"structure"`
	Bytes     int               `json:"bytes,omitempty"` // as the card says, or else the layout
	Read      string            `json:"read"`            // what the layout wants presented
	Update    string            `json:"update"`
	Records   []shownRecord     `json:"records,omitempty"`
}

type shownRecord struct {
	Tag    string       `json:"tag"`
	Label  apitype.Text `json:"label"`
	State  survey.State `json:"state"`
	Length int          `json:"length,omitempty"`
	Value  string       `json:"value,omitempty"`
}

func showSurvey(s *survey.Survey, r reader.Reader, all bool) shownSurvey {
	shown := shownSurvey{
		Reader: apitype.ReaderRef{ID: r.ID, Name: r.Name}, Generation: s.Generation, SpecVersion: s.Version,
		Algorithm: s.Algorithm, RegionCode: s.Region, Exchanges: s.Exchanges,
	}
	for _, app := range s.Applications {
		if app.State == survey.Absent && !all {
			continue
		}
		a := shownApplication{Name: app.Name, Label: apitype.Text(app.Label), State: app.State}
		if app.State == survey.Unclear {
			a.SW = app.SW.String()
		}
		for _, f := range app.Files {
			if f.State != survey.Absent || all {
				a.Files = append(a.Files, showFile(f, all))
			}
		}
		shown.Applications = append(shown.Applications, a)
	}
	return shown
}

func showFile(f survey.File, all bool) shownFile {
	shown := shownFile{
		Name: f.Name, Label: apitype.Text(f.Label), State: f.State, SFI: f.SFI, Structure: f.Structure,
		Bytes: f.Bytes, Read: f.Read.String(), Update: f.Update.String(),
	}
	if f.State == survey.Unclear {
		shown.SW = f.SW.String()
	}
	if shown.Bytes == 0 {
		shown.Bytes = f.Size()
	}
	for _, r := range f.Records {
		if r.State != survey.Absent || all {
			shown.Records = append(shown.Records, shownRecord{
				Tag: fmt.Sprintf("%02X", r.Tag), Label: apitype.Text(r.Label), State: r.State, Length: max(0, r.Length), Value: r.Value.Text,
			})
		}
	}
	return shown
}

// printSurvey shows the tree.
func (p *program) printSurvey(s shownSurvey) error {
	if p.json {
		return p.printJSON(s)
	}
	var t table
	t.row(strings.Join(present(fmt.Sprintf("%d.0", s.Generation), s.Algorithm, s.RegionCode), " · "))
	for i, app := range s.Applications {
		branch, stem := branchOf(i, len(s.Applications))
		t.row(branch+app.Name, app.Label.In(p.lang), p.sayState(app.State, app.SW))
		for j, f := range app.Files {
			branch, twig := branchOf(j, len(app.Files))
			t.row(present(stem+branch+f.Name, f.Label.In(p.lang), p.sayFile(f), p.sayBytes(f.Bytes))...)
			for k, r := range f.Records {
				branch, _ := branchOf(k, len(f.Records))
				t.row(append([]string{stem + twig + branch + r.Tag, r.Label.In(p.lang), p.sayState(r.State, "")}, present(p.sayBytes(r.Length), r.Value)...)...)
			}
		}
	}
	return t.print(p.stdout)
}

// branchOf draws the tree: what stands before the ith of n, and before what hangs on it.
func branchOf(i, n int) (branch, stem string) {
	if i == n-1 {
		return "└─ ", "   "
	}
	return "├─ ", "│  "
}

var stateWords = map[survey.State]message{
	survey.There: sayThere, survey.Absent: sayAbsent, survey.Blocked: sayBlockedState, survey.Unclear: sayUnclear, survey.Refused: sayLocked,
}

func (p *program) sayState(state survey.State, sw string) string {
	return strings.TrimSpace(p.say(stateWords[state]) + " " + sw)
}

// sayFile says of a file that it can be read, or what it wants first.
func (p *program) sayFile(f shownFile) string {
	switch {
	case f.State == survey.There:
		return p.say(sayReadable)
	case f.State == survey.Refused && f.Read != profile.Access{{}}.String():
		return fmt.Sprintf(p.say(sayWants), f.Read)
	}
	return p.sayState(f.State, f.SW)
}

func (p *program) sayBytes(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(p.say(sayBytes), n)
}
