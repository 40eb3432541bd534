package tlv

import (
	"fmt"
	"math/bits"
	"slices"
)

// Tag is the tag field of a BER-TLV object as it is written, 0x6F or 0x9F0C, of at most four bytes.
type Tag uint32

// Bits of the first tag byte (ISO/IEC 8825-1 §8.1.2), and what says that another byte follows.
const (
	constructedBit = 0x20
	longTag        = 0x1F
	moreBit        = 0x80
	maxTagBytes    = 4
)

// Bits of the first length byte (ISO/IEC 8825-1 §8.1.3).
const (
	longLength     = 0x80
	maxLengthBytes = 3
	maxLength      = 1<<(8*maxLengthBytes) - 1
)

// String is the tag in hexadecimal.
func (t Tag) String() string { return fmt.Sprintf("%02X", uint32(t)) }

// Object is one BER-TLV object.
type Object struct {
	Tag   Tag
	Value []byte
}

// Constructed reports what the tag says of the value: that it is made of objects. Cards do not keep to
// it: 9F0C of a social security card is primitive by its tag and holds objects.
func (o Object) Constructed() bool {
	first := o.Tag
	for first > 0xFF {
		first >>= 8
	}
	return first&constructedBit != 0
}

// Parse is [Limits.Parse] with [DefaultLimits].
func Parse(b []byte) ([]Object, error) { return DefaultLimits().Parse(b) }

// Find is [Limits.Find] with [DefaultLimits].
func Find(b []byte, path ...Tag) ([]byte, bool, error) { return DefaultLimits().Find(b, path...) }

// Parse lists the objects of one level. Bytes 00 and FF around objects are filler (ISO/IEC 7816-4 §5.2.2).
//
// Lengths have one to four bytes, 00-7F, 81, 82, 83; longer ones and the indefinite 80 are malformed. A
// length in more bytes than it needs is taken: to refuse it would lose a card and protect nobody, as
// nothing read here is signed.
func (l Limits) Parse(b []byte) ([]Object, error) {
	var objects []Object
	for rest := skipFiller(b); len(rest) > 0; rest = skipFiller(rest) {
		if len(objects) == l.Count {
			return objects, fmt.Errorf("%w: more than %d objects", ErrLimit, l.Count)
		}
		o, after, err := l.object(rest)
		if err != nil {
			return objects, fmt.Errorf("%w, at byte %d", err, len(b)-len(rest))
		}
		objects, rest = append(objects, o), after
	}
	return objects, nil
}

// Find walks down from the objects in b: at each level into the first object with the next tag of path,
// whether its tag calls it constructed or not. It gives the value where the path ends, or reports
// false. What follows an object on the path is not its business: only a fault met before fails it.
func (l Limits) Find(b []byte, path ...Tag) ([]byte, bool, error) {
	if len(path) > l.Depth {
		return nil, false, fmt.Errorf("%w: a path of more than %d tags", ErrLimit, l.Depth)
	}
	for _, tag := range path {
		objects, err := l.Parse(b)
		i := slices.IndexFunc(objects, func(o Object) bool { return o.Tag == tag })
		if i < 0 {
			return nil, false, err
		}
		b = objects[i].Value
	}
	return b, true, nil
}

func skipFiller(b []byte) []byte {
	for len(b) > 0 && isFiller(b[0]) {
		b = b[1:]
	}
	return b
}

// object takes the object that b begins with.
func (l Limits) object(b []byte) (Object, []byte, error) {
	tag, b, ok := cutTag(b)
	if !ok {
		return Object{}, nil, fmt.Errorf("%w: tag cut short or too long", ErrMalformed)
	}
	n, b, ok := cutLength(b)
	switch {
	case !ok:
		return Object{}, nil, fmt.Errorf("%w: length of %s cut short or of a form not taken", ErrMalformed, tag)
	case n > l.Length:
		return Object{}, nil, fmt.Errorf("%w: %s of %d bytes", ErrLimit, tag, n)
	case n > len(b):
		return Object{}, nil, fmt.Errorf("%w: %s of %d bytes, %d there", ErrMalformed, tag, n, len(b))
	}
	return Object{tag, b[:n:n]}, b[n:], nil
}

func cutTag(b []byte) (Tag, []byte, bool) {
	var tag Tag
	for i, c := range b[:min(len(b), maxTagBytes)] {
		tag = tag<<8 | Tag(c)
		more := c&moreBit != 0
		if i == 0 {
			more = c&longTag == longTag
		}
		if !more {
			return tag, b[i+1:], true
		}
	}
	return 0, nil, false
}

func cutLength(b []byte) (int, []byte, bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	first, b := b[0], b[1:]
	if first < longLength {
		return int(first), b, true
	}
	size := int(first &^ longLength)
	if size == 0 || size > maxLengthBytes || size > len(b) {
		return 0, nil, false
	}
	n := 0
	for _, c := range b[:size] {
		n = n<<8 | int(c)
	}
	return n, b[size:], true
}

// AppendBER appends an object with its length in the shortest form. It panics where tag is not the whole
// of one tag field or value is over 16 MiB: both are mistakes of the program, not of a card.
func AppendBER(dst []byte, tag Tag, value []byte) []byte {
	field := appendUint(nil, uint(tag))
	if _, rest, ok := cutTag(field); !ok || len(rest) > 0 || isFiller(field[0]) {
		panic(fmt.Sprintf("tlv: %s is not a tag", tag))
	}
	if len(value) > maxLength {
		panic(fmt.Sprintf("tlv: %s of %d bytes", tag, len(value)))
	}
	dst = append(dst, field...)
	if n := uint(len(value)); n < longLength {
		dst = append(dst, byte(n))
	} else {
		dst = appendUint(append(dst, longLength|byte(size(n))), n)
	}
	return append(dst, value...)
}

// size is the number of bytes of n without leading zeros.
func size(n uint) int { return (bits.Len(n) + 7) / 8 }

func appendUint(dst []byte, n uint) []byte {
	for i := size(n) - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst
}
