package softcard

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"

	"sscard/sm"
)

// trick is what a forgery does: one of the fields from card on.
type trick struct {
	name     string
	argument argument

	card    func(Forgery, *Card, *application) error    // changes what the card holds, once
	numbers func(Forgery, sm.Signature) sm.Signature    // changes r and s
	bytes   func(laidOut []byte, s sm.Signature) []byte // changes r ∥ s or its DER
	replays bool                                        // the first signature serves for all
	refuses bool                                        // there is a status word and no signature
}

var tricks = []trick{
	{name: "flip", argument: bitN(len(sm.Signature{})), numbers: flipped},
	{name: "r=0", numbers: withR(new(big.Int))},
	{name: "r=n", numbers: withR(order(0))},
	{name: "r=n+1", numbers: withR(order(1))},
	{name: "s=0", numbers: withS(new(big.Int))},
	{name: "s=n", numbers: withS(order(0))},
	{name: "s=n+1", numbers: withS(order(1))},
	{name: "r+s=n", numbers: complementary},
	{name: "short", bytes: func(b []byte, _ sm.Signature) []byte { return b[:len(b)-1] }},
	{name: "long", bytes: func(b []byte, _ sm.Signature) []byte { return append(slices.Clone(b), 0) }},
	{name: "der-junk", bytes: func(_ []byte, s sm.Signature) []byte { return append(derSignature(s), junk(4)...) }},
	{name: "replay", replays: true},
	{name: "other-key", card: otherKey},
	{name: "refuse", argument: wordSW, refuses: true},
	{name: "certificate-flip", argument: bitN(maxBinary), card: certificate(flippedFile)},
	{name: "certificate-junk", card: certificate(func(_ Forgery, b []byte) []byte { return junk(len(b)) })},
	{name: "certificate-blank", card: certificate(func(_ Forgery, b []byte) []byte { return blank(len(b)) })},
	{name: "certificate-4k", card: certificate(long)},
	{name: "certificate", argument: bytesHEX, card: certificate(func(f Forgery, _ []byte) []byte { return f.content })},
}

// flipped changes one bit of r ∥ s.
func flipped(f Forgery, s sm.Signature) sm.Signature {
	flip(s[:], f.bit)
	return s
}

func flip(b []byte, bit int) { b[bit/8] ^= 0x80 >> (bit % 8) }

func withR(number *big.Int) func(Forgery, sm.Signature) sm.Signature {
	return func(_ Forgery, s sm.Signature) sm.Signature {
		number.FillBytes(s[:atS])
		return s
	}
}

func withS(number *big.Int) func(Forgery, sm.Signature) sm.Signature {
	return func(_ Forgery, s sm.Signature) sm.Signature {
		number.FillBytes(s[atS:])
		return s
	}
}

// complementary has s = n - r.
func complementary(f Forgery, s sm.Signature) sm.Signature {
	r := new(big.Int).SetBytes(s[:atS])
	return withS(r.Sub(order(0), r))(f, s)
}

// order is n, the order of the group of GB/T 32918.5, and more.
func order(more int64) *big.Int {
	n, _ := new(big.Int).SetString("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123", 16)
	return n.Add(n, big.NewInt(more))
}

// otherKey is a key that no certificate knows.
func otherKey(_ Forgery, c *Card, a *application) error {
	key, err := sm.GenerateKey(c.random)
	if err != nil {
		return fmt.Errorf("softcard: %w", err)
	}
	a.signer.key = key
	return nil
}

// certificate gives the first certificate file of an application other content.
func certificate(change func(f Forgery, content []byte) []byte) func(Forgery, *Card, *application) error {
	return func(f Forgery, _ *Card, a *application) error {
		i := slices.IndexFunc(a.files, func(f *file) bool { return f.certificate })
		if i < 0 {
			return fmt.Errorf("%w: %s: there is no certificate", ErrForgery, f)
		}
		content := a.files[i].binary
		if f.bit >= 8*len(content) {
			return fmt.Errorf("%w: %s: the file has %d bytes", ErrForgery, f, len(content))
		}
		a.files[i].write(change(f, content))
		return nil
	}
}

func flippedFile(f Forgery, content []byte) []byte {
	flip(content, f.bit)
	return content
}

// long claims to be a certificate of 4 KiB, and is as long.
func long(Forgery, []byte) []byte { return append([]byte{0x30, 0x82, 0x0F, 0xFC}, junk(0x0FFC)...) }

// junk is not the beginning of anything.
func junk(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 0x5A ^ byte(i)
	}
	return b
}

func blank(n int) []byte { return bytes.Repeat([]byte{blankByte}, n) }
