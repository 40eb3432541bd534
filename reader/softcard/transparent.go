package softcard

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"sscard/apdu"
)

// fill gives a transparent file its content: bytes before FF, or a certificate before 00.
func (f *file) fill(s fileSpec) (err error) {
	name, text, parse, filler := "binary", s.Binary, apdu.ParseHex, byte(blankByte)
	if f.certificate = s.Certificate != ""; f.certificate {
		name, text, parse, filler = "certificate", s.Certificate, parseCertificate, 0x00
	}
	switch {
	case s.Records != nil:
		return within("records", errors.New("in a transparent file"))
	case f.certificate && s.Binary != "":
		return within("binary", errors.New("in a file with a certificate"))
	}
	if f.binary, err = parse(text); err != nil {
		return within(name, err)
	}
	if s.Size < 0 || s.Size > maxBinary || len(f.binary) > maxBinary {
		return within("size", fmt.Errorf("not 0 to %d", maxBinary))
	}
	f.binary = filled(f.binary, s.Size, filler)
	return f.onlyCyclic(s)
}

// parseCertificate reads one certificate in PEM, or any bytes in hexadecimal.
func parseCertificate(text string) ([]byte, error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "-----") {
		return apdu.ParseHex(text)
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("not one certificate in PEM")
	}
	return block.Bytes, nil
}

// write gives a file other content, which is filled with 00 to the size of the old.
func (f *file) write(content []byte) { f.binary = filled(content, len(f.binary), 0x00) }

// filled is a copy of b made up to size, where it is shorter.
func filled(b []byte, size int, filler byte) []byte {
	return append(bytes.Clone(b), bytes.Repeat([]byte{filler}, max(size-len(b), 0))...)
}
