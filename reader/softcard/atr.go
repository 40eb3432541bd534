package softcard

import (
	"errors"
	"math/bits"
)

var errATR = errors.New("not an answer to reset")

const (
	maxATR         = 33
	directATR      = 0x3B
	inverseATR     = 0x3F
	anotherTD      = 0x80
	protocolMask   = 0x0F
	historicalMask = 0x0F
)

// historicalBytes takes them out of an answer to reset (ISO/IEC 7816-3 §8.2): TS, T0, as many interface
// bytes as T0 and each TD announce, the historical bytes, and TCK where a TD offers more than T=0.
func historicalBytes(atr []byte) ([]byte, error) {
	if len(atr) < 2 || len(atr) > maxATR || (atr[0] != directATR && atr[0] != inverseATR) {
		return nil, errATR
	}
	start, announced, checked := 2, atr[1], false
	for announced&anotherTD != 0 {
		start += bits.OnesCount8(announced >> 4)
		if start > len(atr) {
			return nil, errATR
		}
		announced = atr[start-1] // TD is the last of its set
		checked = checked || announced&protocolMask != 0
	}
	start += bits.OnesCount8(announced >> 4)
	end := start + int(atr[1]&historicalMask)
	if !checked && end == len(atr) {
		return atr[start:end], nil
	}
	if checked && end+1 == len(atr) && exclusiveOr(atr[1:]) == 0 {
		return atr[start:end], nil
	}
	return nil, errATR
}

func exclusiveOr(b []byte) (sum byte) {
	for _, x := range b {
		sum ^= x
	}
	return sum
}
