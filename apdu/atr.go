package apdu

import (
	"fmt"
	"math/bits"
)

// HistoricalBytes finds the historical bytes, 15 at most, in an answer to reset (ISO/IEC 7816-3 §8.2): behind TS, T0
// and the interface bytes that T0 and each TDi announce. The result is a slice of atr.
func HistoricalBytes(atr []byte) ([]byte, error) {
	const announcesTD = 0x80
	if len(atr) < 2 {
		return nil, fmt.Errorf("%w: answer to reset of %d bytes", ErrMalformed, len(atr))
	}
	last := 1 // T0, then each TDi: their high half announces what follows
	for {
		announced := atr[last] & 0xF0
		last += bits.OnesCount8(announced)
		if last >= len(atr) {
			return nil, fmt.Errorf("%w: answer to reset cut short", ErrMalformed)
		}
		if announced&announcesTD == 0 {
			break
		}
	}
	start, end := last+1, last+1+int(atr[1]&0x0F)
	if end > len(atr) {
		return nil, fmt.Errorf("%w: answer to reset cut short", ErrMalformed)
	}
	return atr[start:end:end], nil
}
