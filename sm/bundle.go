package sm

import (
	"bytes"
	"encoding/pem"
	"fmt"
)

// ParseCertificates takes a file of certificates: one in DER, or any number in PEM with whatever text between them.
// A block that is something else, or broken, gives [ErrCertificate], and so does a file without any: none is
// passed over.
func ParseCertificates(file []byte) ([]*Certificate, error) {
	return parseBundle(file, "CERTIFICATE", ParseCertificate)
}

// ParseCRLs takes a file of revocation lists as [ParseCertificates] takes one of certificates. A list has to be of
// version 2, signed with SM2 and SM3, with a nextUpdate, and complete: delta lists, and lists for part of
// the certificates or those of other issuers, give [ErrCertificate].
func ParseCRLs(file []byte) ([]*CRL, error) {
	return parseBundle(file, "X509 CRL", parseCRL)
}

var pemBegin = []byte("-----BEGIN ")

// parseBundle counts the beginnings of blocks, because encoding/pem passes over a block that is broken.
func parseBundle[T any](file []byte, kind string, parse func(der []byte) (T, error)) ([]T, error) {
	blocks := bytes.Count(file, pemBegin)
	if blocks == 0 {
		one, err := parse(file)
		if err != nil {
			return nil, err
		}
		return []T{one}, nil
	}
	var all []T
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != kind {
			return nil, fmt.Errorf("%w: PEM block of type %q", ErrCertificate, block.Type)
		}
		one, err := parse(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", len(all)+1, err)
		}
		all = append(all, one)
	}
	if len(all) != blocks {
		return nil, fmt.Errorf("%w: %d of %d PEM blocks can be read", ErrCertificate, len(all), blocks)
	}
	return all, nil
}
