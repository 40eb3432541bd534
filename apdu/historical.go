package apdu

import (
	"fmt"
	"strings"
)

// HistoricalLength is how many historical bytes a social security card has.
const HistoricalLength = 13

// serialStart is where what tells one card from others of its batch begins in the historical bytes.
const serialStart = 9

// Historical are the historical bytes of a social security card (LD/T 32, electrical characteristics: 卡复位信息). The
// layouts of cards from before the standard differ: nothing may be refused for what stands here.
type Historical struct {
	ChipMaker [2]byte // T1-T2, registered number
	System    [3]byte // T3-T5, of the makers of chip and operating system
	CardMaker [2]byte // T6-T7, registered number
	Region    string  // T8-T9, the first four digits of the issuing region
	Serial    [4]byte // TA-TD, unique in the region
}

// ParseHistorical takes the 13 bytes apart. Any other number of them is no social security card's ([ErrMalformed]).
func ParseHistorical(b []byte) (Historical, error) {
	if len(b) != HistoricalLength {
		return Historical{}, fmt.Errorf("%w: %d historical bytes, want %d", ErrMalformed, len(b), HistoricalLength)
	}
	return Historical{
		ChipMaker: [2]byte(b[0:2]), System: [3]byte(b[2:5]), CardMaker: [2]byte(b[5:7]),
		Region: Hex(b[7:9]), Serial: [4]byte(b[9:13]),
	}, nil
}

// MaskATR is an answer to reset in hexadecimal without what tells one card from others: dots stand for the historical
// bytes from TA on and all behind them, as the check byte would give one away. Of what is no answer to reset only the
// first bytes are shown.
func MaskATR(atr []byte) string {
	const beginning = 4
	shown := min(len(atr), beginning)
	if a, err := ParseATR(atr); err == nil {
		shown = len(atr)
		if serial := len(a.Historical) - serialStart; serial > 0 {
			shown -= serial + len(a.TCK)
		}
	}
	return Hex(atr[:shown]) + strings.Repeat(".", 2*(len(atr)-shown))
}
