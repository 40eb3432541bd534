package sm

import "slices"

// Diversify derives the 16-byte key of the next level from a 16-byte key and the factor that names one
// of its children: a province, a city, a card (LD/T 32, security; PSAM specification §7.2).
func Diversify(alg Algorithm, key []byte, factor [8]byte) ([]byte, error) {
	if err := checkKey(alg, key); err != nil {
		return nil, err
	}
	blocks := factor[:]
	for _, b := range factor {
		blocks = append(blocks, ^b)
	}
	return alg.ecb(key, blocks)
}

// CardKey diversifies a national root key of 16 bytes by province, city and card (L1, L2, L3). region is
// the first six digits of the card's 识别码, historical the 13 historical bytes of its ATR.
func CardKey(alg Algorithm, root []byte, region string, historical []byte) ([]byte, error) {
	province, err := ProvinceFactor(region)
	if err != nil {
		return nil, err
	}
	city, err := CityFactor(region)
	if err != nil {
		return nil, err
	}
	card, err := CardFactor(historical)
	if err != nil {
		return nil, err
	}
	key := root
	for _, factor := range [...][8]byte{province, city, card} {
		if key, err = Diversify(alg, key, factor); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// ProvinceFactor is the factor of level 1: two digits, "0000sh" (PSAM specification §7.3.1).
func ProvinceFactor(region string) ([8]byte, error) {
	return regionFactor(region, 2, "0000sh")
}

// CityFactor is the factor of level 2: six digits, "sx". Zhejiang (33) has one key for a whole city, so
// its last two digits count as "00" (人社信息函〔2016〕38号 §10.3).
func CityFactor(region string) ([8]byte, error) {
	if len(region) == 6 && region[:2] == "33" {
		return regionFactor(region, 4, "00sx")
	}
	return regionFactor(region, 6, "sx")
}

func regionFactor(region string, digits int, suffix string) ([8]byte, error) {
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	if len(region) != 6 || slices.ContainsFunc([]rune(region), notDigit) {
		return [8]byte{}, ErrRegion
	}
	return [8]byte([]byte(region[:digits] + suffix)), nil
}

// CardFactor is the factor of level 3: the last 8 of the 13 historical bytes (PSAM specification §7.3.3).
func CardFactor(historical []byte) ([8]byte, error) {
	if len(historical) != 13 {
		return [8]byte{}, &LengthError{What: "historical bytes", Len: len(historical)}
	}
	return [8]byte(historical[5:]), nil
}

// SessionKey derives the key of one authentication from a 16-byte key and a challenge of 4, 8 or, for
// SM4, 16 bytes. It has the width of a block: 8 bytes for DES, 16 for SM4.
func SessionKey(alg Algorithm, key, challenge []byte) ([]byte, error) {
	if err := checkKey(alg, key); err != nil {
		return nil, err
	}
	size, err := alg.BlockSize()
	if err != nil {
		return nil, err
	}
	if n := len(challenge); n > size || (n != 4 && n != 8 && n != 16) {
		return nil, &LengthError{What: "challenge", Len: n}
	}
	return alg.ecb(key, pad(challenge, size))
}

// TACKey derives the session key of a TAC from a 16-byte DTK; the TAC itself is a [MAC] under it.
func TACKey(alg Algorithm, dtk []byte) ([]byte, error) {
	if err := checkKey(alg, dtk); err != nil {
		return nil, err
	}
	size, err := alg.BlockSize()
	if err != nil {
		return nil, err
	}
	return fold(dtk, size), nil
}

// checkKey wants the 16 bytes that every key but a session key has.
func checkKey(alg Algorithm, key []byte) error {
	if len(key) != 16 {
		return &LengthError{What: alg.String() + " key", Len: len(key)}
	}
	return nil
}

// fold XORs the pieces of width bytes that data is made of.
func fold(data []byte, width int) []byte {
	folded := make([]byte, width)
	for i, b := range data {
		folded[i%width] ^= b
	}
	return folded
}
