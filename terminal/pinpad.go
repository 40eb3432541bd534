package terminal

import (
	"context"
	"encoding/binary"

	"sscard/apdu"
	"sscard/reader"
)

// PINPad is the key pad of the reader (PC/SC part 10): the PIN goes from there to the card and never comes here. A
// change of the PIN wants both PINs in one command with a mark between, which key pads cannot do; nor can they give a
// new PIN to be encrypted.
type PINPad struct{}

var (
	_ PINEntry  = PINPad{}
	_ directPIN = PINPad{}
)

// Enter fails: the digits stay in the reader.
func (PINPad) Enter(context.Context, PINPrompt) (PIN, error) { return nil, ErrPINNoEntry }

// Answers of the key pad itself, in the place of the card's (PC/SC part 10 §2.5.2).
var padAnswers = map[apdu.StatusWord]error{
	0x6400: ErrPINTimeout,
	0x6401: ErrPINCancelled,
	0x6402: ErrPINMismatch,
	0x6403: ErrPINLength,
}

// VerifyDirect has the reader ask for the PIN and send VERIFY with it.
func (PINPad) VerifyDirect(ctx context.Context, lease *reader.Lease) (apdu.StatusWord, error) {
	answer, err := lease.Control(ctx, reader.FeatureVerifyPIN, verifyStructure())
	if err != nil {
		return 0, err
	}
	response, err := apdu.ParseResponse(answer)
	if err != nil {
		return 0, err
	}
	return response.SW, padAnswers[response.SW]
}

// verifyStructure is PIN_VERIFY_STRUCTURE (PC/SC part 10 §2.5.2): 4 to 16 digits as packed BCD behind the header, with
// no block to fill, so that the reader sets Lc by what was entered.
func verifyStructure() []byte {
	const (
		seconds       = 30
		bytesLeftBCD  = 0x81 // system units bytes, position 0, left justified, BCD
		enterKey      = 0x02 // ends the entry
		oneMessage    = 0x01
		chinese       = 0x0804
		templateBytes = 5
	)
	b := []byte{seconds, seconds, bytesLeftBCD, 0, 0}
	b = append(b, maxPIN, minPIN) // wPINMaxExtraDigit, little-endian
	b = append(b, enterKey, oneMessage)
	b = binary.LittleEndian.AppendUint16(b, chinese)
	b = append(b, 0, 0, 0, 0) // bMsgIndex, bTeoPrologue
	b = binary.LittleEndian.AppendUint32(b, templateBytes)
	return append(b, 0x00, apdu.InsVerify, 0x00, 0x00, 0x00)
}
