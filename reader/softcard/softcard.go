// Package softcard makes social security cards of software: generations 1.0, 2.0 and 3.0, contact and
// contactless, each described by a YAML file, each answering command APDUs as LD/T 32 and
// 人社信息函〔2012〕37号 say. A [Card] is an [apdu.Transmitter], so whatever talks to a card in a reader talks
// to one of these: in memory in a test, or through a real pcscd.
//
//	card, err := softcard.Load(file)
//	channel := apdu.NewChannel(card)
//
// It is an independent reading of the standard and never imports terminal/profile: the two check each
// other. Of this project it imports apdu, apdu/tlv and sm.
//
// # Descriptions
//
// Unknown keys are refused, and a [FormatError] names the place. All persons are invented and all keys
// are test keys.
//
//	description: {zh: 二代卡, en: second generation}
//	interface: contact                 # or contactless
//	atr: 3B6D00000081544C968684510100000002
//	algorithm: DES                     # DES, SSF33 or SM4: tag 86 of each FCI. Without it there is no such
//	                                   # tag, and keys are SSF33 in Beijing (region 11…), DES elsewhere
//	pin: {value: "123456", tries: 3}   # 4 to 16 digits
//	keys:                              # root: national, diversified for this card; key: used as it is
//	  IRK: {id: "00", root: 404142434445464748494A4B4C4D4E4F}
//	  RKSSSE: {id: "0A", root: 505152535455565758595A5B5C5D5E5F, tries: 3, version: 1}
//	applications:
//	  SSSE:
//	    name: 7378312E73682EC9E7BBE1B1A3D5CF
//	    fid: DDF1                      # optional; 3F00 makes the application the MF itself
//	    directory: 30                  # optional; SFI of the DIR file, tag 88 of the FCI
//	    keys: {}                       # optional; of this application only
//	    files:
//	      EF05:                        # its file identifier
//	        sfi: 5                     # optional
//	        structure: variable        # or fixed, cyclic, transparent
//	        read: free                 # or PIN, or key names joined by | or by &
//	        records:                   # by number; in a cyclic file the newest first, without tags
//	          - {tag: "01", hex: 510100D15600000500000002FFFFFFFF}
//	          - {tag: "05", digits: "20200101"}         # packed BCD, filled with F
//	          - {tag: "09", text: 张三, length: 30}      # GBK, filled with 00
//	      EF07: {sfi: 7, structure: transparent, read: RKSSSE, size: 768, binary: FFD8}  # filled with FF
//	quirks:
//	  manners: t0                      # 61xx and 6Cxx as over T=0
//	  short: 64                        # READ RECORD of several records gives so many bytes at most
//	  refuse:                          # a command that matches all that is said of it is answered with sw
//	    - {ins: B2, mode: 5, sw: 6A81} # mode: of READ RECORD
//	    - {ins: B2, sfi: true, sw: 6A82}
//	    - {ins: A4, p1: "02", sw: 6A86}
//
// Roots are diversified (L1, L2, L3) with the region that begins record 01 of file EF05 of the
// application SSSE and with the historical bytes of the ATR. A key with tries serves EXTERNAL
// AUTHENTICATION; the key called IRK serves INTERNAL AUTHENTICATION.
//
// # Behaviour
//
// A card refuses what the standard refuses and is otherwise as kind as cards in the field: unless it has
// manners: t0 it hands data over at once, with 6Cxx only where Le is smaller than what there is.
//
// READ RECORD modes 0 to 3 look for the identifier P1, or for any record where P1 is 00, and move the
// record pointer, which modes 4 to 6 only use, where P1 is 00.
//
// A PIN that was verified stays so until power goes. What keys have proven, and a challenge not yet
// used, end when another application is selected too. Retry counters outlive both.
//
// # Faults
//
// [WithFault] gives a card one fault, [WithLog] shows what it is asked. Both take and are an [Answerer]
// and can be stacked.
//
// A card is safe for concurrent use, though like any card it has one state for all who talk to it.
package softcard

import (
	"context"

	"sscard/apdu"
)

// Answerer is a card as its reader sees it: it has an ATR, loses what it remembers when it is reset,
// and answers commands.
type Answerer interface {
	// ATR is the answer to reset; nil where there is no card.
	ATR() []byte
	// Reset takes power away and gives it back.
	Reset()
	// Transmit answers one command APDU. An error means that the card is gone or ctx has ended.
	Transmit(ctx context.Context, command []byte) ([]byte, error)
}

var (
	_ apdu.Transmitter = Answerer(nil)
	_ Answerer         = (*Card)(nil)
)
