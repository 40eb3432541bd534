package trace

import (
	"bytes"

	"sscard/apdu"
)

// secretRow is a command whose data may hold a PIN, in the clear or encrypted.
type secretRow struct {
	ins     byte
	only    byte // the class, where others use the instruction for something else
	classed bool
}

var secretRows = [...]secretRow{
	{ins: apdu.InsVerify},
	{ins: apdu.InsReloadPIN}, // ISO/IEC 7816-4 calls it CHANGE REFERENCE DATA
	{ins: apdu.InsChangePIN},
	{ins: apdu.InsCipherData, only: apdu.ClassProprietary, classed: true}, // of a PSAM, for a new PIN
	{ins: 0x2C, only: apdu.ClassPlain, classed: true},                     // RESET RETRY COUNTER; in class B0 it is DEBIT
}

// Masked is a copy of a command with zeros for data that may hold a PIN: the data of VERIFY, CHANGE PIN, PIN
// CHANGE/UNBLOCK and of the PSAM's CIPHER DATA. Of other commands it is a plain copy. What is no command APDU but
// begins like one of these is all zeros behind the header.
func Masked(command []byte) []byte {
	masked := bytes.Clone(command)
	if len(command) <= 4 || !secret(command[0], command[1]) {
		return masked
	}
	c, err := apdu.Parse(masked)
	if err != nil {
		clear(masked[4:])
		return masked
	}
	clear(c.Data) // a slice of masked
	return masked
}

func secret(cla, ins byte) bool {
	for _, row := range secretRows {
		if row.ins == ins && (!row.classed || row.only == cla) {
			return true
		}
	}
	return false
}

// withoutRandom is a copy of a command with zeros for the random numbers of the terminal in it: those of internal and
// external authentication, with the answers made of them, and the input that a PSAM makes a session key of.
func withoutRandom(command []byte) []byte {
	plain := bytes.Clone(command)
	c, err := apdu.Parse(plain)
	if err != nil {
		return plain
	}
	switch {
	case c.INS == apdu.InsInternalAuthenticate, c.INS == apdu.InsExternalAuthenticate:
		clear(c.Data) // a slice of plain
	case c.INS == apdu.InsDeliverSessionKey && c.CLA == apdu.ClassSAM:
		clear(c.Data[min(factorsOf(c), len(c.Data)):])
	}
	return plain
}

// factorsOf is how many bytes of the data of DELIVERY SESSION KEY are factors: eight for each level, which the high bits
// of the usage in P1 count.
func factorsOf(c apdu.Command) int {
	const factor, levelBits = 8, 5
	return factor * int(c.P1>>levelBits)
}
