package function

import (
	"context"
	"strings"

	"sscard/apdu"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

// No PSAM: 终端机编号 is zeros (38号文 §9.3).
const noTerminal = "000000000000"

// readCardBas reads the basic data; the card is proved by the PSAM first, and a 3.0 card gives its holder's data to
// nobody without one (38号文 §9.1.1).
func (c *call) readCardBas(ctx context.Context) (string, error) {
	id, is, err := c.place()
	if err != nil {
		return "", err
	}
	reading, err := c.terminal.Read(ctx, terminal.ReadRequest{Reader: id, Interface: is})
	if err != nil {
		return "", err
	}
	if reading.Unproved != nil {
		return "", reading.Unproved
	}
	return c.basic(ctx, reading)
}

// readCardBasStep1 gives what an HSM must answer (38号文 §9.1.2).
func (c *call) readCardBasStep1(ctx context.Context) (string, error) {
	id, is, err := c.place()
	if err != nil {
		return "", err
	}
	pending, err := c.terminal.BeginRead(ctx, terminal.ReadRequest{Reader: id, Interface: is})
	if err != nil {
		return "", err
	}
	c.goOn("iReadCardBas", pending.Session)
	return pending.Request, nil
}

// readCardBasStep2 takes the HSM's answer (38号文 §9.1.3).
func (c *call) readCardBasStep2(ctx context.Context) (string, error) {
	reading, err := c.terminal.FinishRead(ctx, c.resume("iReadCardBas"), *c.params.Key)
	if err != nil {
		return "", err
	}
	return c.basic(ctx, reading)
}

// basic is the output of iReadCardBas, eleven fields (38号文 §9.3). What the card does not hold is empty; what it
// does not give is an error.
func (c *call) basic(ctx context.Context, r *terminal.Reading) (string, error) {
	if r.Authenticity.Result == "not_genuine" {
		return "", errNotGenuine
	}
	for _, m := range r.Missing {
		if m.Reason != apitype.FileAbsent {
			return "", &terminal.Error{Code: m.Reason, Op: "iReadCardBas", Err: terminal.ErrMissing}
		}
	}
	if r.RegionCode == "" {
		return "", errCardIDShape
	}
	value := func(field string) string { return r.Text(field).Reveal() }
	date := func(field string) string { return strings.ReplaceAll(value(field), "-", "") }
	number := c.terminal.TerminalNumber(ctx, r)
	if number == "" {
		number = noTerminal
	}
	return strings.Join([]string{
		r.RegionCode, value("holder.social_security_number"), value("issuer.card_number"), value("issuer.card_id"),
		value("holder.name"), apdu.Hex(r.Historical), value("issuer.spec_version"),
		date("issuer.issue_date"), date("issuer.expiry_date"), number, c.deviceNo,
	}, "|") + "|", nil
}
