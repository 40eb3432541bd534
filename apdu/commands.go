package apdu

import (
	"encoding/binary"
	"fmt"
)

// Class bytes of the commands below.
const (
	ClassPlain       = 0x00 // ISO/IEC 7816-4
	ClassProprietary = 0x80
	ClassSecured     = 0x84 // with a MAC behind the data
	ClassMedical     = 0xB0 // medical insurance, under DF04 only
	ClassSAM         = 0xBF // PSAM
)

// Instruction bytes of the social security card (LD/T 32, commands).
const (
	InsVerify               = 0x20
	InsReloadPIN            = 0x24
	InsGetBalance           = 0x26
	InsInitialize           = 0x28
	InsCredit               = 0x2A
	InsDebit                = 0x2C
	InsGetProof             = 0x2E
	InsChangePIN            = 0x5E
	InsExternalAuthenticate = 0x82
	InsGetChallenge         = 0x84
	InsInternalAuthenticate = 0x88
	InsSelect               = 0xA4
	InsReadBinary           = 0xB0
	InsReadRecord           = 0xB2
	InsGetResponse          = 0xC0
	InsUpdateBinary         = 0xD6
	InsUpdateRecord         = 0xDC
)

// Instruction bytes of the PSAM (PSAM specification, commands).
const (
	InsInitSAMPurchase   = 0x70
	InsCreditSAM         = 0x72
	InsDeliverSessionKey = 0xDE
	InsInitEnvironment   = 0xEC
	InsCipherData        = 0xFA
)

// How SELECT names a file (P1, ISO/IEC 7816-4 §7.1.1).
const (
	SelectByFID  = 0x00 // MF, DF or EF by file identifier
	SelectEFByID = 0x02 // EF under the current DF
	SelectByName = 0x04 // DF by name (AID)
)

// RecordMode is the low three bits of P2 of READ and UPDATE RECORD: what P1 means (LD/T 32, READ RECORD).
type RecordMode byte

// Modes of READ and UPDATE RECORD.
const (
	RecordFirstByID RecordMode = 0 // P1 is a record identifier; its first occurrence
	RecordAppend    RecordMode = 3 // UPDATE RECORD of a cyclic file, P1=00: a new record in place of the oldest
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

// ReadBinary builds READ BINARY of the current EF: ne bytes from offset, at most 7FFF, on
// (ISO/IEC 7816-4 §7.2.3).
func ReadBinary(offset uint16, ne int) Command {
	return Command{INS: InsReadBinary, P1: byte(offset >> 8), P2: byte(offset), Ne: ne}
}

// ReadBinarySFI builds READ BINARY of the EF with this short identifier, which becomes the current EF: ne bytes from its
// start on (ISO/IEC 7816-4 §7.2.3).
func ReadBinarySFI(sfi byte, ne int) Command {
	const bySFI = 0x80
	return Command{INS: InsReadBinary, P1: bySFI | sfi, Ne: ne}
}

// UpdateRecord builds UPDATE RECORD; p1, mode and sfi as in [ReadRecord], record with its tag and length
// where it has them (LD/T 32, UPDATE RECORD).
func UpdateRecord(sfi byte, mode RecordMode, p1 byte, record []byte) Command {
	return Command{INS: InsUpdateRecord, P1: p1, P2: sfi<<recordModeBits | byte(mode), Data: record}
}

// UpdateBinary builds UPDATE BINARY of the current EF from offset, at most 7FFF, on (LD/T 32, UPDATE
// BINARY).
func UpdateBinary(offset uint16, data []byte) Command {
	return Command{INS: InsUpdateBinary, P1: byte(offset >> 8), P2: byte(offset), Data: data}
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

// Verify builds VERIFY for a PIN of 2 to 8 bytes, packed digits filled with F (LD/T 32, VERIFY).
func Verify(pin []byte) Command { return Command{INS: InsVerify, Data: pin} }

// PINTries builds VERIFY without a PIN: 63Cx tells the tries left and costs none, 9000 that no PIN is
// set (LD/T 32, VERIFY).
func PINTries() Command { return Command{INS: InsVerify, Ne: MaxShortNe} }

// ChangePIN builds CHANGE PIN from the old PIN to the new, each coded as for [Verify] or empty where
// there is none (LD/T 32, CHANGE PIN).
func ChangePIN(old, new []byte) Command {
	const separator = 0xFF
	data := append(append([]byte{}, old...), separator)
	return Command{CLA: ClassProprietary, INS: InsChangePIN, P1: 1, Data: append(data, new...)}
}

// UnblockPIN builds PIN UNBLOCK, which still needs [Command.WithMAC] (LD/T 32, PIN CHANGE/UNBLOCK).
func UnblockPIN() Command { return Command{CLA: ClassSecured, INS: InsReloadPIN} }

// ReloadPIN builds PIN CHANGE to a new PIN, encrypted, which still needs [Command.WithMAC] (LD/T 32, PIN
// CHANGE/UNBLOCK).
func ReloadPIN(encrypted []byte) Command {
	return Command{CLA: ClassSecured, INS: InsReloadPIN, P2: 1, Data: encrypted}
}

const macLength = 4

// MACInput is what the MAC of a secured command covers: CLA INS P1 P2, Lc, which counts the MAC too, and
// the data (LD/T 32, security). The data is at most 251 bytes long.
func (c Command) MACInput() []byte {
	return append([]byte{c.CLA, c.INS, c.P1, c.P2, byte(len(c.Data) + macLength)}, c.Data...)
}

// WithMAC is the command with the MAC behind its data.
func (c Command) WithMAC(mac [macLength]byte) Command {
	c.Data = append(append([]byte{}, c.Data...), mac[:]...)
	return c
}

// Amounts are the parts of a medical settlement, in 分.
type Amounts struct {
	Account uint32 // 个人账户
	Self    uint32 // 个人自付
	Fund    uint32 // 统筹
}

// Append appends the three amounts, four bytes each.
func (a Amounts) Append(b []byte) []byte {
	for _, amount := range [...]uint32{a.Account, a.Self, a.Fund} {
		b = binary.BigEndian.AppendUint32(b, amount)
	}
	return b
}

// InitSettlement builds INITIALIZE FOR PURCHASE with the DPK of index key at a terminal (终端机编号). The
// answer has 22 bytes: balances of account4, self4 and fund4, year2, sequence2, key version, algorithm,
// random4 (LD/T 32).
func InitSettlement(key byte, amounts Amounts, terminal [6]byte) Command {
	data := append(amounts.Append([]byte{key}), terminal[:]...)
	return Command{CLA: ClassMedical, INS: InsInitialize, P1: 1, P2: 1, Data: data}
}

// Debit builds DEBIT with the sequence number and the time (YYYYMMDDhhmmss) of the terminal. The answer
// is TAC4 ∥ MAC2 4 (LD/T 32).
func Debit(sequence uint32, time [7]byte, mac1 [4]byte) Command {
	data := append(binary.BigEndian.AppendUint32(nil, sequence), time[:]...)
	return Command{CLA: ClassMedical, INS: InsDebit, P1: 1, Data: append(data, mac1[:]...)}
}

// InitLoad builds INITIALIZE FOR LOAD of amount with the DLK of index key. The answer has 16 bytes:
// balance4, sequence2, key version, algorithm, random4, MAC1 4 (LD/T 32).
func InitLoad(key byte, amount uint32, terminal [6]byte) Command {
	data := append(binary.BigEndian.AppendUint32([]byte{key}, amount), terminal[:]...)
	return Command{CLA: ClassMedical, INS: InsInitialize, P2: 1, Data: data}
}

// Credit builds CREDIT FOR LOAD. The answer is TAC4 (LD/T 32).
func Credit(time [7]byte, mac2 [4]byte) Command {
	return Command{CLA: ClassMedical, INS: InsCredit, Data: append(time[:], mac2[:]...)}
}

// Balance names what GET BALANCE tells.
type Balance byte

// Balances: that of the account has 4 bytes, the others 4 and their year.
const (
	BalanceAccount Balance = 1
	BalanceSelf    Balance = 2
	BalanceFund    Balance = 3
)

// GetBalance builds GET BALANCE (LD/T 32).
func GetBalance(which Balance) Command {
	ne := 6
	if which == BalanceAccount {
		ne = 4
	}
	return Command{CLA: ClassMedical, INS: InsGetBalance, P2: byte(which), Ne: ne}
}

// GetProof builds GET TRANSACTION PROOF of the transaction with a type and the card's sequence number. The
// answer is MAC2 4 ∥ TAC4 (LD/T 32).
func GetProof(kind byte, sequence uint16) Command {
	return Command{CLA: ClassMedical, INS: InsGetProof, P2: kind, Data: binary.BigEndian.AppendUint16(nil, sequence)}
}

// InitEnvironment builds the PSAM's INIT ENV with the first byte of the user card's 识别码 (PSAM
// specification).
func InitEnvironment(first byte) Command {
	return Command{CLA: ClassSAM, INS: InsInitEnvironment, Data: []byte{first}}
}

// DeliverSessionKey builds DELIVERY SESSION KEY: the key of usage and id, diversified by the factors, card
// first and province last, and by the session input of one block (PSAM specification).
func DeliverSessionKey(usage, id byte, factors [][8]byte, input []byte) Command {
	return Command{CLA: ClassSAM, INS: InsDeliverSessionKey, P1: usage, P2: id, Data: append(joined(factors), input...)}
}

func joined(factors [][8]byte) (data []byte) {
	for _, factor := range factors {
		data = append(data, factor[:]...)
	}
	return data
}

// CipherMode is what CIPHER DATA does with its blocks.
type CipherMode byte

// Modes of CIPHER DATA. A MAC begins with the initial block and ends with four bytes.
const (
	CipherEncrypt  CipherMode = 0
	CipherMACLast  CipherMode = 1
	CipherMACNext  CipherMode = 3
	CipherMAC      CipherMode = 5 // first and last in one
	CipherMACFirst CipherMode = 7
)

// CipherData builds CIPHER DATA over whole blocks under the session key delivered before (PSAM
// specification).
func CipherData(mode CipherMode, blocks []byte) Command {
	return Command{CLA: ClassProprietary, INS: InsCipherData, P1: byte(mode), Data: blocks}
}

// SAMPurchase is what INIT SAM PURCHASE tells the PSAM of a settlement; the card said Random, Sequence,
// Version and Algorithm.
type SAMPurchase struct {
	Random             [4]byte
	Sequence           uint16
	Amounts            Amounts
	Kind               byte
	Time               [7]byte
	Version, Algorithm byte
	Factors            [][8]byte // card first
}

// InitSAMPurchase builds INIT SAM PURCHASE with the DPK key. The answer is sequence4 ∥ MAC1 4 (PSAM
// specification).
func InitSAMPurchase(key byte, p SAMPurchase) Command {
	data := binary.BigEndian.AppendUint16(p.Random[:], p.Sequence)
	data = append(p.Amounts.Append(data), p.Kind)
	data = append(append(data, p.Time[:]...), p.Version, p.Algorithm)
	return Command{CLA: ClassProprietary, INS: InsInitSAMPurchase, P1: key, Data: append(data, joined(p.Factors)...)}
}

// CreditSAM builds CREDIT SAM, which checks the MAC2 of a debit: 63CF where it is wrong (PSAM
// specification).
func CreditSAM(mac2 [4]byte) Command {
	return Command{CLA: ClassProprietary, INS: InsCreditSAM, Data: mac2[:]}
}

var instructionNames = map[byte]string{
	InsVerify: "VERIFY", InsExternalAuthenticate: "EXTERNAL AUTHENTICATE", InsGetChallenge: "GET CHALLENGE",
	InsInternalAuthenticate: "INTERNAL AUTHENTICATE", InsSelect: "SELECT", InsReadBinary: "READ BINARY",
	InsReadRecord: "READ RECORD", InsGetResponse: "GET RESPONSE", InsUpdateBinary: "UPDATE BINARY",
	InsUpdateRecord: "UPDATE RECORD", InsChangePIN: "CHANGE PIN", InsReloadPIN: "PIN CHANGE/UNBLOCK",
	InsInitialize: "INITIALIZE", InsCredit: "CREDIT", InsDebit: "DEBIT", InsGetBalance: "GET BALANCE",
	InsGetProof: "GET TRANSACTION PROOF", InsInitEnvironment: "INIT ENV", InsCipherData: "CIPHER DATA",
	InsDeliverSessionKey: "DELIVERY SESSION KEY", InsInitSAMPurchase: "INIT SAM PURCHASE", InsCreditSAM: "CREDIT SAM",
}

// plainNames are those of ISO/IEC 7816-4 and 7816-8 that the card's standard has no use for, in the plain class; some mean
// something else in other classes.
var plainNames = map[byte]string{
	0x0E: "ERASE BINARY", 0x22: "MANAGE SECURITY ENVIRONMENT", 0x24: "CHANGE REFERENCE DATA", 0x26: "DISABLE VERIFICATION",
	0x28: "ENABLE VERIFICATION", 0x2A: "PERFORM SECURITY OPERATION", 0x2C: "RESET RETRY COUNTER", 0x46: "GENERATE KEY PAIR",
	0xCA: "GET DATA", 0xD0: "WRITE BINARY", 0xD2: "WRITE RECORD", 0xDA: "PUT DATA", 0xE0: "CREATE FILE", 0xE2: "APPEND RECORD",
	0xE4: "DELETE FILE",
}

// Name is what the command is called: by its instruction, "command" where that is not known.
func (c Command) Name() string {
	if name, plain := plainNames[c.INS]; plain && c.CLA == ClassPlain {
		return name
	}
	if name, known := instructionNames[c.INS]; known {
		return name
	}
	return "command"
}

// String names the command by instruction and header. It never shows the data, which may hold a PIN.
func (c Command) String() string {
	return fmt.Sprintf("%s %02X%02X%02X%02X", c.Name(), c.CLA, c.INS, c.P1, c.P2)
}
