package softcard

import (
	"bytes"
	"context"
	"io"
	"sync"

	"sscard/apdu"
	"sscard/sm"
)

// Card is a software card, of a person or a PSAM; [Load] and [Parse] make one.
type Card struct {
	instructions map[byte]instruction
	atr          []byte
	iface        string
	description  Text
	algorithm    sm.Algorithm
	algorithmDO  bool // tag 86 stands in the FCI

	master       *application // what is selected at power-on
	applications []*application
	keys         map[string]*secret
	pin          *secret // nil: none is set
	quirks       quirks
	random       io.Reader

	mu    sync.Mutex // guards state, and what outlives it: files, accounts, the PIN, retry counters
	state state
}

// Text is a line for people in two languages.
type Text struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// state is what a card forgets when power goes.
type state struct {
	application *application
	file        *file // nil: no current EF
	record      int   // index of the current record; noRecord after the EF was selected
	challenge   []byte
	pending     []byte // waits for GET RESPONSE
	proven      map[*secret]bool
	transaction *transaction // begun by the command before; nil: none
	session     *session     // of a PSAM: the key delivered last; nil: none
	purchase    *[4]byte     // of a PSAM: the MAC2 that its transaction has to end with; nil: none
	keySet      bool         // MANAGE SECURITY ENVIRONMENT has named the key to sign with
}

const noRecord = -1

// instruction is what a card does for an INS, and the class that goes with it.
type instruction struct {
	class byte
	run   func(*Card, apdu.Command) apdu.Response
}

// What the two kinds of card are asked.
var (
	userInstructions = map[byte]instruction{
		apdu.InsSelect:               {apdu.ClassPlain, (*Card).selectFile},
		apdu.InsGetResponse:          {apdu.ClassPlain, (*Card).getResponse},
		apdu.InsReadRecord:           {apdu.ClassPlain, (*Card).readRecord},
		apdu.InsReadBinary:           {apdu.ClassPlain, (*Card).readBinary},
		apdu.InsUpdateRecord:         {apdu.ClassPlain, (*Card).updateRecord},
		apdu.InsUpdateBinary:         {apdu.ClassPlain, (*Card).updateBinary},
		apdu.InsGetChallenge:         {apdu.ClassPlain, (*Card).getChallenge},
		apdu.InsInternalAuthenticate: {apdu.ClassPlain, (*Card).internalAuthenticate},
		apdu.InsExternalAuthenticate: {apdu.ClassPlain, (*Card).externalAuthenticate},
		apdu.InsVerify:               {apdu.ClassPlain, (*Card).verify},
		apdu.InsChangePIN:            {apdu.ClassProprietary, (*Card).changePIN},
		apdu.InsReloadPIN:            {apdu.ClassSecured, (*Card).reloadPIN},
		apdu.InsInitialize:           {apdu.ClassMedical, (*Card).initialize},
		apdu.InsDebit:                {apdu.ClassMedical, (*Card).debit},
		apdu.InsCredit:               {apdu.ClassMedical, (*Card).credit},
		apdu.InsGetBalance:           {apdu.ClassMedical, (*Card).getBalance},
		apdu.InsGetProof:             {apdu.ClassMedical, (*Card).getProof},
	}
	samInstructions = map[byte]instruction{
		apdu.InsSelect:            {apdu.ClassPlain, (*Card).selectFile},
		apdu.InsGetResponse:       {apdu.ClassPlain, (*Card).getResponse},
		apdu.InsReadBinary:        {apdu.ClassPlain, (*Card).readBinary},
		apdu.InsInitEnvironment:   {apdu.ClassSAM, (*Card).initEnvironment},
		apdu.InsDeliverSessionKey: {apdu.ClassSAM, (*Card).deliverSessionKey},
		apdu.InsCipherData:        {apdu.ClassProprietary, (*Card).cipherData},
		apdu.InsInitSAMPurchase:   {apdu.ClassProprietary, (*Card).initSAMPurchase},
		apdu.InsCreditSAM:         {apdu.ClassProprietary, (*Card).creditSAM},
	}
)

// ATR is the card's answer to reset.
func (c *Card) ATR() []byte { return bytes.Clone(c.atr) }

// Interface is "contact" or "contactless".
func (c *Card) Interface() string { return c.iface }

// Description says which card this is.
func (c *Card) Description() Text { return c.description }

// Reset takes power away and gives it back. Files, accounts, the PIN and retry counters stay as they are.
func (c *Card) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.powerOn()
}

func (c *Card) powerOn() {
	c.state = state{application: c.master, record: noRecord, proven: map[*secret]bool{}}
}

// Transmit answers one command APDU; its only error is that of a ctx that has ended.
func (c *Card) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answer(command).Bytes(), nil
}

func (c *Card) answer(command []byte) apdu.Response {
	cmd, err := apdu.Parse(command)
	if err != nil {
		return status(swLength)
	}
	if cmd.INS == apdu.InsGetResponse {
		return c.run(cmd)
	}
	c.state.pending = nil
	begun := c.state.transaction
	resp := c.run(cmd)
	if c.state.transaction == begun {
		c.state.transaction = nil // it was for this command only
	}
	return resp
}

// instruction is that of the current application, which may have its own, or that of the card.
func (c *Card) instruction(ins byte) (instruction, bool) {
	if s := c.state.application.signer; s != nil {
		if own, has := s.instructions[ins]; has {
			return own, true
		}
	}
	common, known := c.instructions[ins]
	return common, known
}

func (c *Card) run(cmd apdu.Command) apdu.Response {
	instruction, known := c.instruction(cmd.INS)
	switch {
	case !known:
		return status(swInstruction)
	case cmd.CLA != instruction.class:
		return status(swClass)
	}
	if sw, refused := c.quirks.refuses(cmd); refused {
		return status(sw)
	}
	return instruction.run(c, c.quirks.received(cmd))
}
