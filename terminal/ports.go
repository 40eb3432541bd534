package terminal

import (
	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
)

// Card is what a use case needs of a card: a lease of a reader, a transcript being played, a software card.
type Card interface {
	apdu.Transmitter
	ATR() []byte
}

var _ Card = (*reader.Lease)(nil)

// Auditor is the audit log, as the use cases need it.
type Auditor interface {
	// Ready fails where no card may be touched, as the line could not be written.
	Ready() error
	// Record writes the line, but for its number, time and hash. Where it fails, what was read is not to be given.
	Record(apitype.AuditRecord) error
}
