// Package tlv takes apart the two tag-length-value codings of a social security card.
//
// BER-TLV (ISO/IEC 7816-4 §5.2.2, ISO/IEC 8825-1) is how a card describes itself: the control information
// a SELECT gives back, the entries of a directory. [Parse] lists one level, [Find] follows a path of
// tags, [AppendBER] builds.
//
//	alg, ok, err := tlv.Find(fci, 0x6F, 0xA5, 0x9F0C, 0x86) // 01 DES, 02 SSF33, 03 SM4
//
// The one-byte coding (LD/T 32, files) is how records are kept: a byte of tag, a byte of length, the
// value. [ParseSimple] lists it, [AppendSimple] builds.
//
// Nothing is copied: values are slices of the input and live as long as it does. No input makes these
// functions panic, and [Limits] bound what an input can cost. An error tells tags, lengths and offsets,
// never values, which may be personal. The package imports the standard library only, and all of it is
// safe for concurrent use.
package tlv

import "errors"

// What a parse fails with. The objects before the fault are returned beside the error, for a caller who
// can use them.
var (
	ErrMalformed = errors.New("tlv: malformed")
	ErrLimit     = errors.New("tlv: limit exceeded")
)

// Limits bound what one call may cost; what is beyond fails with [ErrLimit].
type Limits struct {
	Depth  int // tags in the path of a Find
	Count  int // objects or records at one level
	Length int // bytes of one value
}

// DefaultLimits are wide of all that a card can hold: its longest answer is 64 KiB.
func DefaultLimits() Limits { return Limits{Depth: 8, Count: 1024, Length: 1 << 16} }

// isFiller reports the two bytes that stand for erased memory and so begin no tag.
func isFiller(c byte) bool { return c == 0x00 || c == 0xFF }
