package trace

import (
	"bytes"

	"sscard/apdu/tlv"
)

// imageKey names a transparent file, in one session.
type imageKey struct {
	session int
	place   Place
}

// image is what a session reads and writes of a transparent file. It is put together from all pieces before any is
// redacted, so that it does not matter in which they come.
type image struct {
	bytes    []byte
	redacted bool
}

// binary is for a piece of a transparent file.
func (r *redactor) binary(step Step, data []byte) error {
	if step.Place.Application == "" || step.Place.File == 0 {
		return ErrUnknown
	}
	offset := int(step.Command.P2)
	if step.Command.P1&bySFI == 0 {
		offset |= int(step.Command.P1) << 8
	}
	key := imageKey{r.session, step.Place}
	i := r.images[key]
	if i == nil {
		i = &image{}
		r.images[key] = i
	}
	if r.learning {
		i.put(offset, data)
		return r.file(bytes.Clone(data))
	}
	if !i.redacted {
		i.redacted = true
		if err := r.file(i.bytes); err != nil {
			clear(i.bytes)
			return err
		}
	}
	copy(data, i.bytes[offset:])
	return nil
}

func (i *image) put(offset int, data []byte) {
	if missing := offset + len(data) - len(i.bytes); missing > 0 {
		i.bytes = append(i.bytes, make([]byte, missing)...)
	}
	copy(i.bytes[offset:], data)
}

// file is for the contents of a transparent file: a certificate, digits, text, or just bytes.
func (r *redactor) file(contents []byte) error {
	if isDER(contents) {
		return r.certificate(contents)
	}
	return shaped(r.inventor, trimmed(contents))
}

const derSequence = 0x30

// isDER reports a sequence with nothing behind it but padding.
func isDER(b []byte) bool {
	objects, err := tlv.Parse(b)
	return err == nil && len(objects) == 1 && objects[0].Tag == derSequence
}

// Universal tags of ASN.1 (ITU-T X.690).
const (
	derInteger     = 0x02
	derBitString   = 0x03
	derOctetString = 0x04
	derUTF8        = 0x0C
	derPrintable   = 0x13
	derTeletex     = 0x14
	derIA5         = 0x16
)

// certificate keeps the form of DER: tags, lengths, object identifiers, times, flags. Keys, signatures and serial
// numbers become random, and text is as in other files.
func (r *redactor) certificate(der []byte) error {
	objects, err := tlv.Parse(der)
	if err != nil {
		return ErrUnknown
	}
	for _, o := range objects {
		if err := r.derObject(o); err != nil {
			return err
		}
	}
	return nil
}

func (r *redactor) derObject(o tlv.Object) error {
	const flags = 3 // bytes of a bit string: key usage and the like
	value := o.Value
	switch {
	case o.Constructed():
		return r.certificate(value)
	case o.Tag == derInteger && len(value) > 1:
		positive := value[0] & 0x7F
		if err := random(r.inventor, value[1:]); err != nil {
			return err
		}
		value[0] = positive
	case o.Tag == derBitString && len(value) > flags:
		return random(r.inventor, value[2:]) // behind the number of unused bits and, in a key, its form
	case o.Tag == derOctetString && isHeld(value):
		return r.certificate(value)
	case o.Tag == derUTF8, o.Tag == derPrintable, o.Tag == derTeletex, o.Tag == derIA5:
		return r.derText(o.Tag, value)
	case o.Tag == derOctetString, o.Tag > 0x7F: // context-specific: identifiers of keys
		return random(r.inventor, value)
	}
	return nil
}

// derText is for a string, where hanzi are not of the card's coding.
func (r *redactor) derText(tag tlv.Tag, value []byte) error {
	if tag == derUTF8 && !isPrintable(value) {
		return r.utf8(value)
	}
	return written(r.inventor, value)
}

// utf8 replaces hanzi by hanzi of the same three bytes, and goes by ASCII for the rest.
func (r *redactor) utf8(value []byte) error {
	r.once("utf8", value, func(b []byte) {
		text := bytes.Runes(b)
		for i, c := range text {
			switch {
			case c < 0x80:
				text[i] = rune(r.ascii(byte(c), false))
			case c >= firstHan && c <= lastHan:
				text[i] = firstHan + rune(r.rng.IntN(lastHan-firstHan))
			}
		}
		copy(b, string(text))
	})
	return nil
}

// Hanzi in Unicode, all of three bytes in UTF-8.
const (
	firstHan = '\u4E00'
	lastHan  = '\u9FA5'
)

// isHeld reports that an octet string holds DER again.
func isHeld(b []byte) bool {
	objects, err := tlv.Parse(b)
	if err != nil || len(objects) != 1 {
		return false
	}
	switch objects[0].Tag {
	case derSequence, derBitString, derOctetString, derUTF8, derPrintable, derTeletex, derIA5:
		return true
	}
	return false
}
