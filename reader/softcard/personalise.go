package softcard

import (
	"fmt"
	"maps"
	"slices"

	"sscard/sm"
)

// Personalise gives an application, called as in the description, another key to sign with and its
// transparent files other content, by file identifier: a certificate, those above it, whatever a card may hold.
// Content is filled with 00 to the size of the file, which grows where it has to. A file that is not there
// yet is made, free to read, with the last five bits of its identifier for an SFI.
//
// An application that is not there or does not sign gives [ErrNotSigning], a key that is none [sm.ErrKey], what
// cannot be in a transparent file a [FormatError]. Then nothing has changed.
func (c *Card) Personalise(application string, key sm.PrivateKey, files map[uint16][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.signing(application)
	switch {
	case a == nil:
		return fmt.Errorf("%w: %q", ErrNotSigning, application)
	case key.Bytes() == nil:
		return sm.ErrKey
	}
	for _, fid := range slices.Sorted(maps.Keys(files)) {
		if err := a.takes(fid, files[fid]); err != nil {
			return within(fmt.Sprintf("applications.%s.files.%04X", application, fid), err)
		}
	}
	a.signer.key, a.signer.first = key, nil
	for _, fid := range slices.Sorted(maps.Keys(files)) {
		a.transparent(fid).write(files[fid])
	}
	return nil
}

// signing is the application that a description calls so, if it signs.
func (c *Card) signing(label string) *application {
	for _, a := range c.applications {
		if a.label == label && a.signer != nil {
			return a
		}
	}
	return nil
}

// takes says why an application cannot have such a file.
func (a *application) takes(fid uint16, content []byte) error {
	f := a.file(fid)
	switch {
	case len(content) > maxBinary:
		return within("size", fmt.Errorf("not 0 to %d", maxBinary))
	case f != nil && f.structure != transparent:
		return within("structure", fmt.Errorf("%s", f.structure))
	}
	return nil
}

// transparent is the file of an identifier, made where it is not there.
func (a *application) transparent(fid uint16) *file {
	f := a.file(fid)
	if f == nil {
		f = &file{fid: fid, sfi: byte(fid) & binarySFIMask, structure: transparent, read: free}
		a.files = append(a.files, f)
	}
	return f
}

func (a *application) file(fid uint16) *file {
	i := slices.IndexFunc(a.files, func(f *file) bool { return f.fid == fid })
	if i < 0 {
		return nil
	}
	return a.files[i]
}
