//go:build cgo || windows

package pcsc

// wholeATR is the answer to reset without what follows it, by the length that it gives itself (ISO/IEC 7816-3 §8.2).
// pcscd powers a card into the record that it shows to others, and while it does so the length there is that of the
// record: a card in use would seem to change. What is no answer to reset is left as it is.
func wholeATR(b []byte) []byte {
	const interfaceBytes, more = 3, 1 << 3 // TA, TB and TC; and TD, which says what comes after them
	if len(b) < 2 || (b[0] != 0x3B && b[0] != 0x3F) {
		return b
	}
	length, checked := 2+int(b[1]&0x0F), 0 // TS, T0, historical bytes; TCK
	for at, follows := 1, b[1]>>4; ; follows = b[at] >> 4 {
		for bit := range interfaceBytes {
			if follows>>bit&1 == 1 {
				at++
				length++
			}
		}
		if follows&more == 0 {
			break
		}
		at++
		length++
		if at >= len(b) {
			return b
		}
		if b[at]&0x0F != 0 { // a protocol other than T=0
			checked = 1
		}
	}
	return b[:min(len(b), length+checked)]
}
