package profile

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// FileAddress is a file and items of it, as the functions of 人社信息函〔2016〕38号 name what is to be read or
// written: "SSSEEF05|07|$".
type FileAddress struct {
	Application, File string        // "SSSE", "EF05"
	Items             []ItemAddress // none: the whole file
}

// ItemAddress is a record of a file, or one of a file of records without tags by its number.
type ItemAddress struct {
	Tag byte
	Nth int // among the records of the tag, from 1
}

// AddressError says why a file address cannot be parsed.
type AddressError struct {
	Offset int // of the byte at which the part begins that is wrong
	Want   string
}

func (e *AddressError) Error() string {
	return fmt.Sprintf("file address: byte %d: want %s", e.Offset, e.Want)
}

var (
	filePart = regexp.MustCompile(`^(SSSE|3F00|MF|DF[0-9A-F]{2})(EF[0-9A-F]{2})$`)
	itemPart = regexp.MustCompile(`^([0-9A-F]{1,2})(?::([0-9]{1,3}))?$`)
)

// ParseAddress parses the addresses of files, each ended by $ and followed by its items, each ended by |: of
// "SSSEEF05|07|$DF01EF15|2A|40:2|$" the last is the second record of tag 40. A file alone, "DF04EF08$" or
// "DF04EF08|$", is all of it, and "DF04EF08|3|$" is the third record of a cyclic one. SSSE may be written 3F00 or
// MF, and letters small. What is wrong with a text is an [*AddressError].
func ParseAddress(s string) ([]FileAddress, error) {
	var addresses []FileAddress
	for offset := 0; offset < len(s) || offset == 0; {
		file, _, ended := strings.Cut(s[offset:], "$")
		if !ended {
			return nil, &AddressError{len(s), "$ after a file"}
		}
		address, err := parseFileAddress(file, offset)
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, address)
		offset += len(file) + len("$")
	}
	return addresses, nil
}

func parseFileAddress(s string, offset int) (FileAddress, error) {
	name, items, _ := strings.Cut(s, "|")
	m := filePart.FindStringSubmatch(strings.ToUpper(name))
	if m == nil {
		return FileAddress{}, &AddressError{offset, "a file such as SSSEEF05 or DF01EF15"}
	}
	address := FileAddress{Application: m[1], File: m[2]}
	if m[1] == "3F00" || m[1] == "MF" {
		address.Application = "SSSE"
	}
	offset += len(name) + len("|")
	for len(items) > 0 {
		part, rest, ended := strings.Cut(items, "|")
		item, ok := parseItemAddress(part)
		if !ok || !ended {
			return FileAddress{}, &AddressError{offset, "an item such as 07| or 40:2|"}
		}
		address.Items = append(address.Items, item)
		offset, items = offset+len(part)+len("|"), rest
	}
	return address, nil
}

func parseItemAddress(s string) (ItemAddress, bool) {
	m := itemPart.FindStringSubmatch(strings.ToUpper(s))
	if m == nil {
		return ItemAddress{}, false
	}
	tag, _ := strconv.ParseUint(m[1], 16, 8)
	nth := 1
	if m[2] != "" {
		nth, _ = strconv.Atoi(m[2])
	}
	return ItemAddress{byte(tag), nth}, tag > 0 && 1 <= nth && nth <= maxRecords
}

// Number is the record number that stands where the tag does in the address of a file of records without tags: its
// digits are decimal. It is false for what is no number, such as 0A, or names the nth of a tag.
func (i ItemAddress) Number() (int, bool) {
	high, low := int(i.Tag>>4), int(i.Tag&0x0F)
	if high > 9 || low > 9 || i.Nth != 1 {
		return 0, false
	}
	return 10*high + low, true
}

// String is the item's part of an address, without its end.
func (i ItemAddress) String() string {
	if i.Nth == 1 {
		return fmt.Sprintf("%02X", i.Tag)
	}
	return fmt.Sprintf("%02X:%d", i.Tag, i.Nth)
}

// String is the address as ParseAddress takes it.
func (a FileAddress) String() string {
	var b strings.Builder
	b.WriteString(a.Application + a.File + "|")
	for _, i := range a.Items {
		b.WriteString(i.String() + "|")
	}
	b.WriteString("$")
	return b.String()
}
