package apdu

import (
	"fmt"
	"math/bits"
)

// First bytes of an answer to reset (ISO/IEC 7816-3 §8.1), and its longest.
const (
	DirectConvention  = 0x3B
	InverseConvention = 0x3F
	maxATR            = 33
)

// ATR is an answer to reset taken apart (ISO/IEC 7816-3 §8.2). Interface are TA1, TB1 and so on, those that are there, in
// their order.
type ATR struct {
	TS, T0     byte
	Interface  []InterfaceByte
	Historical []byte // 15 at most
	TCK        []byte // the check byte, or none

	check byte // XOR of all from T0 to TCK
}

// InterfaceByte is one of the bytes between T0 and the historical bytes. Protocol is the one that it is about, T=0 to
// T=15, where 15 stands for global ones; of the first and second group it has no meaning but in TD.
type InterfaceByte struct {
	Letter   byte // 'A' to 'D'
	Group    int  // from 1
	Value    byte
	Protocol int
}

// Name is what the standard calls the byte: "TA1".
func (b InterfaceByte) Name() string { return fmt.Sprintf("T%c%d", b.Letter, b.Group) }

// Halves of T0 and TDi.
const (
	announced   = 0xF0
	announcesTD = 0x80
	lowHalf     = 0x0F
)

// ParseATR takes an answer to reset apart. What does not add up gives [ErrMalformed], and with it what could be told
// up to there. [ATR.Check] says whether the check byte is right: cards in the field have wrong ones.
func ParseATR(atr []byte) (ATR, error) {
	var a ATR
	if len(atr) < 2 || len(atr) > maxATR {
		return a, fmt.Errorf("%w: answer to reset of %d bytes", ErrMalformed, len(atr))
	}
	a.TS, a.T0 = atr[0], atr[1]
	for _, b := range atr[1:] {
		a.check ^= b
	}
	if a.TS != DirectConvention && a.TS != InverseConvention {
		return a, fmt.Errorf("%w: answer to reset that begins with %02X", ErrMalformed, a.TS)
	}
	end, err := a.takeInterface(atr)
	if err != nil {
		return a, err
	}
	history := end + int(a.T0&lowHalf)
	if history > len(atr) {
		return a, errATRShort
	}
	a.Historical, a.TCK = atr[end:history:history], atr[history:]
	if len(a.TCK) > 1 {
		return a, fmt.Errorf("%w: %d bytes behind the historical bytes", ErrMalformed, len(a.TCK))
	}
	return a, nil
}

var errATRShort = fmt.Errorf("%w: answer to reset cut short", ErrMalformed)

// takeInterface takes the interface bytes, group by group, and tells where they end.
func (a *ATR) takeInterface(atr []byte) (end int, err error) {
	next, at, protocol := a.T0, 2, 0
	for group := 1; ; group++ {
		last := next
		for i := range 4 {
			if last&(0x10<<i) == 0 {
				continue
			}
			if at == len(atr) {
				return 0, errATRShort
			}
			a.Interface = append(a.Interface, InterfaceByte{'A' + byte(i), group, atr[at], protocol})
			at++
		}
		if last&announcesTD == 0 {
			return at, nil
		}
		next = atr[at-1]
		protocol = int(next & lowHalf)
		a.Interface[len(a.Interface)-1].Protocol = protocol
	}
}

// Get is the interface byte of that name, such as TA1.
func (a ATR) Get(letter byte, group int) (byte, bool) {
	for _, b := range a.Interface {
		if b.Letter == letter && b.Group == group {
			return b.Value, true
		}
	}
	return 0, false
}

// Protocols are those that the card offers, the first one first: 0 and 1 for T=0 and T=1. A card that names none offers
// T=0.
func (a ATR) Protocols() []int {
	const global = 15
	var offered []int
	for _, b := range a.Interface {
		if b.Letter == 'D' && b.Protocol != global {
			offered = append(offered, b.Protocol)
		}
	}
	if len(offered) == 0 {
		return []int{0}
	}
	return offered
}

// Check reports whether the check byte is as it must be: right, and there if and only if more than T=0 is offered
// (ISO/IEC 7816-3 §8.2.5).
func (a ATR) Check() error {
	wanted := false
	for _, b := range a.Interface {
		wanted = wanted || b.Letter == 'D' && b.Protocol != 0
	}
	switch {
	case wanted && len(a.TCK) == 0:
		return fmt.Errorf("%w: no TCK, and more than T=0 is offered", ErrMalformed)
	case !wanted && len(a.TCK) > 0:
		return fmt.Errorf("%w: TCK, and only T=0 is offered", ErrMalformed)
	case wanted && a.check != 0:
		return fmt.Errorf("%w: TCK is not the exclusive or of the bytes before it", ErrMalformed) // and not which one is: it tells of them
	}
	return nil
}

// Clock rate conversion F and baud rate adjustment D by the halves of TA1 (ISO/IEC 7816-3 tables 7 and 8); 0: reserved.
var (
	clockRates = [16]int{372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0}
	baudRates  = [16]int{0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0}
)

// defaultTA1 is F=372, D=1.
const defaultTA1 = 0x11

// Rates are F and D, the most that the card can do: one bit takes F/D clock cycles. A reserved value gives 0.
func (a ATR) Rates() (f, d int) {
	ta1, given := a.Get('A', 1)
	if !given {
		ta1 = defaultTA1
	}
	return clockRates[ta1>>4], baudRates[ta1&lowHalf]
}

// HistoricalBytes finds the historical bytes, 15 at most, in an answer to reset (ISO/IEC 7816-3 §8.2): behind TS, T0
// and the interface bytes that T0 and each TDi announce. It is more lenient than [ParseATR]: no card is refused for what
// stands before or behind them. The result is a slice of atr.
func HistoricalBytes(atr []byte) ([]byte, error) {
	if len(atr) < 2 {
		return nil, fmt.Errorf("%w: answer to reset of %d bytes", ErrMalformed, len(atr))
	}
	last := 1 // T0, then each TDi: their high half announces what follows
	for {
		follows := atr[last] & announced
		last += bits.OnesCount8(follows)
		if last >= len(atr) {
			return nil, errATRShort
		}
		if follows&announcesTD == 0 {
			break
		}
	}
	start, end := last+1, last+1+int(atr[1]&lowHalf)
	if end > len(atr) {
		return nil, errATRShort
	}
	return atr[start:end:end], nil
}
