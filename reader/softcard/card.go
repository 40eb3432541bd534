package softcard

import (
	"bytes"
	"context"
	"io"
	"sync"

	"sscard/apdu"
	"sscard/sm"
)

// Card is a software card; [Load] and [Parse] make one.
type Card struct {
	atr         []byte
	iface       string
	description Text
	algorithm   sm.Algorithm
	algorithmDO bool // tag 86 stands in the FCI

	master       *application // what is selected at power-on
	applications []*application
	keys         map[string]*secret
	pin          *secret // nil: none is set
	quirks       quirks
	random       io.Reader

	mu    sync.Mutex // guards state and the retry counters
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
}

const noRecord = -1

// Status words of LD/T 32.
const (
	swDone           apdu.StatusWord = 0x9000
	swMore           apdu.StatusWord = 0x6100
	swVerification   apdu.StatusWord = 0x63C0
	swLength         apdu.StatusWord = 0x6700
	swFileStructure  apdu.StatusWord = 0x6981
	swSecurityStatus apdu.StatusWord = 0x6982
	swBlocked        apdu.StatusWord = 0x6983
	swNoChallenge    apdu.StatusWord = 0x6984
	swConditions     apdu.StatusWord = 0x6985
	swNoCurrentEF    apdu.StatusWord = 0x6986
	swNotSupported   apdu.StatusWord = 0x6A81
	swFileNotFound   apdu.StatusWord = 0x6A82
	swRecordNotFound apdu.StatusWord = 0x6A83
	swP1P2           apdu.StatusWord = 0x6A86
	swKeyNotFound    apdu.StatusWord = 0x6A88
	swOffset         apdu.StatusWord = 0x6B00
	swCorrectLength  apdu.StatusWord = 0x6C00
	swInstruction    apdu.StatusWord = 0x6D00
	swClass          apdu.StatusWord = 0x6E00
)

// plainClass is the only CLA so far: no secure messaging, no class of the medical commands.
const plainClass = 0x00

var instructions = map[byte]func(*Card, apdu.Command) apdu.Response{
	apdu.InsSelect:               (*Card).selectFile,
	apdu.InsReadRecord:           (*Card).readRecord,
	apdu.InsReadBinary:           (*Card).readBinary,
	apdu.InsGetResponse:          (*Card).getResponse,
	apdu.InsGetChallenge:         (*Card).getChallenge,
	apdu.InsInternalAuthenticate: (*Card).internalAuthenticate,
	apdu.InsExternalAuthenticate: (*Card).externalAuthenticate,
	apdu.InsVerify:               (*Card).verify,
}

// ATR is the card's answer to reset.
func (c *Card) ATR() []byte { return bytes.Clone(c.atr) }

// Interface is "contact" or "contactless".
func (c *Card) Interface() string { return c.iface }

// Description says which card this is.
func (c *Card) Description() Text { return c.description }

// Reset takes power away and gives it back. Retry counters stay as they are.
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
	if cmd.INS != apdu.InsGetResponse {
		c.state.pending = nil
	}
	run, known := instructions[cmd.INS]
	switch {
	case cmd.CLA != plainClass:
		return status(swClass)
	case !known:
		return status(swInstruction)
	}
	if sw, refused := c.quirks.refuses(cmd); refused {
		return status(sw)
	}
	return run(c, c.quirks.received(cmd))
}

// status is an answer without data.
func status(sw apdu.StatusWord) apdu.Response { return apdu.Response{SW: sw} }
