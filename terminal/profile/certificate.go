package profile

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
)

// CertificateFile is the transparent file of a certificate, in the application of the profile.
type CertificateFile struct {
	FID      uint16   // 0: none
	SFI      byte     // 0: none
	By       []ReadBy // how to reach it, in the order to try
	Skip     int      // bytes before the certificate
	Encoding Encoding
}

// ReadBy is how READ BINARY reaches a file.
type ReadBy string

const (
	ByFID ReadBy = "fid" // by a SELECT before it
	BySFI ReadBy = "sfi" // by P1 of its own (ISO/IEC 7816-4 §7.2.3)
)

// Encoding is how a file holds a certificate.
type Encoding string

const (
	EncodingDER    Encoding = "der"
	EncodingBase64 Encoding = "base64" // of the DER, without the lines that begin and end PEM
)

// Decode returns the DER that the content of the file begins with: still followed by the padding of the file where the
// encoding is DER. What is shorter than Skip or no base64 is an [ErrValue].
func (f CertificateFile) Decode(content []byte) ([]byte, error) {
	if len(content) < f.Skip {
		return nil, fmt.Errorf("%w: the file ends before its certificate", ErrValue)
	}
	content = content[f.Skip:]
	if f.Encoding != EncodingBase64 {
		return content, nil
	}
	der, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(trimPad(content)))
	if err != nil {
		return nil, fmt.Errorf("%w: no base64", ErrValue)
	}
	return der, nil
}

func certificateSetter(to *CertificateFile) setter {
	return func(n node) error {
		*to = CertificateFile{Encoding: EncodingDER}
		err := n.object(map[string]setter{
			"fid":      hexNumber(&to.FID),
			"sfi":      integer(&to.SFI, 1, 30),
			"by":       listOf(&to.By, readBySetter),
			"skip":     integer(&to.Skip, 0, maxLength),
			"encoding": oneOf(&to.Encoding, EncodingDER, EncodingBase64),
		})
		if err != nil {
			return err
		}
		to.complete()
		return to.check(n.place)
	}
}

func readBySetter(to *ReadBy) setter { return oneOf(to, ByFID, BySFI) }

// complete tries what is given, by FID first, where nobody said how.
func (f *CertificateFile) complete() {
	if f.By != nil {
		return
	}
	if f.FID != 0 {
		f.By = append(f.By, ByFID)
	}
	if f.SFI != 0 {
		f.By = append(f.By, BySFI)
	}
}

func (f *CertificateFile) check(at place) error {
	switch {
	case len(f.By) == 0:
		return at.errorf("want a fid, an sfi or both")
	case len(slices.Compact(slices.Sorted(slices.Values(f.By)))) < len(f.By):
		return at.errorf("by names a way twice")
	case slices.Contains(f.By, ByFID) && f.FID == 0:
		return at.errorf("no fid to read by")
	case slices.Contains(f.By, BySFI) && f.SFI == 0:
		return at.errorf("no sfi to read by")
	}
	return nil
}
