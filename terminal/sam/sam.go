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

	"sscard/apdu"
	"sscard/sm"
)

// What keeps an Answerer from answering; 人社信息函〔2016〕38号 numbers them -2201, -2202, -2203 (-27272) and -24.
var (
	ErrAbsent    = errors.New("no PSAM")
	ErrAlgorithm = errors.New("the PSAM does not have the card's algorithm")
	ErrKey       = errors.New("the PSAM does not hold the key")
	ErrLevel     = errors.New("the PSAM's keys are of too low a level")
	ErrMAC2      = errors.New("the PSAM does not take the card's MAC2")
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

// Debit has the card debited, with the number and the MAC1 of the terminal.
type Debit func(sequence uint32, mac1 [4]byte) (mac2 [4]byte, err error)

// Answerer computes authentication data with a key of the card, without giving the key away.
type Answerer interface {
	Answer(ctx context.Context, card Card, key Key, c Challenge) ([8]byte, error)
	// Secured encrypts the data of a command, where it has any, and puts the MAC behind it, under a session key from
	// the card's random.
	Secured(ctx context.Context, card Card, key Key, random [8]byte, command apdu.Command) (apdu.Command, error)
	// Settle makes the MAC1 of a settlement, has the card debited with it, and checks the card's MAC2. It calls debit
	// once at most, and gives its error as it is. What fails afterwards does not undo the debit.
	Settle(ctx context.Context, card Card, key Key, p apdu.SAMPurchase, debit Debit) error
	// TerminalNumber is the 终端机编号, 12 digits; "" where there is none.
	TerminalNumber(ctx context.Context, alg sm.Algorithm) (string, error)
}
