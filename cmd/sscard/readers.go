package main

import (
	"github.com/spf13/cobra"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal"
)

func (p *program) readersCommand() *cobra.Command {
	c := &cobra.Command{Use: "readers", Short: p.say(sayReaders), Args: cobra.NoArgs, Example: "  sscard readers --json"}
	p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		e, err := p.equipped(c.Context())
		if err != nil {
			return err
		}
		defer e.Stop()
		readers, err := e.Terminal.Readers()
		if err != nil {
			return err
		}
		if p.json {
			return p.printJSON(terminal.ReaderDocuments(readers))
		}
		return p.printReaders(readers)
	}
	return c
}

func (p *program) printReaders(readers []reader.Reader) error {
	if len(readers) == 0 {
		p.note("%s", p.say(sayNoReader))
		return nil
	}
	var t table
	for _, r := range readers {
		t.row(r.ID, r.Name, p.sayInterface(r.Interface), p.sayRole(r.Role), p.sayCard(r.Card))
	}
	return t.print(p.stdout)
}

func (p *program) sayCard(card *reader.Card) string {
	switch {
	case card == nil:
		return p.say(sayEmpty)
	case card.Mute:
		return p.say(sayMute)
	}
	return apdu.Hex(card.ATR)
}

func (p *program) sayRole(role reader.Role) string {
	if role == reader.RoleSAM {
		return p.say(sayRoleSAM)
	}
	return p.say(sayRoleCard)
}

func (p *program) sayInterface(is reader.Interface) string {
	switch is {
	case reader.Contact:
		return p.say(sayContact)
	case reader.Contactless:
		return p.say(sayContactless)
	}
	return p.say(sayUnknown)
}
