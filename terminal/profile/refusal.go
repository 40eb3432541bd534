package profile

// Nothing that a profile makes a terminal send may change a card or cost it one of its tries: a wrong profile is tried
// on the cards of everybody who comes to the counter.

// harmless are the commands of ISO/IEC 7816-4 and 7816-8 that a sign step may send: they choose a key and compute.
// All others of the interindustry class are refused, VERIFY too: whether a PIN is to be asked for is the profile's pin.
var harmless = map[byte]string{
	0x22: "MANAGE SECURITY ENVIRONMENT",
	0x2A: "PERFORM SECURITY OPERATION",
	0x84: "GET CHALLENGE",
	0x88: "INTERNAL AUTHENTICATE",
	0xA4: "SELECT",
}

// harmful are the commands that a sign step may not send in a class of the card's own either. Elsewhere such a class
// means what its maker wants; these INS mean the same with all makers known, or are those of money.
var harmful = map[byte]string{
	0x04: "DEACTIVATE FILE",
	0x0C: "ERASE RECORD",
	0x0E: "ERASE BINARY",
	0x0F: "ERASE BINARY",
	0x16: "CARD BLOCK",
	0x18: "APPLICATION UNBLOCK",
	0x1E: "APPLICATION BLOCK",
	0x20: "VERIFY",
	0x21: "VERIFY",
	0x24: "CHANGE REFERENCE DATA or PIN UNBLOCK",
	0x25: "CHANGE REFERENCE DATA",
	0x26: "DISABLE VERIFICATION REQUIREMENT",
	0x28: "ENABLE VERIFICATION REQUIREMENT or INITIALIZE",
	0x2A: "CREDIT",
	0x2C: "RESET RETRY COUNTER or DEBIT",
	0x2D: "RESET RETRY COUNTER",
	0x44: "ACTIVATE FILE",
	0x46: "GENERATE ASYMMETRIC KEY PAIR",
	0x47: "GENERATE ASYMMETRIC KEY PAIR",
	0x50: "INITIALIZE FOR LOAD or PURCHASE",
	0x52: "CREDIT FOR LOAD",
	0x54: "DEBIT FOR PURCHASE",
	0x56: "STARTING DAY",
	0x58: "UPDATE OVERDRAW LIMIT",
	0x5E: "CHANGE PIN or RELOAD PIN",
	0x82: "EXTERNAL AUTHENTICATE",
	0x83: "EXTERNAL AUTHENTICATE",
	0x86: "GENERAL AUTHENTICATE",
	0x87: "GENERAL AUTHENTICATE",
	0xD0: "WRITE BINARY",
	0xD1: "WRITE BINARY",
	0xD2: "WRITE RECORD",
	0xD4: "WRITE KEY",
	0xD6: "UPDATE BINARY",
	0xD7: "UPDATE BINARY",
	0xDA: "PUT DATA",
	0xDB: "PUT DATA",
	0xDC: "UPDATE RECORD",
	0xDD: "UPDATE RECORD",
	0xE0: "CREATE FILE",
	0xE2: "APPEND RECORD",
	0xE4: "DELETE FILE",
	0xE6: "TERMINATE DF",
	0xE8: "TERMINATE EF",
	0xFE: "TERMINATE CARD USAGE",
}

// refusal says why the command may not be sent, or "".
func (s SignStep) refusal() string {
	high := s.INS >> 4
	_, computes := harmless[s.INS]
	switch name := harmful[s.INS]; {
	case high == 0x6 || high == 0x9:
		return "no INS begins with 6 or 9 (ISO/IEC 7816-3)"
	case s.CLA == 0xFF, s.CLA > 0x00 && s.CLA < 0x80:
		return "want class 00, or one of the card's own, 80 to FE"
	case s.CLA == 0x00 && !computes:
		return "it neither chooses a key nor computes"
	case s.CLA == 0x00 && s.INS == 0x22 && !s.setsEnvironment():
		return "it stores or erases a security environment"
	case s.CLA != 0x00 && name != "":
		return name + " could change or block a card"
	}
	return ""
}

// setsEnvironment tells SET and RESTORE of MANAGE SECURITY ENVIRONMENT from STORE and ERASE, by P1 (ISO/IEC 7816-4).
func (s SignStep) setsEnvironment() bool { return s.P1&0x0F == 0x01 || s.P1 == 0xF3 }
