package softcard

import (
	"bytes"
	"encoding/asn1"
	"io"
	"math/big"
	"slices"

	"sscard/apdu"
	"sscard/apdu/tlv"
	"sscard/sm"
)

// Instructions of applications that sign: MANAGE SECURITY ENVIRONMENT and PERFORM SECURITY OPERATION of
// ISO/IEC 7816-4 §11.5.11 and 7816-8 §5, and one in the manner of card makers.
const (
	insManageSecurity  = 0x22
	insPerformSecurity = 0x2A
	insVendor          = 0x4C
)

// P1 and P2 of these commands.
const (
	p1SetForSigning, p2SignatureTemplate = 0x41, 0xB6
	p1Signature, p2DigestToSign          = 0x9E, 0x9A
	p1VendorSign, p2VendorSign           = 0x00, 0x01
)

// Tags of commands and answers.
const (
	tagKeyReference  tlv.Tag = 0x84
	tagVendorKey     tlv.Tag = 0xC2
	tagVendorData    tlv.Tag = 0xC1
	tagResponse      tlv.Tag = 0x77
	tagSignedDynamic tlv.Tag = 0x9F4B
)

const (
	challengeLength = 32 // a digest too
	numberLength    = 8  // of the number in the card's own data
	atS             = 32 // where s begins in r ∥ s
)

// signed is what an application answers with: r ∥ s and, before it, bytes of the card's own that it
// covers, where the form has such.
type signed struct {
	dynamic   []byte
	signature sm.Signature
}

// signChallenge is INTERNAL AUTHENTICATE (ISO/IEC 7816-4 §11.5.2): the card hashes a challenge of 32 bytes and
// signs with the key P2.
func (c *Card) signChallenge(cmd apdu.Command) apdu.Response {
	k := c.state.application.signer
	switch {
	case cmd.P1 != 0:
		return status(swP1P2)
	case cmd.P2 != k.reference[0]:
		return status(swKeyNotFound)
	case len(cmd.Data) != challengeLength:
		return status(swLength)
	}
	e, err := k.digest(cmd.Data)
	if err != nil {
		return status(swNotSupported)
	}
	return c.sign(cmd, nil, e)
}

// setSigner names the key that PERFORM SECURITY OPERATION takes, until another application is selected.
func (c *Card) setSigner(cmd apdu.Command) apdu.Response {
	if cmd.P1 != p1SetForSigning || cmd.P2 != p2SignatureTemplate {
		return status(swP1P2)
	}
	reference, named, _ := tlv.Find(cmd.Data, tagKeyReference)
	switch {
	case !named:
		return status(swData)
	case !bytes.Equal(reference, c.state.application.signer.reference):
		return status(swKeyNotFound)
	}
	c.state.keySet = true
	return status(swDone)
}

// signDigest is COMPUTE DIGITAL SIGNATURE (ISO/IEC 7816-8 §5.2) over the digest e.
func (c *Card) signDigest(cmd apdu.Command) apdu.Response {
	switch {
	case cmd.P1 != p1Signature || cmd.P2 != p2DigestToSign:
		return status(swP1P2)
	case len(cmd.Data) != challengeLength:
		return status(swLength)
	case !c.state.keySet:
		return status(swConditions)
	}
	return c.sign(cmd, nil, [32]byte(cmd.Data))
}

// dynamicHeader comes before the number: format 15, algorithm 04 (SM2), length of what follows, length of
// the number.
func dynamicHeader() []byte { return []byte{0x15, 0x04, 1 + numberLength, numberLength} }

// signDynamic is INTERNAL AUTHENTICATE as bank cards have it (JR/T 0025.17): what the terminal sends is signed
// behind data of the card's own, a header and a random number.
func (c *Card) signDynamic(cmd apdu.Command) apdu.Response {
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(swP1P2)
	case len(cmd.Data) == 0:
		return status(swLength)
	}
	number := make([]byte, numberLength)
	if _, err := io.ReadFull(c.random, number); err != nil {
		return status(swConditions)
	}
	dynamic := append(dynamicHeader(), number...)
	e, err := c.state.application.signer.digest(dynamic, cmd.Data)
	if err != nil {
		return status(swNotSupported)
	}
	return c.sign(cmd, dynamic, e)
}

// signVendor takes C2{key reference} C1{digest e}.
func (c *Card) signVendor(cmd apdu.Command) apdu.Response {
	if cmd.P1 != p1VendorSign || cmd.P2 != p2VendorSign {
		return status(swP1P2)
	}
	reference, named, _ := tlv.Find(cmd.Data, tagVendorKey)
	e, given, _ := tlv.Find(cmd.Data, tagVendorData)
	switch {
	case !named || !given || len(e) != challengeLength:
		return status(swData)
	case !bytes.Equal(reference, c.state.application.signer.reference):
		return status(swKeyNotFound)
	}
	return c.sign(cmd, nil, [32]byte(e))
}

// sign answers with the signature over e, where what was proven allows the key to be used, and with what
// a forgery makes of it.
func (c *Card) sign(cmd apdu.Command, dynamic []byte, e [32]byte) apdu.Response {
	k := c.state.application.signer
	if sw := c.allows(k.use); !sw.OK() {
		return status(sw)
	}
	signature, err := k.key.SignDigest(c.random, e)
	if err != nil {
		return status(swConditions)
	}
	if sw, refused := k.forgery.refuse(); refused {
		return status(sw)
	}
	return c.reply(cmd, k.answer(k.forged(signed{dynamic, signature})))
}

// answer lays out what was signed as the form has it.
func (k *signer) answer(s signed) []byte {
	b := s.signature[:]
	if k.der {
		b = derSignature(s.signature)
	}
	b = slices.Concat(s.dynamic, k.forgery.laidOut(b, s.signature))
	if k.template {
		return tlv.AppendBER(nil, tagResponse, tlv.AppendBER(nil, tagSignedDynamic, b))
	}
	return b
}

// derSignature is SEQUENCE { r INTEGER, s INTEGER } (GM/T 0009), be r and s what they may.
func derSignature(s sm.Signature) []byte {
	r, last := new(big.Int).SetBytes(s[:atS]), new(big.Int).SetBytes(s[atS:])
	der, _ := asn1.Marshal(struct{ R, S *big.Int }{r, last}) // two integers have a DER
	return der
}
