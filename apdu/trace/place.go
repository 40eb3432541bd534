package trace

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"sscard/apdu"
)

// Place is where on the card a command works.
type Place struct {
	Application string // SSSE, DF01 and so on as the standard calls them, PKI, PSAM; empty: one that it does not know
	File        uint16 // identifier of the elementary file, 0: none
}

func (p Place) String() string {
	parts := []string{p.Application}
	if p.Application == "" {
		parts[0] = "?"
	}
	if p.File != 0 {
		parts = append(parts, fmt.Sprintf("%04X", p.File))
	}
	if p.File>>8 == firstEF>>8 {
		parts[1] = "EF" + parts[1][2:]
	}
	return strings.Join(parts, " ")
}

// Applications by name (LD/T 32, files; PSAM specification) and by file identifier.
const (
	appSSSE = "SSSE"
	appPKI  = "PKI"
	appPSAM = "PSAM"

	mf      = 0x3F00
	firstDF = 0xDF00
	firstEF = 0xEF00 // and the short identifier is the last byte
	sfiMask = 0x1F
)

var applicationNames = map[string]string{
	"7378312E73682EC9E7BBE1B1A3D5CF": appSSSE, // sx1.sh.社会保障, also the 3DES environment of a PSAM
	"7378322E73682EC9E7BBE1B1A3D5CF": appPSAM,
	"7378332E73682EC9E7BBE1B1A3D5CF": appPSAM,
	"D15600000590":                   appPSAM,
	"D15600000500":                   "DF01",
	"D15600000501":                   "DF02",
	"D15600000502":                   "DF03",
	"D15600000503":                   "DF04",
	"D15600000504":                   "DF07",
	"504B492EC9E7BBE1B1A3D5CF":       appPKI, // PKI.社会保障
	"53532E434552542E41444631":       appPKI, // SS.CERT.ADF1
}

// applicationPrefix begins the names of the applications of social security cards; a byte of the application follows.
const applicationPrefix = "D156000005"

func applicationByName(name []byte) string {
	text := strings.ToUpper(hex.EncodeToString(name))
	if known, ok := applicationNames[text]; ok {
		return known
	}
	if last, ok := strings.CutPrefix(text, applicationPrefix); ok && len(last) == 2 {
		return "DF" + last // a local one: the standard names five
	}
	return ""
}

// after is the place that a command leads to which the card has done, seen from where it was.
func (p Place) after(c apdu.Command) Place {
	switch c.INS {
	case apdu.InsSelect:
		return p.selected(c)
	case apdu.InsReadRecord, apdu.InsUpdateRecord:
		if sfi, _ := apdu.ReadRecordP2(c.P2); sfi != apdu.CurrentEF {
			p.File = firstEF | uint16(sfi)
		}
	case apdu.InsReadBinary, apdu.InsUpdateBinary:
		if c.P1&bySFI != 0 {
			p.File = firstEF | uint16(c.P1&sfiMask)
		}
	}
	return p
}

// bySFI in P1 of READ and UPDATE BINARY: the rest of it is a short identifier.
const bySFI = 0x80

func (p Place) selected(c apdu.Command) Place {
	if c.P1 == apdu.SelectByName {
		return Place{Application: applicationByName(c.Data)}
	}
	if len(c.Data) != 2 || (c.P1 != apdu.SelectByFID && c.P1 != apdu.SelectEFByID) {
		return Place{}
	}
	fid := binary.BigEndian.Uint16(c.Data)
	switch {
	case fid == mf:
		return Place{Application: appSSSE} // on old cards; on others nothing is read there
	case fid&0xFF00 == firstDF && p.Application == appPSAM:
		return Place{Application: appPSAM}
	case fid&0xFF00 == firstDF:
		return Place{Application: fmt.Sprintf("%04X", fid)}
	}
	return Place{Application: p.Application, File: fid}
}
