package terminal

import (
	"sscard/apdu"
	"sscard/reader"
)

// Card is what a use case needs of a card: a lease of a reader, a transcript being played, a software card.
type Card interface {
	apdu.Transmitter
	ATR() []byte
}

var _ Card = (*reader.Lease)(nil)
