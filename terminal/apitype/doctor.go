package apitype

import "time"

// DoctorReport is the answer of POST /v1/doctor and of `sscard doctor --json`: what was found, in the order of the checks.
// It holds no personal data.
type DoctorReport struct {
	Time     time.Time      `json:"time"`
	Version  Version        `json:"version"`
	System   string         `json:"system"`
	Headline string         `json:"headline,omitempty"` // the code to begin with
	Exit     int            `json:"exit"`
	Findings []Finding      `json:"findings"`
	Readers  []DoctorReader `json:"readers"`
}

// First is the finding to begin with: the first error, or else the first warning.
func (r DoctorReport) First() (Finding, bool) {
	for _, level := range []FindingLevel{FindingError, FindingWarn} {
		for _, f := range r.Findings {
			if f.Level == level {
				return f, true
			}
		}
	}
	return Finding{}, false
}

// FindingLevel is how bad a finding is.
type FindingLevel string

// Levels, from the best. Info is worth knowing; Warn may be a cause; Error is one.
const (
	FindingOK    FindingLevel = "ok"
	FindingInfo  FindingLevel = "info"
	FindingWarn  FindingLevel = "warn"
	FindingError FindingLevel = "error"
)

// Finding is one thing that was found. Detail is of the machine, in no language: names of readers and files, numbers.
type Finding struct {
	Code   string       `json:"code"`
	Level  FindingLevel `json:"level"`
	Title  Text         `json:"title"`
	Detail string       `json:"detail,omitempty"`
	Why    Text         `json:"why,omitzero"` // it matters
	Hint   Text         `json:"hint,omitzero"`
}

// DoctorReader is a slot as the report has it. ATR is without the serial of the card.
type DoctorReader struct {
	Name      string   `json:"name"`
	Role      string   `json:"role"`
	Interface string   `json:"interface"`
	Card      bool     `json:"card"`
	Mute      bool     `json:"mute,omitempty"`
	ATR       string   `json:"atr,omitempty"`
	Features  []string `json:"features,omitempty"` // that the reader has by itself, where a card let it be asked
}

// DoctorProgress is the answer of GET /v1/doctor: how far the examination under way is, or else the last one.
type DoctorProgress struct {
	Running  bool      `json:"running"`
	Done     int       `json:"done"` // of so many checks
	Of       int       `json:"of"`
	Findings []Finding `json:"findings"` // until now
}
