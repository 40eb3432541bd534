package apdu

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// ParseHex reads hexadecimal as people write it: either case, with spaces, tabs, colons or hyphens
// between bytes.
func ParseHex(s string) ([]byte, error) {
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", "\t", "", ":", "", "-", "").Replace(s))
	if err != nil {
		return nil, fmt.Errorf("%w: not hexadecimal bytes", ErrMalformed)
	}
	return b, nil
}

// Hex is b in upper-case hexadecimal without separators, as card specifications print it.
func Hex(b []byte) string { return fmt.Sprintf("%X", b) }
