package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal"
)

// atrFlags are the flags of the verb atr.
type atrFlags struct {
	reader string
	reveal bool
}

func (p *program) atrCommand() *cobra.Command {
	var f atrFlags
	c := &cobra.Command{
		Use: "atr [HEX]", Short: p.say(sayATR), Args: cobra.MaximumNArgs(1),
		Example: "  sscard atr\n  sscard atr 3B6D00000081544C968684510100000001 --json",
	}
	p.jsonFlag(c)
	c.Flags().StringVar(&f.reader, "reader", "", "reader, by id or name (sscard readers)")
	c.Flags().BoolVar(&f.reveal, "reveal", false, "show the serial too, which tells this card from others")
	c.RunE = func(c *cobra.Command, given []string) error {
		atr, err := p.givenATR(c, f, given)
		if err != nil {
			return err
		}
		shown, err := showATR(atr, f.reveal)
		if err != nil {
			return usageError{err}
		}
		if p.json {
			return p.printJSON(shown)
		}
		return p.printATR(shown)
	}
	return c
}

// givenATR is that of the command line, or else of the card in the reader, which is not spoken to.
func (p *program) givenATR(c *cobra.Command, f atrFlags, given []string) ([]byte, error) {
	if len(given) == 1 {
		atr, err := apdu.ParseHex(given[0])
		if err != nil {
			return nil, usageError{err}
		}
		return atr, nil
	}
	e, err := p.equipped(c.Context())
	if err != nil {
		return nil, err
	}
	defer e.Stop()
	r, err := e.Pool.Snapshot().Pick(f.reader, reader.Unknown)
	if err != nil {
		return nil, terminal.AsError(err)
	}
	if r.Card.Mute {
		return nil, terminal.AsError(&reader.Error{Op: "reset", Reader: r.Name, Err: reader.ErrMute})
	}
	return r.Card.ATR, nil
}

// shownATR is what `sscard atr --json` prints. Dots stand for what is hidden.
type shownATR struct {
	ATR        string        `json:"atr"`
	Convention string        `json:"convention"` // direct, inverse
	Interface  []shownByte   `json:"interface_bytes"`
	Protocols  []int         `json:"protocols"`
	F          int           `json:"f,omitempty"`
	D          int           `json:"d,omitempty"`
	Historical string        `json:"historical_bytes"`
	Card       *shownHistory `json:"card,omitempty"` // where they have the form of a social security card's
	TCK        string        `json:"tck,omitempty"`
	Problem    string        `json:"problem,omitempty"` // of the check byte

	atr apdu.ATR
}

type shownByte struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type shownHistory struct {
	ChipMaker string `json:"chip_maker"`
	System    string `json:"chip_and_system"`
	CardMaker string `json:"card_maker"`
	Region    string `json:"region"` // the first four digits
	Serial    string `json:"serial"`
}

func showATR(raw []byte, reveal bool) (shownATR, error) {
	atr, err := apdu.ParseATR(raw)
	if err != nil {
		return shownATR{}, err
	}
	text := apdu.MaskATR(raw)
	if reveal {
		text = apdu.Hex(raw)
	}
	history, tck := len(text)-2*len(atr.TCK)-2*len(atr.Historical), len(text)-2*len(atr.TCK)
	s := shownATR{
		ATR: text, Convention: "direct", Interface: []shownByte{}, Protocols: atr.Protocols(),
		Historical: text[history:tck], TCK: text[tck:], atr: atr,
	}
	if atr.TS == apdu.InverseConvention {
		s.Convention = "inverse"
	}
	s.F, s.D = atr.Rates()
	for _, b := range atr.Interface {
		s.Interface = append(s.Interface, shownByte{b.Name(), apdu.Hex([]byte{b.Value})})
	}
	if h, err := apdu.ParseHistorical(atr.Historical); err == nil {
		serial := s.Historical[len(s.Historical)-2*len(h.Serial):]
		s.Card = &shownHistory{apdu.Hex(h.ChipMaker[:]), apdu.Hex(h.System[:]), apdu.Hex(h.CardMaker[:]), h.Region, serial}
	}
	if err := atr.Check(); err != nil {
		s.Problem = strings.TrimPrefix(err.Error(), apdu.ErrMalformed.Error()+": ")
	}
	return s, nil
}

func (p *program) printATR(s shownATR) error {
	var t table
	t.row("ATR", "", s.ATR)
	t.row("TS", apdu.Hex([]byte{s.atr.TS}), p.say(map[string]message{"direct": sayDirect, "inverse": sayInverse}[s.Convention]))
	t.row("T0", apdu.Hex([]byte{s.atr.T0}), fmt.Sprintf(p.say(sayT0), len(s.atr.Historical)))
	for i, b := range s.atr.Interface {
		t.row(b.Name(), s.Interface[i].Value, p.sayInterfaceByte(s, b))
	}
	t.row(p.say(sayProtocols), "", p.sayProtocols(s.Protocols))
	if s.Card == nil {
		t.row(p.say(sayHistorical), s.Historical, p.say(sayOtherCard))
	} else {
		t.row("T1-T2", s.Card.ChipMaker, p.say(sayChipMaker))
		t.row("T3-T5", s.Card.System, p.say(saySystem))
		t.row("T6-T7", s.Card.CardMaker, p.say(sayCardMaker))
		t.row("T8-T9", s.Card.Region, p.say(sayRegion))
		t.row("TA-TD", s.Card.Serial, p.saySerial(s.Card.Serial))
	}
	t.row("TCK", s.TCK, p.sayTCK(s))
	return t.print(p.stdout)
}

func (p *program) sayProtocols(protocols []int) string {
	names := make([]string, len(protocols))
	for i, n := range protocols {
		names[i] = fmt.Sprintf("T=%d", n)
	}
	return strings.Join(slices.Compact(names), ", ")
}

func (p *program) saySerial(serial string) string {
	if strings.HasPrefix(serial, ".") {
		return p.say(saySerialHidden)
	}
	return p.say(saySerialShown)
}

func (p *program) sayTCK(s shownATR) string {
	switch {
	case s.Problem != "":
		return p.say(sayTCKWrong) + " (" + s.Problem + ")"
	case s.TCK == "":
		return p.say(sayTCKNone)
	}
	return p.say(sayTCKRight)
}

// interfaceWords are what the bytes mean whose meaning does not hang on the protocol (ISO/IEC 7816-3 §8.3).
var interfaceWords = map[string]message{
	"TB1": sayTB1, "TC1": sayTC1, "TA2": sayTA2, "TB2": sayTB1, "TC2": sayTC2,
}

// protocolWords are those of the first group for a protocol; F is T=15, for all.
var protocolWords = map[string]message{
	"A1": sayIFSC, "B1": sayWaiting1, "C1": sayErrorCode, "AF": sayClockClass, "BF": saySPU,
}

func (p *program) sayInterfaceByte(s shownATR, b apdu.InterfaceByte) string {
	const firstOfProtocols = 3
	switch key := fmt.Sprintf("%c%X", b.Letter, b.Protocol); {
	case b.Letter == 'D':
		return fmt.Sprintf(p.say(sayTD), b.Protocol)
	case b.Name() == "TA1" && s.F*s.D == 0:
		return p.say(sayReserved)
	case b.Name() == "TA1":
		return fmt.Sprintf(p.say(sayRates), s.F, s.D)
	case b.Group >= firstOfProtocols:
		if words, known := protocolWords[key]; known {
			return p.say(words)
		}
		return fmt.Sprintf(p.say(sayOfProtocol), b.Protocol)
	}
	return p.say(interfaceWords[b.Name()])
}
