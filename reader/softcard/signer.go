package softcard

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sscard/apdu"
	"sscard/sm"
)

// signer is the SM2 key of an application and how it signs with it.
type signer struct {
	form
	key       sm.PrivateKey
	id        []byte // goes into the digests that the card makes; nil: they are of the message alone
	reference []byte // by which a command names the key
	der       bool   // signatures are DER and not r ∥ s
	use       rule

	forgery Forgery // zero: none
	first   *signed // the first signature under a forgery
}

// form is one way for a card to be asked for a signature.
type form struct {
	reference    string               // of the key, where a description says nothing, and so its length
	instructions map[byte]instruction // which the application has besides, or in place of, those of the card
	template     bool                 // the answer is 77{9F4B{…}}
}

var forms = map[string]form{
	"internal": {reference: "01", instructions: map[byte]instruction{
		apdu.InsInternalAuthenticate: {apdu.ClassPlain, (*Card).signChallenge},
	}},
	"pso": {reference: "01", instructions: map[byte]instruction{
		insManageSecurity:  {apdu.ClassPlain, (*Card).setSigner},
		insPerformSecurity: {apdu.ClassPlain, (*Card).signDigest},
	}},
	"dda": {template: true, instructions: map[byte]instruction{
		apdu.InsInternalAuthenticate: {apdu.ClassPlain, (*Card).signDynamic},
	}},
	"vendor": {reference: "0013", instructions: map[byte]instruction{
		insVendor: {apdu.ClassProprietary, (*Card).signVendor},
	}},
}

// digest is e of the message: SM3(Z ∥ message), or SM3(message).
func (k *signer) digest(message ...[]byte) ([32]byte, error) {
	if k.id == nil {
		return sm.SM3(message...)
	}
	return k.key.Public().Digest(k.id, bytes.Join(message, nil))
}

// signer builds the section sm2 of an application.
func (b *builder) signer(s signerSpec, application *application) (*signer, error) {
	form, known := forms[s.Form]
	if !known {
		names := slices.Sorted(maps.Keys(forms))
		return nil, within("form", fmt.Errorf("%q is not one of %s", s.Form, strings.Join(names, ", ")))
	}
	k := &signer{form: form}
	return k, inTurn(s, k.buildKey, k.buildReference, k.buildDigest, k.buildLayout, func(s signerSpec) (err error) {
		k.use, err = b.rule(s.Use, free, application)
		return within("use", err)
	})
}

func (k *signer) buildKey(s signerSpec) error {
	d, err := apdu.ParseHex(s.Key)
	if err == nil {
		k.key, err = sm.ParsePrivateKey(d)
	}
	return within("key", err)
}

func (k *signer) buildReference(s signerSpec) (err error) {
	k.reference, err = apdu.ParseHex(cmp.Or(s.Reference, k.form.reference))
	if want := len(k.form.reference) / 2; err == nil && len(k.reference) != want {
		err = fmt.Errorf("%d bytes, not %d", len(k.reference), want)
	}
	return within("reference", err)
}

func (k *signer) buildDigest(s signerSpec) error {
	switch s.Hash {
	case "", "sm2":
		k.id = []byte(cmp.Or(s.ID, sm.DefaultID))
	case "plain":
		if s.ID != "" {
			return within("id", errors.New("in a plain hash"))
		}
	default:
		return within("hash", fmt.Errorf("%q is neither sm2 nor plain", s.Hash))
	}
	_, err := k.digest()
	return within("id", err)
}

func (k *signer) buildLayout(s signerSpec) error {
	switch s.Layout {
	case "", "rs":
	case "der":
		k.der = true
	default:
		return within("layout", fmt.Errorf("%q is neither rs nor der", s.Layout))
	}
	return nil
}
