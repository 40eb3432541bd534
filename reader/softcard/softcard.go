// Package softcard makes social security cards of software: generations 1.0, 2.0 and 3.0, contact and
// contactless, and the PSAM of a terminal, each described by a YAML file, each answering command APDUs as
// LD/T 32, 人社信息函〔2012〕37号 and the PSAM specification say. A [Card] is an [apdu.Transmitter], so
// whatever talks to a card in a reader talks to one of these: in memory in a test, or through a real pcscd.
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
//	        read: free                 # or PIN, or key names joined by | or by &; free if nothing is said
//	        update: UKSSSE             # the same; nobody if nothing is said
//	        records:                   # by number; in a cyclic file the newest first, without tags
//	          - {tag: "01", hex: 510100D15600000500000002FFFFFFFF}
//	          - {tag: "05", digits: "20200101"}         # packed BCD, filled with F
//	          - {tag: "09", text: 张三, length: 30}      # GBK, filled with 00
//	      EF07: {sfi: 7, structure: transparent, read: RKSSSE, size: 768, binary: FFD8}  # filled with FF
//	  DF04:
//	    name: D15600000503
//	    medical:                       # optional; accounts in 分, and the numbers of the next transactions
//	      {account: 150000, self: 20000, fund: 80000, year: "2026", settlements: 7, loads: 2,
//	       DPK: {id: "01", root: …}, DLK: {id: "01", root: …}, DTK: {id: "01", root: …}}   # id: key index
//	    files:                         # accounts need this EF08; length is that of the records there are,
//	      EF08: {structure: cyclic, read: PIN, room: 30, length: 28}   # room their number
//	  ACSE:
//	    name: D1560000050A
//	    sm2:                           # optional; the application signs with SM2
//	      form: internal               # how it is asked to: internal, pso, dda or vendor, see Behaviour
//	      key: 3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
//	      reference: "01"              # optional; by which commands name the key
//	      id: "1234567812345678"       # optional; the user id that goes into e
//	      hash: sm2                    # optional; plain: e is SM3 of the message alone, without Z
//	      layout: rs                   # optional; r ∥ s, or der
//	      use: PIN                     # optional; as read, for signing
//	    files:
//	      EF15: {sfi: 21, structure: transparent, size: 1024, certificate: …}  # PEM, or hexadecimal; filled with 00
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
// AUTHENTICATION; the key called IRK serves INTERNAL AUTHENTICATION; those of identifiers 02 (STKSSSE)
// and 06 (PUK) serve PIN CHANGE/UNBLOCK.
//
// A PSAM has description, interface, atr and quirks like these, and besides:
//
//	kind: psam
//	region: "510100"                   # roots are diversified for it, down to the level of their usage
//	terminal: "510100000001"           # 终端机编号, file 0016
//	sequence: 16                       # number of the next transaction, file 0019 under DF01
//	public: 015101000000000000000102010000              # 卡片公共信息, file 0015
//	environments:
//	  sx1:
//	    name: 7378312E73682EC9E7BBE1B1A3D5CF
//	    fid: 3F00                      # optional, as above
//	    algorithm: DES
//	    keys:                          # usage: levels in the high three bits, type in the low five
//	      RKSSSE: {usage: "67", id: "0A", root: 505152535455565758595A5B5C5D5E5F, version: 1}
//
// Each environment holds files 0015 and 0016 and the application DF01 with AID D15600000590, which holds
// the keys. Test cards and PSAMs that belong together are in testdata.
//
// # Behaviour
//
// A card refuses what the standard refuses and is otherwise as kind as cards in the field: unless it has
// manners: t0 it hands data over at once, with 6Cxx only where Le is smaller than what there is.
//
// READ RECORD modes 0 to 3 look for the identifier P1, or for any record where P1 is 00, and move the
// record pointer, which modes 4 to 6 only use, where P1 is 00. UPDATE RECORD takes modes 0 to 4 alike, but
// mode 3 of a cyclic file adds a record. It wants the whole TLV, under the identifier that the record
// has; the records of a variable file take no more room together than they had at first. There is no
// secure messaging: class 04 gives 6E00.
//
// A PIN that was verified stays so until power goes. What keys have proven, and a challenge not yet
// used, end when another application is selected too. Files, accounts, the PIN and retry counters outlive
// both. A command does all of its work or none.
//
// DEBIT and CREDIT must follow their INITIALIZE at once: any command between, or a wrong MAC, ends the
// transaction. Both append to EF08 what they did. INITIALIZE and GET BALANCE want the PIN, if one is set; GET
// TRANSACTION PROOF knows the last transaction and wants none. STARTING DAY is not answered.
//
// A PSAM finds a key by type and identifier. Where it has it under another number of levels, or gets another
// number of factors, it answers 6A80. A session key serves one computation of CIPHER DATA, of the kind that
// its type allows, over blocks that the terminal pads. INIT SAM PURCHASE uses its number up, whatever
// follows.
//
// An application that signs has the commands of its form. The card makes e, the digest that is signed
// (GB/T 32918.2), where it is given the message, and takes it as it comes where it is given a digest:
//
//	internal  00 88 00 ref 20 message32                    r ∥ s
//	pso       00 22 41 B6 03 84 01 ref, 00 2A 9E 9A 20 e   r ∥ s
//	dda       00 88 00 00 Lc message                       77{9F4B{own12 ∥ r ∥ s}}, of own12 ∥ message
//	vendor    80 4C 00 01 26 C2 02 ref2 C1 20 e            r ∥ s
//
// In such an application 88 of the first and the third form is not that of the IRK, which is answered everywhere else.
// 6A88 is for another reference, 6985 for a signature before 22, which holds until another application is
// selected. [Card.Personalise] gives a card that was loaded another key and other certificates.
//
// # Where the standard is silent
//
// No public text describes the asymmetric application of a 3.0 card. The forms above are what ISO/IEC 7816-4
// and 7816-8, JR/T 0025.17 and the commands of card makers suggest. In dda own12 is 15 04 09 08 and a random
// number of 8 bytes (choice); the reference of the key is 01, in vendor 0013.
//
// What the MACs and TACs of transactions cover, and what types of transaction are called, is partly a
// choice, made at the head of transaction.go. So are: 6901 for a transaction outside its application or
// out of turn; 6988 taking the PUK's proof away; a wrong MAC1 costing no try; the proof of a load giving
// the MAC2 that the card got.
//
//	settlement  key   DPK: random4 ∥ sequence2 ∥ low 2 of the terminal's sequence
//	            MAC1  account4 ∥ self4 ∥ fund4 ∥ type1 ∥ terminal6 ∥ time7
//	            MAC2  account4 ∥ self4 ∥ fund4                                          (choice)
//	            TAC   account4 ∥ self4 ∥ fund4 ∥ type1 ∥ terminal6 ∥ terminal's sequence4 ∥ time7  (choice)
//	load        key   DLK: random4 ∥ sequence2 ∥ 8000
//	            MAC1  balance before4 ∥ amount4 ∥ type1 ∥ terminal6
//	            MAC2  amount4 ∥ type1 ∥ terminal6 ∥ time7                               (choice)
//	            TAC   balance after4 ∥ amount4 ∥ sequence2 ∥ type1 ∥ terminal6 ∥ time7  (choice)
//	EF08        sequence2 ∥ type1 ∥ terminal6 ∥ time7 ∥ account4 ∥ self4 ∥ fund4
//	type        "0" load, "1" settlement, in ASCII                                      (choice)
//
// # Faults
//
// [WithFault] gives a card one fault, [WithLog] shows what it is asked. Both take and are an [Answerer]
// and can be stacked. A card that a fault took out is put in again by wrapping the same [Card] anew: its
// memory is as the last command left it.
//
// # Forgeries
//
// [Card.Forge] makes a card that signs a forged one. [ParseForgery] reads its text; [Forgeries] lists all:
//
//	flip@N                 r ∥ s with bit N changed; 0 is the highest of the first byte
//	r=0 r=n r=n+1          numbers that no signature has; n is the order of the group
//	s=0 s=n s=n+1 r+s=n
//	short long             without the last byte, and with 00 behind it
//	der-junk               DER, whatever the layout is, and four bytes behind it
//	replay                 the first signature from then on, for whatever is signed, over resets
//	other-key              a signature by a key made up for it
//	refuse:SW              a status word
//	certificate-flip@N     the certificate file with bit N changed
//	certificate-junk       bytes that are no certificate, as many
//	certificate-blank      FF, as many
//	certificate-4k         bytes that are no certificate but claim to be one of 4 KiB, as many
//	certificate=HEX        these
//
// The certificate file is the first of the application for which a description says certificate. Certificates that
// an authority must have issued, expired ones or those of another card, come in by [Card.Personalise].
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
