package softcard

import (
	"encoding/binary"
	"slices"

	"sscard/apdu"
	"sscard/sm"
)

// Types of transaction (an1) as the MACs, GET TRANSACTION PROOF and EF08 have them. Which they are is
// not public: here they are P1 of INITIALIZE as a digit.
const (
	kindLoad       byte = '0'
	kindSettlement byte = '1'
)

// transaction is what INITIALIZE began and DEBIT or CREDIT completes.
type transaction struct {
	kind     byte
	sequence uint16
	amounts  apdu.Amounts
	terminal []byte // 终端机编号, 6 bytes
	random   []byte // 4 bytes
}

// newTransaction takes what follows the key index in INITIALIZE: amounts, of a load only that of the
// account, and the terminal.
func newTransaction(kind byte, sequence uint16, data, random []byte) *transaction {
	t := &transaction{kind: kind, sequence: sequence, random: random}
	parts := []*uint32{&t.amounts.Account}
	if kind == kindSettlement {
		parts = append(parts, &t.amounts.Self, &t.amounts.Fund)
	}
	for _, part := range parts {
		*part, data = binary.BigEndian.Uint32(data), data[4:]
	}
	t.terminal = slices.Clone(data)
	return t
}

// What follows is all that the two cards of a transaction, and whoever stands behind the terminal, must
// agree on. Public text gives the session keys, MAC1, and the load's MAC1; MAC2, the TACs and the
// load's MAC2 are those of the electronic purse of JR/T 0025, from which the commands are taken.

// settlementKey is the session key of MAC1 and MAC2: the DPK by random4 ∥ sequence2 ∥ the low two bytes
// of the terminal's sequence.
func settlementKey(alg sm.Algorithm, dpk []byte, t *transaction, terminalSequence []byte) ([]byte, error) {
	return sm.SessionKey(alg, dpk, slices.Concat(t.random, t.counter(), terminalSequence[2:]))
}

// settlementMAC1 is account4 ∥ self4 ∥ fund4 ∥ type1 ∥ terminal6 ∥ time7.
func settlementMAC1(t *transaction, time []byte) []byte {
	return slices.Concat(t.amounts.Append(nil), []byte{t.kind}, t.terminal, time)
}

// settlementMAC2 is account4 ∥ self4 ∥ fund4.
func settlementMAC2(t *transaction) []byte { return t.amounts.Append(nil) }

// settlementTAC is account4 ∥ self4 ∥ fund4 ∥ type1 ∥ terminal6 ∥ the terminal's sequence4 ∥ time7.
func settlementTAC(t *transaction, terminalSequence, time []byte) []byte {
	return slices.Concat(t.amounts.Append(nil), []byte{t.kind}, t.terminal, terminalSequence, time)
}

// loadKey is the session key of MAC1 and MAC2: the DLK by random4 ∥ sequence2 ∥ 8000.
func loadKey(alg sm.Algorithm, dlk []byte, t *transaction) ([]byte, error) {
	return sm.SessionKey(alg, dlk, slices.Concat(t.random, t.counter(), []byte{0x80, 0x00}))
}

// loadMAC1 is the balance before4 ∥ amount4 ∥ type1 ∥ terminal6.
func loadMAC1(t *transaction, before uint32) []byte {
	return slices.Concat(bigEndian(before), bigEndian(t.amounts.Account), []byte{t.kind}, t.terminal)
}

// loadMAC2 is amount4 ∥ type1 ∥ terminal6 ∥ time7.
func loadMAC2(t *transaction, time []byte) []byte {
	return slices.Concat(bigEndian(t.amounts.Account), []byte{t.kind}, t.terminal, time)
}

// loadTAC is the balance after4 ∥ amount4 ∥ sequence2 ∥ type1 ∥ terminal6 ∥ time7.
func loadTAC(t *transaction, after uint32, time []byte) []byte {
	return slices.Concat(bigEndian(after), bigEndian(t.amounts.Account), t.counter(), []byte{t.kind}, t.terminal, time)
}

// detailLength is that of a record of EF08.
const detailLength = 0x1C

// detail is the record of EF08: sequence2 ∥ type1 ∥ terminal6 ∥ time7 ∥ account4 ∥ self4 ∥ fund4.
func (t *transaction) detail(time []byte) []byte {
	return slices.Concat(t.counter(), []byte{t.kind}, t.terminal, time, t.amounts.Append(nil))
}

func (t *transaction) counter() []byte { return binary.BigEndian.AppendUint16(nil, t.sequence) }

func bigEndian(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
