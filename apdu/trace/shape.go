package trace

import "bytes"

// shaped replaces a value by one of the shape that its bytes have: a date, a time or a region in BCD, digits in BCD,
// text in GBK, an identity number in text, or just bytes. Padding stays.
func shaped(v *inventor, value []byte) error {
	text := trimmed(value)
	switch {
	case len(text) == 0:
		return nil
	case isBCD(value) && isDate(bcdDigits(value)):
		v.bcd(value, v.date)
		return nil
	case isBCD(value) && isRegion(bcdDigits(value)) && !isAlphanumeric(value):
		v.bcd(value, v.region)
		return nil
	case isBCD(value) && isTime(bcdDigits(value)):
		return moment(v, value)
	case isBCD(text) && !isAlphanumeric(text):
		return digits(v, value)
	case isText(text):
		return written(v, text)
	}
	return random(v, text)
}

// digits is for packed BCD. Nibbles that are no digits stay.
func digits(v *inventor, value []byte) error {
	if len(trimmed(value)) == 0 {
		return nil
	}
	v.once("digits", value, func(b []byte) {
		for i, c := range b {
			b[i] = v.nibble(c>>4)<<4 | v.nibble(c&0x0F)
		}
	})
	return nil
}

func (v *inventor) nibble(n byte) byte {
	if n > 9 {
		return n
	}
	return byte(v.rng.IntN(10))
}

// written is for text in GBK, without padding. Numbers that are known go as they went elsewhere.
func written(v *inventor, text []byte) error {
	if isIdentity(text) {
		return socialSecurityNumber(v, text)
	}
	for _, known := range v.numbers {
		if i := bytes.Index(text, known.old); i >= 0 && known.new != nil {
			end := i + copy(text[i:], known.new)
			_ = written(v, text[:i]) // which cannot fail
			return written(v, text[end:])
		}
	}
	if len(text) > 0 {
		v.once("text", text, v.rewrite)
	}
	return nil
}

// rewrite replaces letters, digits and hanzi by others; punctuation stays. Where a text could also be BCD it
// still can afterwards.
func (v *inventor) rewrite(text []byte) {
	bcd := isBCD(text)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < 0x80:
			text[i] = v.ascii(c, bcd)
		case i+1 == len(text): // the first half of a character that goes on in the next record
			text[i] = v.hanziByte()
		case c < firstHanziRow && c >= firstSymbolRow && text[i+1] > firstSymbolRow:
			if c == fullWidthRow {
				text[i+1] = v.ascii(text[i+1]&^0x80, false) | 0x80
			}
			i++
		default:
			text[i], text[i+1] = v.hanziByte(), v.hanziByte()
			i++
		}
	}
}

// Rows of GB 2312: symbols and full-width letters come before the hanzi.
const (
	firstSymbolRow = 0xA1
	fullWidthRow   = 0xA3
	firstHanziRow  = 0xB0
	lastHanziRow   = 0xD6 // of the common ones, and full
)

// hanziByte is either byte of a common hanzi: any two make one, so that the halves of characters which are cut may
// come from different texts.
func (v *inventor) hanziByte() byte {
	return byte(firstHanziRow + v.rng.IntN(lastHanziRow-firstHanziRow+1))
}

func (v *inventor) ascii(c byte, bcd bool) byte {
	letters := 26
	if bcd {
		letters = 9 // whose low half is a digit
	}
	switch {
	case '0' <= c && c <= '9':
		return '0' + byte(v.rng.IntN(10))
	case 'A' <= c && c <= 'Z':
		return 'A' + byte(v.rng.IntN(letters))
	case 'a' <= c && c <= 'z':
		return 'a' + byte(v.rng.IntN(letters))
	}
	return c
}

// isAlphanumeric tells text that could be BCD too from BCD that could be punctuation.
func isAlphanumeric(b []byte) bool {
	return bytes.IndexFunc(b, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}) < 0
}

func isPrintable(b []byte) bool {
	return bytes.IndexFunc(b, func(c rune) bool { return c < ' ' || c > '~' }) < 0
}

// isText reports GBK, and its four-byte extension, from the beginning on; the end may be half a character.
func isText(b []byte) bool {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c < ' ' || c == 0x7F || c == 0x80 || c == 0xFF:
			return false
		case c > 0x80 && i+1 < len(b):
			i++
			if second := b[i]; second < '0' || (second > '9' && second < 0x40) || second == 0x7F || second == 0xFF {
				return false
			}
		}
	}
	return true
}

// isBCD reports digits, with the nibble F, or E, behind them where their number is odd.
func isBCD(b []byte) bool {
	for i, c := range b {
		low := c & 0x0F
		if c>>4 > 9 || (low > 9 && (i < len(b)-1 || low < 0x0E)) {
			return false
		}
	}
	return len(b) > 0
}
