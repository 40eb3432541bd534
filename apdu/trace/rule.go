package trace

import (
	"bytes"

	"sscard/apdu"
	"sscard/apdu/tlv"
)

// handler redacts the data of a command or an answer in place, or fails with ErrUnknown.
type handler func(r *redactor, step Step, data []byte) error

// rule is what is known of a command. Without a handler it has no data on that side.
type rule struct {
	ins             byte
	class           int // one class, or anyClass
	command, answer handler
}

const (
	anyClass    = -1
	classReader = 0xFF // pseudo-APDUs that the reader answers (PC/SC part 3)

	insGetData = 0xCA
	insMSE     = 0x22 // MANAGE SECURITY ENVIRONMENT
	insPSO     = 0x2A // PERFORM SECURITY OPERATION
)

// ruleOf is the first rule that fits.
func ruleOf(step Step) rule {
	c := step.Command
	if step.Control != 0 || step.Malformed {
		return rule{}
	}
	if secret(c.CLA, c.INS) {
		return rule{command: kept, answer: cryptogram} // zeros by now, and what a PSAM made of a challenge
	}
	for _, row := range rules() {
		if row.ins == c.INS && (row.class == anyClass || row.class == int(c.CLA)) {
			return row
		}
	}
	return rule{}
}

// rules is a function, as what its rows call leads back to it.
func rules() []rule {
	medical, proprietary, sam := apdu.ClassMedical, apdu.ClassProprietary, apdu.ClassSAM
	return []rule{
		{apdu.InsSelect, anyClass, kept, (*redactor).control},
		{apdu.InsReadRecord, anyClass, nil, (*redactor).records},
		{apdu.InsUpdateRecord, anyClass, (*redactor).records, nil},
		{apdu.InsReadBinary, anyClass, nil, (*redactor).binary},
		{apdu.InsUpdateBinary, anyClass, (*redactor).binary, nil},
		{apdu.InsGetChallenge, anyClass, nil, kept},
		{apdu.InsInternalAuthenticate, anyClass, cryptogram, cryptogram},
		{apdu.InsExternalAuthenticate, anyClass, cryptogram, nil},
		{insMSE, apdu.ClassPlain, cryptogram, nil},
		{insPSO, apdu.ClassPlain, opaque, opaque},
		{insGetData, classReader, nil, opaque}, // the identifier of a contactless card

		// Medical insurance: amounts, 终端机编号, times; MACs, TACs and what only counts stays.
		{apdu.InsInitialize, medical, initialize,
			firstOf(parts(part{4, number}, part{4, number}, part{4, number}, part{10, keep}), parts(part{4, number}, part{12, keep}))},
		{apdu.InsDebit, medical, parts(part{4, keep}, part{7, moment}, part{4, keep}), parts(part{8, keep})},
		{apdu.InsCredit, medical, parts(part{7, moment}, part{4, keep}), parts(part{4, keep})},
		{apdu.InsGetBalance, medical, nil, firstOf(parts(part{4, number}), parts(part{4, number}, part{2, keep}))},
		{apdu.InsGetProof, medical, kept, parts(part{8, keep})},

		// PSAM: the card's factor, with its serial number, comes first.
		{apdu.InsInitEnvironment, sam, kept, nil},
		{apdu.InsDeliverSessionKey, sam, deliver, nil},
		{apdu.InsInitSAMPurchase, proprietary, parts(part{6, keep}, part{4, number}, part{4, number}, part{4, number},
			part{1, keep}, part{7, moment}, part{2, keep}, part{4, keep}, part{4, serial}, part{rest, keep}), parts(part{8, keep})},
		{apdu.InsCreditSAM, proprietary, kept, nil},
	}
}

// kept is for what is not personal.
func kept(*redactor, Step, []byte) error { return nil }

// opaque is for bytes that tell who it is and have no form.
func opaque(r *redactor, _ Step, data []byte) error {
	return random(r.inventor, data)
}

// maxCryptogram is factor, original and key version of an authentication with a symmetric key.
const maxCryptogram = 17

// cryptogram tells the symmetric authentications from signatures, by which a certificate could be found out.
func cryptogram(r *redactor, step Step, data []byte) error {
	if max(len(step.Command.Data), len(data)) > maxCryptogram {
		return opaque(r, step, data)
	}
	return nil
}

// part is some bytes of fixed meaning.
type part struct {
	bytes int
	law   law
}

// rest is all bytes from here on.
const rest = 0

// parts is for data of fixed layout, and fails where its length is another.
func parts(layout ...part) handler {
	return func(r *redactor, _ Step, data []byte) error {
		length, open := 0, false
		for _, p := range layout {
			length += p.bytes
			open = open || p.bytes == rest
		}
		if len(data) != length && (!open || len(data) < length) {
			return ErrUnknown
		}
		for _, p := range layout {
			n := p.bytes
			if n == rest {
				n = len(data)
			}
			if err := p.law(r.inventor, data[:n]); err != nil {
				return err
			}
			data = data[n:]
		}
		return nil
	}
}

// firstOf is the first handler that knows the data.
func firstOf(handlers ...handler) handler {
	return func(r *redactor, step Step, data []byte) error {
		for _, do := range handlers {
			if do(r, step, data) == nil {
				return nil
			}
		}
		return ErrUnknown
	}
}

// initialize is the command for a settlement or a load.
func initialize(r *redactor, step Step, data []byte) error {
	return firstOf(
		parts(part{1, keep}, part{4, number}, part{4, number}, part{4, number}, part{6, digits}),
		parts(part{1, keep}, part{4, number}, part{6, digits}),
	)(r, step, data)
}

// deliver is DELIVERY SESSION KEY: factors, the card's with its serial number first, then the session's input.
func deliver(r *redactor, step Step, data []byte) error {
	const first = 8
	if n := factorsOf(step.Command); n == 0 || len(data) < n {
		return ErrUnknown
	}
	return serial(r.inventor, data[first-serialBytes:first])
}

// control is what SELECT tells of an application: names and algorithms. Anything else in it may be a number of the
// holder's, as on transit cards.
func (r *redactor) control(_ Step, data []byte) error {
	objects, err := tlv.Parse(data)
	if err != nil {
		return ErrUnknown
	}
	for _, o := range objects {
		switch {
		case bytes.Contains(impersonalObjects[:], []byte{byte(o.Tag)}) && o.Tag <= 0xFF:
		case o.Constructed(), o.Tag == proprietaryObject:
			if err := r.control(Step{}, o.Value); err != nil {
				return err
			}
		default:
			return ErrUnknown
		}
	}
	return nil
}

// DF name, SFI of the directory, algorithm, label, version of a PKI application.
var impersonalObjects = [...]byte{0x84, 0x88, 0x86, 0x50, 0x92}

// proprietaryObject holds objects, whatever its tag says.
const proprietaryObject tlv.Tag = 0x9F0C
