package trace

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"sscard/apdu"
)

// bcdDigits is b in hexadecimal, which for BCD are its digits.
func bcdDigits(b []byte) string { return apdu.Hex(b) }

// bcd replaces packed digits by what invent makes of them as text.
func (v *inventor) bcd(value []byte, invent func(digits []byte)) {
	text := []byte(bcdDigits(value))
	invent(text)
	if packed, err := apdu.ParseHex(string(text)); err == nil {
		copy(value, packed)
	}
}

// Formats of digits, as package time has them.
const (
	dateDigits = "20060102"
	timeDigits = "20060102150405"
)

// isDate reports eight digits of a day on which someone who holds a card, or who made it, could be alive.
func isDate(s string) bool {
	day, err := time.Parse(dateDigits, s)
	return err == nil && day.Year() >= 1880 && day.Year() < 2100
}

func isTime(s string) bool {
	_, err := time.Parse(timeDigits, s)
	return err == nil && isDate(s[:len(dateDigits)])
}

// date replaces eight digits of a day by another day, on which an adult may be born.
func (v *inventor) date(digits []byte) {
	v.once("date", digits, func(b []byte) {
		copy(b, fmt.Sprintf("%04d%02d%02d", 1940+v.rng.IntN(50), 1+v.rng.IntN(12), 1+v.rng.IntN(28)))
	})
}

// moment is for a date and a time in BCD.
func moment(v *inventor, value []byte) error {
	if !isBCD(value) || !isTime(bcdDigits(value)) {
		return digits(v, value)
	}
	v.bcd(value, func(text []byte) {
		v.date(text[:len(dateDigits)])
		v.once("time", text[len(dateDigits):], func(b []byte) {
			copy(b, fmt.Sprintf("%02d%02d%02d", v.rng.IntN(24), v.rng.IntN(60), v.rng.IntN(60)))
		})
	})
	return nil
}

// provinces are the first digits of regions (GB/T 2260).
const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82"

func isRegion(s string) bool {
	return len(s) == 6 && isDigits(s) && slices.Contains(strings.Fields(provinces), s[:2])
}

// region replaces six digits of a region by another province, and a city or county of its.
func (v *inventor) region(digits []byte) {
	v.once("region", digits, func(b []byte) {
		all := strings.Fields(provinces)
		copy(b, fmt.Sprintf("%s%02d%02d", all[v.rng.IntN(len(all)-3)], 1+v.rng.IntN(9), v.rng.IntN(9)))
	})
}

// Check digits of an identity number (GB 11643).
const (
	identityLength = 18
	identityChecks = "10X98765432"
)

var identityWeights = [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// isIdentity reports the form of a 社会保障号码 of a Chinese citizen; the check digit may be wrong.
func isIdentity(text []byte) bool {
	return len(text) == identityLength && isDigits(string(text[:identityLength-1])) &&
		strings.IndexByte(identityChecks, text[identityLength-1]) >= 0 && isDate(string(text[6:14]))
}

// socialSecurityNumber is for a 社会保障号码, with the date of birth and the sex that go with it elsewhere, and a check
// digit as wrong as it was. Foreigners have numbers of another form.
func socialSecurityNumber(v *inventor, value []byte) error {
	text := trimmed(value)
	if !isIdentity(text) {
		return v.identifier(socialSecurityNumber, text, v.rewrite)
	}
	return v.identifier(socialSecurityNumber, text, func(b []byte) {
		fault := identitySum(b) - strings.IndexByte(identityChecks, b[identityLength-1])
		v.region(b[:6])
		v.date(b[6:14])
		sex := int(b[16]-'0') & 1
		if v.swapSex {
			sex ^= 1
		}
		copy(b[14:], fmt.Sprintf("%02d%d", v.rng.IntN(100), 2*v.rng.IntN(5)+sex))
		b[identityLength-1] = identityChecks[(identitySum(b)-fault+2*len(identityChecks))%len(identityChecks)]
	})
}

// identifier is for a number that may occur in other values too. The law is the one that it goes by.
func (v *inventor) identifier(law law, text []byte, invent func([]byte)) error {
	if len(text) == 0 {
		return nil
	}
	if v.learning && !slices.ContainsFunc(v.numbers, func(n identifier) bool { return bytes.Equal(n.old, text) }) {
		v.numbers = append(v.numbers, identifier{law: law, old: bytes.Clone(text)})
		v.mark(text)
	}
	v.once("identifier", text, invent)
	return nil
}

func identitySum(b []byte) (sum int) {
	for i, weight := range identityWeights {
		sum += weight * int(b[i]-'0')
	}
	return sum % len(identityChecks)
}

// Check digit of a 卡号 (人社信息函〔2012〕37号, annex A).
const (
	cardNumberLength = 9
	cardNumberChecks = "0123456789X"
)

var cardNumberWeights = [...]int{3, 7, 9, 10, 5, 8, 4, 2}

// cardNumber is for a 卡号: letters stay letters, and the check digit is as wrong as it was. What some cards store
// behind the nine characters goes by its shape.
func cardNumber(v *inventor, value []byte) error {
	text := trimmed(value)
	if len(text) < cardNumberLength {
		return v.identifier(cardNumber, text, v.rewrite)
	}
	if err := written(v, text[cardNumberLength:]); err != nil {
		return err
	}
	return v.identifier(cardNumber, text[:cardNumberLength], func(b []byte) {
		check := strings.IndexByte(cardNumberChecks, b[cardNumberLength-1])
		fault := cardNumberSum(b) - check
		v.rewrite(b)
		if check >= 0 {
			b[cardNumberLength-1] = cardNumberChecks[(cardNumberSum(b)-fault+2*len(cardNumberChecks))%len(cardNumberChecks)]
		}
	})
}

func cardNumberSum(b []byte) (check int) {
	sum := 0
	for i, weight := range cardNumberWeights {
		switch c := b[i]; {
		case '0' <= c && c <= '9':
			sum += weight * int(c-'0')
		case 'A' <= c && c <= 'Z':
			sum += weight * int(c-'A'+10)
		}
	}
	return (len(cardNumberChecks) - sum%len(cardNumberChecks)) % len(cardNumberChecks)
}

// cardID is for a 卡识别码: region of issue and D156000005 stay, serial number and authentication code do not.
func cardID(v *inventor, value []byte) error {
	const region, code = 3, 12
	prefix, _ := apdu.ParseHex(applicationPrefix)
	if len(value) != 16 || !bytes.HasPrefix(value[region:], prefix) {
		return shaped(v, value)
	}
	if len(trimmed(value[code-serialBytes:])) > serialBytes {
		v.mark(value[code-serialBytes:])
	}
	if err := serial(v, value[code-serialBytes:code]); err != nil {
		return err
	}
	return shaped(v, value[code:])
}

// serialBytes is how long the serial number of a card is, in its identifier and in its historical bytes.
const serialBytes = 4

// serial is for the serial number of a card. One that is not set stays so.
func serial(v *inventor, value []byte) error {
	if len(trimmed(value)) == 0 {
		return nil
	}
	v.once("serial", value, func(b []byte) {
		if !isBCD(b) {
			v.fill(b)
			return
		}
		for i := range b {
			b[i] = v.nibble(0)<<4 | v.nibble(0)
		}
	})
	return nil
}

// name is for the holder's name, and for its continuation.
func name(v *inventor, value []byte) error {
	v.mark(value)
	if text := trimmed(value); len(text) > 0 {
		v.once("text", text, v.rewrite)
	}
	return nil
}

// sex is swapped in some files.
func sex(v *inventor, value []byte) error {
	if v.swapSex && len(value) == 1 && (value[0] == '1' || value[0] == '2') {
		value[0] ^= '1' ^ '2'
	}
	return nil
}

// ethnicity is for a code of GB/T 3304 in BCD.
func ethnicity(v *inventor, value []byte) error {
	if len(value) != 1 || len(trimmed(value)) == 0 || !isBCD(value) {
		return shaped(v, value)
	}
	v.once("ethnicity", value, func(b []byte) {
		n := 1 + v.rng.IntN(56)
		b[0] = byte(n/10<<4 | n%10)
	})
	return nil
}

// atr replaces the serial number at the end of the historical bytes, and keeps the check byte as right as it was.
func (r *redactor) atr(text string) (string, error) {
	atr, err := apdu.ParseHex(text)
	if err != nil {
		return "", ErrUnknown
	}
	historical, err := apdu.HistoricalBytes(atr)
	if err != nil {
		return "", ErrUnknown
	}
	if len(historical) == 0 {
		return text, nil
	}
	last := len(atr) - 1
	checked := &atr[last] != &historical[len(historical)-1] // historical is a slice of atr
	number := historical[max(0, len(historical)-serialBytes):]
	before := exclusiveOr(number)
	if err := serial(r.inventor, number); err != nil {
		return "", err
	}
	if checked {
		atr[last] ^= before ^ exclusiveOr(number)
	}
	return apdu.Hex(atr), nil
}

func exclusiveOr(b []byte) (sum byte) {
	for _, c := range b {
		sum ^= c
	}
	return sum
}
