package main

import (
	"slices"

	"sscard/apdu"
)

// harm is what a command could do to a card.
type harm int

// Harms, from none.
const (
	harmless harm = iota
	costsTry      // of a PIN or key, and may so block it
	changes       // or is not known to change nothing
)

// harmlessRows are the commands that are sent without further ado: they choose, read and compute. All others are not,
// unknown ones above all, which may be those of personalisation.
var harmlessRows = [...]struct {
	class byte
	ins   []byte
}{
	{apdu.ClassPlain, []byte{
		apdu.InsSelect, apdu.InsReadBinary, apdu.InsReadBinary + 1, apdu.InsReadRecord, apdu.InsReadRecord + 1,
		apdu.InsGetResponse, apdu.InsGetChallenge, apdu.InsInternalAuthenticate,
		insGetData, insGetData + 1, insManageSecurity, insPerformSecurity,
	}},
	{apdu.ClassProprietary, []byte{insGetData, insTransitBalance}},
	{apdu.ClassMedical, []byte{apdu.InsGetBalance, apdu.InsGetProof}},
}

// Instructions of ISO/IEC 7816-4 and 7816-8, of which the social security card's standard says nothing, and of transit
// cards.
const (
	insManageSecurity  = 0x22
	insPerformSecurity = 0x2A
	insTransitBalance  = 0x5C
	insGetData         = 0xCA
)

// triesRows are the instructions that cost a try where what they present is wrong.
var triesRows = []byte{
	apdu.InsVerify, apdu.InsVerify + 1, apdu.InsReloadPIN, apdu.InsReloadPIN + 1, apdu.InsChangePIN,
	apdu.InsExternalAuthenticate, apdu.InsExternalAuthenticate + 1, 0x26, 0x28, 0x2C, 0x86, 0x87,
}

func harmOf(c apdu.Command) harm {
	for _, row := range harmlessRows {
		if row.class == c.CLA && slices.Contains(row.ins, c.INS) && (c.INS != insManageSecurity || setsEnvironment(c.P1)) {
			return harmless
		}
	}
	if c.CLA != apdu.ClassMedical && slices.Contains(triesRows, c.INS) {
		return costsTry
	}
	return changes
}

func harmful(c apdu.Command) bool { return harmOf(c) != harmless }

// setsEnvironment tells SET and RESTORE of MANAGE SECURITY ENVIRONMENT from STORE and ERASE, by P1 (ISO/IEC 7816-4
// §7.5.11).
func setsEnvironment(p1 byte) bool { return p1&0x0F == 0x01 || p1 == 0xF3 }

// harmWords are what is said of a command that is refused, or sent with a warning.
var harmWords = map[harm]message{costsTry: sayCostsTry, changes: sayChanges}

// checkHarm refuses commands that could do harm, before anything is sent; with leave it warns of them.
func (p *program) checkHarm(commands []apdu.Command, leave bool) error {
	for i, c := range commands {
		h := harmOf(c)
		switch {
		case h == harmless:
		case leave:
			p.note(p.say(sayDangerous), i+1, c, p.say(harmWords[h]))
		default:
			return usage(sayRefusedCommand, i+1, c, p.say(harmWords[h]))
		}
	}
	return nil
}
