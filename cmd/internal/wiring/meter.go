package wiring

import (
	"time"

	"sscard/reader"
	"sscard/terminal"
)

// Meter is told what the layers do. All its methods must be quick.
type Meter interface {
	Took(phase string, d time.Duration)            // of an operation
	Opened(in reader.Reader, generation int)       // a card
	Audited(log terminal.Auditor) terminal.Auditor // every operation, on its way to the audit log
}

// nobody counts nothing.
type nobody struct{}

func (nobody) Took(string, time.Duration)                    {}
func (nobody) Opened(reader.Reader, int)                     {}
func (nobody) Audited(log terminal.Auditor) terminal.Auditor { return log }
