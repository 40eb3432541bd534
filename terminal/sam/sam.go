// Package sam is who answers for the symmetric keys of the social security card: the terminal itself never
// holds them. An [Answerer] is a PSAM card in a slot with the role sam, or keys from a file for tests. The
// third way, an HSM at the back end, is not an Answerer: its answer takes two calls of the counter's software
// (terminal.Sessions).
//
// It knows keys by their place in a PSAM (LD/T 32, PSAM; LD/T 33), not by profile names, and imports apdu, sm
// and reader. Answerers are safe for concurrent use. No key, challenge or answer is ever logged.
package sam

import (
	"context"
	"errors"

	"sscard/sm"
)

// What keeps an Answerer from answering; 人社信息函〔2016〕38号 numbers them -2201, -2202, -2203 (-27272) and -24.
var (
	ErrAbsent    = errors.New("no PSAM")
	ErrAlgorithm = errors.New("the PSAM does not have the card's algorithm")
	ErrKey       = errors.New("the PSAM does not hold the key")
	ErrLevel     = errors.New("the PSAM's keys are of too low a level")
)

// Key is a key as a PSAM addresses it. Name is for people.
type Key struct {
	Name  string
	Usage byte // type of use in the low five bits; the high three are the levels of diversification
	ID    byte
}

// Card is what a card's key is diversified by.
type Card struct {
	Algorithm  sm.Algorithm
	Region     string // six digits
	ID         []byte // 卡识别码, 16 bytes
	Historical []byte // 13 bytes
}

// Challenge is what a key is to be proved with: the session key comes from the factor, the answer from the
// original.
type Challenge struct {
	Factor, Original [8]byte
}

// Answerer computes authentication data with a key of the card, without giving the key away.
type Answerer interface {
	Answer(ctx context.Context, card Card, key Key, c Challenge) ([8]byte, error)
	// TerminalNumber is the 终端机编号, 12 digits; "" where there is none.
	TerminalNumber(ctx context.Context, alg sm.Algorithm) (string, error)
}
