package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sscard/terminal/apitype"
)

func (p *program) originCommand() *cobra.Command {
	c := p.group("origin", sayOrigin)
	c.AddCommand(p.originListCommand(), p.originAllowCommand(), p.originDenyCommand())
	return c
}

func (p *program) originListCommand() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: p.say(sayOriginList), Args: cobra.NoArgs, Example: "  sscard origin list --json"}
	p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		k, err := p.doorkeeper(c.Context())
		if err != nil {
			return err
		}
		list, err := k.Origins(c.Context())
		if err != nil {
			return err
		}
		if p.json {
			return p.printJSON(list)
		}
		return p.printOrigins(list)
	}
	return c
}

// printOrigins quotes what was refused: anybody can have sent it.
func (p *program) printOrigins(list apitype.Origins) error {
	if len(list.Allowed)+len(list.Refused) == 0 {
		p.note("%s", p.say(sayNoOrigin))
		return nil
	}
	var t table
	for _, o := range list.Allowed {
		t.row(p.say(sayAllowed), o.Origin, o.Source, p.sayFields(o.Fields))
	}
	for _, o := range list.Refused {
		t.row(p.say(sayRefused), strconv.QuoteToGraphic(o.Origin), o.Last.Local().Format(time.DateTime), strconv.Itoa(o.Count)+" × "+o.Asked)
	}
	return t.print(p.stdout)
}

func (p *program) sayFields(fields []string) string {
	switch {
	case fields == nil:
		return p.say(sayEveryField)
	case len(fields) == 0:
		return p.say(sayNoField)
	}
	return strings.Join(fields, ", ")
}

func (p *program) originAllowCommand() *cobra.Command {
	var fields []string
	c := &cobra.Command{
		Use: "allow ORIGIN", Short: p.say(sayOriginAllow), Args: cobra.ExactArgs(1),
		Example: "  sscard origin allow https://hall.example --fields issuer.card_number,holder.name",
	}
	c.Flags().StringSliceVar(&fields, "fields", nil, "fields or groups that it may read (default: all)")
	c.RunE = func(c *cobra.Command, args []string) error {
		k, err := p.doorkeeper(c.Context())
		if err != nil {
			return err
		}
		o := apitype.AllowOrigin{Origin: args[0]}
		if c.Flags().Changed("fields") {
			o.Fields = append(apitype.FieldList{}, fields...)
		}
		if err := k.AllowOrigin(c.Context(), o); err != nil {
			return err
		}
		p.note(p.say(sayOriginAllowed), o.Origin, p.sayFields(o.Fields))
		return nil
	}
	return c
}

func (p *program) originDenyCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "deny ORIGIN", Short: p.say(sayOriginDeny), Args: cobra.ExactArgs(1),
		Example: "  sscard origin deny https://hall.example",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		k, err := p.doorkeeper(c.Context())
		if err != nil {
			return err
		}
		if err := k.DenyOrigin(c.Context(), args[0]); err != nil {
			return err
		}
		p.note(p.say(sayOriginDenied), args[0])
		return nil
	}
	return c
}
