package apdu

import "fmt"

// Instruction bytes of ISO/IEC 7816-4 that the social security card answers (LD/T 32, commands).
const (
	InsVerify               = 0x20
	InsExternalAuthenticate = 0x82
	InsGetChallenge         = 0x84
	InsInternalAuthenticate = 0x88
	InsSelect               = 0xA4
	InsReadBinary           = 0xB0
	InsReadRecord           = 0xB2
	InsGetResponse          = 0xC0
)

// How SELECT names a file (P1, ISO/IEC 7816-4 §7.1.1).
const (
	SelectByFID  = 0x00 // MF, DF or EF by file identifier
	SelectEFByID = 0x02 // EF under the current DF
	SelectByName = 0x04 // DF by name (AID)
)

// RecordMode is the low three bits of P2 of READ RECORD: what P1 means (LD/T 32, READ RECORD).
type RecordMode byte

// Modes of READ RECORD.
const (
	RecordFirstByID RecordMode = 0 // P1 is a record identifier; its first occurrence
	RecordByNumber  RecordMode = 4 // P1 is a record number
	RecordsFromP1   RecordMode = 5 // all records from number P1 to the last
	RecordsDownToP1 RecordMode = 6 // all records from the last down to number P1
	CurrentEF       byte       = 0 // in place of an SFI
	recordModeBits             = 3
	recordModeMask             = 1<<recordModeBits - 1
	selectFirstOnly byte       = 0x00
)

// SelectDF builds SELECT by DF name (1 to 16 bytes), without Le: over T=0 the answer comes by 61xx, and
// cards in the field give the FCI either way (ISO/IEC 7816-4 §7.1.1).
func SelectDF(name []byte) Command {
	return Command{INS: InsSelect, P1: SelectByName, P2: selectFirstOnly, Data: name}
}

// SelectFile builds SELECT by the two-byte file identifier fid; p1 is [SelectEFByID] or [SelectByFID]
// (ISO/IEC 7816-4 §7.1.1).
func SelectFile(p1 byte, fid uint16) Command {
	return Command{INS: InsSelect, P1: p1, Data: []byte{byte(fid >> 8), byte(fid)}}
}

// ReadRecord builds READ RECORD: p1 is an identifier or a number as mode says, sfi 1..30 or [CurrentEF],
// ne the exact number of bytes wanted, 256 for Le=00 (ISO/IEC 7816-4 §7.3.3).
func ReadRecord(sfi byte, mode RecordMode, p1 byte, ne int) Command {
	return Command{INS: InsReadRecord, P1: p1, P2: sfi<<recordModeBits | byte(mode), Ne: ne}
}

// ReadRecordP2 takes the P2 of a READ RECORD apart into short file identifier and mode.
func ReadRecordP2(p2 byte) (sfi byte, mode RecordMode) {
	return p2 >> recordModeBits, RecordMode(p2 & recordModeMask)
}

// GetResponse builds GET RESPONSE for ne bytes (ISO/IEC 7816-4 §7.6.1).
func GetResponse(ne int) Command { return Command{INS: InsGetResponse, Ne: ne} }

// GetChallenge builds GET CHALLENGE for n bytes: 4, 8 or 16 (ISO/IEC 7816-4 §7.5.3).
func GetChallenge(n int) Command { return Command{INS: InsGetChallenge, Ne: n} }

// InternalAuthenticate builds INTERNAL AUTHENTICATE with the card's IRK over 16 bytes, factor then
// original (LD/T 32, INTERNAL AUTHENTICATION). The answer has 8 bytes; Le is left out, as terminals in the field do,
// and T=0 cards announce it by 6108.
func InternalAuthenticate(factor, original [8]byte) Command {
	return Command{INS: InsInternalAuthenticate, Data: append(factor[:], original[:]...)}
}

// ExternalAuthenticate builds EXTERNAL AUTHENTICATE for the key keyID over 16 bytes: the terminal's
// answer, then the original it answers for. A GET CHALLENGE just before gives the factor (LD/T 32).
func ExternalAuthenticate(keyID byte, answer, original [8]byte) Command {
	return Command{INS: InsExternalAuthenticate, P2: keyID, Data: append(answer[:], original[:]...)}
}

var instructionNames = map[byte]string{
	InsVerify: "VERIFY", InsExternalAuthenticate: "EXTERNAL AUTHENTICATE", InsGetChallenge: "GET CHALLENGE",
	InsInternalAuthenticate: "INTERNAL AUTHENTICATE", InsSelect: "SELECT", InsReadBinary: "READ BINARY",
	InsReadRecord: "READ RECORD", InsGetResponse: "GET RESPONSE",
}

// String names the command by instruction and header. It never shows the data, which may hold a PIN.
func (c Command) String() string {
	name, known := instructionNames[c.INS]
	if !known {
		name = "command"
	}
	return fmt.Sprintf("%s %02X%02X%02X%02X", name, c.CLA, c.INS, c.P1, c.P2)
}
