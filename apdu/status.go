package apdu

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// StatusWord is SW1-SW2, the two bytes that end every response. It is a value, not an error: whether a
// word means failure is for the command to say.
type StatusWord uint16

// What a failing status word means; a [StatusError] matches one of these by errors.Is.
var (
	ErrVerification   = errors.New("verification failed")
	ErrSecurityStatus = errors.New("security status not satisfied")
	ErrAuthBlocked    = errors.New("PIN or key blocked")
	ErrFileNotFound   = errors.New("file not found")
	ErrRecordNotFound = errors.New("record not found")
	ErrKeyNotFound    = errors.New("key or reference data not found")
	ErrNotSupported   = errors.New("not supported by the card")
	ErrParameters     = errors.New("wrong length, parameters or data")
	ErrConditions     = errors.New("conditions of use not satisfied")
	ErrCardBlocked    = errors.New("card or application blocked")
	ErrMemory         = errors.New("card memory failure")
	ErrRefused        = errors.New("refused by the card")
	ErrProtocol       = errors.New("card broke the transmission protocol")
)

type statusRow struct {
	pattern, mask StatusWord
	text          string
	err           error // nil: not a failure
}

const exact = 0xFFFF

// statusRows are the words of LD/T 32 (commands, table 5 and the tables of each command); the first row
// that matches tells, and the last matches all.
var statusRows = [...]statusRow{
	{0x9000, exact, "done", nil},
	{0x6100, 0xFF00, "more bytes ready for GET RESPONSE", ErrProtocol},
	{0x6C00, 0xFF00, "repeat with the length given", ErrProtocol},
	{0x6281, exact, "part of the data may be corrupted", ErrRefused},
	{0x6282, exact, "end of file before Le bytes", ErrRefused},
	{0x6283, exact, "selected file invalidated", ErrCardBlocked},
	{0x63CF, exact, "MAC2 check failed (PSAM)", ErrVerification},
	{0x63C0, 0xFFF0, "verification failed", ErrVerification},
	{0x6300, exact, "authentication failed", ErrVerification},
	{0x6581, exact, "memory failure", ErrMemory},
	{0x6700, exact, "wrong Lc or Le", ErrParameters},
	{0x6901, exact, "command not accepted in this state", ErrConditions},
	{0x6981, exact, "command incompatible with the file structure", ErrParameters},
	{0x6982, exact, "security status not satisfied", ErrSecurityStatus},
	{0x6983, exact, "PIN or key blocked", ErrAuthBlocked},
	{0x6984, exact, "reference data invalid (no challenge)", ErrConditions},
	{0x6985, exact, "conditions of use not satisfied", ErrConditions},
	{0x6986, exact, "no current EF", ErrConditions},
	{0x6987, exact, "secure messaging object missing", ErrParameters},
	{0x6988, exact, "secure messaging MAC wrong", ErrParameters},
	{0x6A80, exact, "data field wrong", ErrParameters},
	{0x6A81, exact, "function not supported, or card blocked", ErrNotSupported},
	{0x6A82, exact, "file not found", ErrFileNotFound},
	{0x6A83, exact, "record not found", ErrRecordNotFound},
	{0x6A84, exact, "no space in the file", ErrMemory},
	{0x6A85, exact, "Lc inconsistent with the TLV structure", ErrParameters},
	{0x6A86, exact, "wrong P1-P2", ErrParameters},
	{0x6A88, exact, "key or reference data not found", ErrKeyNotFound},
	{0x6B00, exact, "offset beyond the end of the file", ErrParameters},
	{0x6D00, exact, "instruction not supported", ErrNotSupported},
	{0x6E00, exact, "class not supported", ErrNotSupported},
	{0x6F00, exact, "data invalid", ErrParameters},
	{0x9302, exact, "MAC wrong", ErrVerification},
	{0x9303, exact, "application blocked for ever", ErrCardBlocked},
	{0x9401, exact, "amount insufficient", ErrConditions},
	{0x9402, exact, "transaction counter at its end", ErrConditions},
	{0x9403, exact, "key index not supported", ErrKeyNotFound},
	{0x9406, exact, "MAC or TAC not available", ErrConditions},
	{0, 0, "unknown status word", ErrRefused},
}

func (sw StatusWord) row() statusRow {
	i := slices.IndexFunc(statusRows[:], func(r statusRow) bool { return sw&r.mask == r.pattern })
	return statusRows[i]
}

// OK reports 9000.
func (sw StatusWord) OK() bool { return sw == 0x9000 }

// Warning reports 62xx: the command was done, with something to say about the data.
func (sw StatusWord) Warning() bool { return sw>>8 == 0x62 }

// More reports 61xx and the number of bytes waiting, 256 for 6100.
func (sw StatusWord) More() (int, bool) { return cmp.Or(int(sw&0xFF), MaxShortNe), sw>>8 == 0x61 }

// Correct reports 6Cxx and the length to repeat the command with, 256 for 6C00.
func (sw StatusWord) Correct() (int, bool) { return cmp.Or(int(sw&0xFF), MaxShortNe), sw>>8 == 0x6C }

// TriesLeft reports the x of 63Cx.
func (sw StatusWord) TriesLeft() (int, bool) { return int(sw & 0xF), sw&0xFFF0 == 0x63C0 }

// Meaning is what the standard says of the word, in a few words of English.
func (sw StatusWord) Meaning() string { return sw.row().text }

// String is the word in four hexadecimal digits.
func (sw StatusWord) String() string { return fmt.Sprintf("%04X", uint16(sw)) }

// StatusError is the story of a command that the card refused. Command says which, without its data
// ("READ RECORD EF05"). errors.Is matches it with the meaning of its word.
type StatusError struct {
	Command string
	SW      StatusWord
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s: %s (%s)", e.Command, e.SW.Meaning(), e.SW)
}

// Is reports whether target is the meaning of the word.
func (e *StatusError) Is(target error) bool { return target != nil && target == e.SW.row().err }
