package reader

import (
	"strings"
	"unicode"
)

// Interface is how the card touches the reader.
type Interface string

// The interfaces of a dual-interface card; Unknown until something tells.
const (
	Contact     Interface = "contact"
	Contactless Interface = "contactless"
	Unknown     Interface = "unknown"

	// ContactlessFirst is no interface but a wish: any, contactless before contact.
	ContactlessFirst Interface = "contactless-first"
)

// Contactless words come first: "contactless" holds "contact", and "PICC" holds "ICC".
var interfaceWords = [...]struct {
	word string
	is   Interface
}{
	{"contactless", Contactless}, {"picc", Contactless}, {"nfc", Contactless}, {"rfid", Contactless},
	{"cl", Contactless}, {"非接", Contactless},
	{"contact", Contact}, {"icc", Contact}, {"接触", Contact},
}

// interfaceByName tells the interface by a word of the reader's name. Latin words must stand alone, Chinese
// ones need not.
func interfaceByName(name string) Interface {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r)
	})
	for _, w := range interfaceWords {
		for _, word := range words {
			if word == w.word || (w.word[0] > unicode.MaxASCII && strings.Contains(word, w.word)) {
				return w.is
			}
		}
	}
	return Unknown
}

// interfaceByATR tells the interface by the form of the ATR: PC/SC part 3 §3.1.3.2.3 builds 3B 8n 80 01
// T1…Tn TCK for a contactless card; everything else came from a contact.
func interfaceByATR(atr []byte) Interface {
	if len(atr) < 5 {
		return Unknown
	}
	historical := int(atr[1] & 0x0F)
	var tck byte
	for _, b := range atr[1:] {
		tck ^= b
	}
	if atr[0] == 0x3B && atr[1]>>4 == 8 && atr[2] == 0x80 && atr[3] == 0x01 && len(atr) == 4+historical+1 && tck == 0 {
		return Contactless
	}
	return Contact
}

// InterfaceOf tells the interface where nobody has set it: the reader's name is asked first, as a contact card may
// legally send an answer to reset of the contactless form.
func InterfaceOf(name string, atr []byte) Interface { return interfaceOf(name, atr) }

func interfaceOf(name string, atr []byte) Interface {
	if is := interfaceByName(name); is != Unknown {
		return is
	}
	return interfaceByATR(atr)
}
