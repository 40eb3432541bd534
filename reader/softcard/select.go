package softcard

import (
	"bytes"
	"encoding/binary"
	"slices"

	"sscard/apdu"
	"sscard/apdu/tlv"
)

// application is a DF or DDF, or the MF, with what lies in it.
type application struct {
	label     string       // in the description; empty: in none
	name      []byte       // nil: not selected by name
	fid       uint16       // 0: not selected by identifier
	directory byte         // SFI of the DIR file; 0: none
	parent    *application // nil: selected from anywhere, otherwise from there and from its other children
	keys      map[string]*secret
	files     []*file
	medical   *medical // nil: no accounts
	signer    *signer  // nil: does not sign with SM2
	sam       *sam     // nil: no keys of a PSAM
}

// reachable reports whether a is selected where current is the current application.
func (a *application) reachable(current *application) bool {
	return a.parent == nil || a.parent == current || a.parent == current.parent
}

// Tags of an FCI (LD/T 32, SELECT; ISO/IEC 7816-4 §5.3.3).
const (
	tagFCI         tlv.Tag = 0x6F
	tagName        tlv.Tag = 0x84
	tagProprietary tlv.Tag = 0xA5
	tagDirectory   tlv.Tag = 0x88
	tagIssuer      tlv.Tag = 0x9F0C
	tagAlgorithm   tlv.Tag = 0x86
)

func (c *Card) selectFile(cmd apdu.Command) apdu.Response {
	if cmd.P2 != 0 {
		return status(swP1P2)
	}
	switch cmd.P1 {
	case apdu.SelectByName:
		return c.selectApplication(cmd, func(a *application) bool {
			return a.name != nil && bytes.Equal(a.name, cmd.Data)
		})
	case apdu.SelectByFID, apdu.SelectEFByID:
		return c.selectByID(cmd)
	}
	return status(swP1P2)
}

func (c *Card) selectByID(cmd apdu.Command) apdu.Response {
	if len(cmd.Data) != 2 {
		return status(swLength)
	}
	fid := binary.BigEndian.Uint16(cmd.Data)
	for _, f := range c.state.application.files {
		if f.fid == fid {
			c.state.file, c.state.record = f, noRecord
			return status(swDone)
		}
	}
	return c.selectApplication(cmd, func(a *application) bool {
		return a.fid != 0 && a.fid == fid && (cmd.P1 == apdu.SelectByFID || a.sam != nil) // a PSAM takes either P1
	})
}

// selectApplication makes the application that matches the current one. Coming from another drops the
// challenge and what keys have proven; the PIN is the card's and stays.
func (c *Card) selectApplication(cmd apdu.Command, match func(*application) bool) apdu.Response {
	i := slices.IndexFunc(c.applications, func(a *application) bool {
		return match(a) && a.reachable(c.state.application)
	})
	if i < 0 {
		return status(swFileNotFound)
	}
	next := c.applications[i]
	if next != c.state.application {
		pin := c.state.proven[c.pin]
		c.state = state{application: next, proven: map[*secret]bool{c.pin: pin}}
	}
	c.state.file, c.state.record = nil, noRecord
	if next.name == nil {
		return status(swDone)
	}
	return c.reply(cmd, c.fci(next))
}

// fci is 6F{84 name, A5{88 SFI of the DIR file, 9F0C{86 algorithm}}}, without what the card has not.
func (c *Card) fci(a *application) []byte {
	var proprietary []byte
	if a.directory != 0 {
		proprietary = tlv.AppendBER(proprietary, tagDirectory, []byte{a.directory})
	}
	if c.algorithmDO {
		algorithm := tlv.AppendBER(nil, tagAlgorithm, []byte{byte(c.algorithm)})
		proprietary = tlv.AppendBER(proprietary, tagIssuer, algorithm)
	}
	body := tlv.AppendBER(nil, tagName, a.name)
	if len(proprietary) > 0 {
		body = tlv.AppendBER(body, tagProprietary, proprietary)
	}
	return tlv.AppendBER(nil, tagFCI, body)
}
