package function

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sscard/apdu"
	"sscard/terminal"
	"sscard/terminal/profile"
)

// doDebit debits the card with the keys of a PSAM (38号文 §9.8).
func (c *call) doDebit(ctx context.Context) (string, error) {
	request, err := c.debitRequest()
	if err != nil {
		return "", err
	}
	debit, err := c.terminal.Debit(ctx, request)
	if err != nil {
		return "", err
	}
	return debitOutput(debit), nil
}

// doDebitStep1 gives what an HSM must answer.
func (c *call) doDebitStep1(ctx context.Context) (string, error) {
	request, err := c.debitRequest()
	if err != nil {
		return "", err
	}
	pending, err := c.terminal.BeginDebit(ctx, request)
	if err != nil {
		return "", err
	}
	c.goOn("iDoDebit", pending.Session)
	return pending.Request, nil
}

// doDebitStep2 takes the HSM's answer; the HSM has then to check MAC2.
func (c *call) doDebitStep2(ctx context.Context) (string, error) {
	debit, err := c.terminal.FinishDebit(ctx, c.resume("iDoDebit"), *c.params.Key)
	if err != nil {
		return "", err
	}
	return apdu.Hex(debit.MAC2[:]) + "|" + debitOutput(debit), nil
}

func (c *call) debitRequest() (terminal.DebitRequest, error) {
	id, is, err := c.place()
	if err != nil {
		return terminal.DebitRequest{}, err
	}
	card, err := parseCardInfo(*c.params.CardInfo)
	if err != nil {
		return terminal.DebitRequest{}, err
	}
	amounts, at, err := parsePayInfo(*c.params.PayInfo)
	return terminal.DebitRequest{Reader: id, Interface: is, Card: card, Amounts: amounts, Time: at, Entry: c.entry()}, err
}

var payInfo = regexp.MustCompile(`^([0-9]{1,8})\.([0-9]{2})\|([0-9]{1,8})\.([0-9]{2})\|([0-9]{14})\|$`)

const stampForm = "20060102150405"

// parsePayInfo reads 总金额|个人账户+统筹|YYYYMMDDHHMMSS|. The account on the card is not debited, as the accounts are
// kept online: what account and fund pay together is noted as the fund's part, and the rest as the holder's.
func parsePayInfo(s string) (apdu.Amounts, time.Time, error) {
	m := payInfo.FindStringSubmatch(s)
	if m == nil {
		return apdu.Amounts{}, time.Time{}, errData
	}
	at, err := time.ParseInLocation(stampForm, m[5], time.Local)
	total, wrong := strconv.ParseUint(m[1]+m[2], 10, 32)
	covered, tooWrong := strconv.ParseUint(m[3]+m[4], 10, 32)
	if err != nil || wrong != nil || tooWrong != nil || total == 0 || covered > total {
		return apdu.Amounts{}, time.Time{}, errData
	}
	return apdu.Amounts{Self: uint32(total - covered), Fund: uint32(covered)}, at, nil
}

// debitOutput is 算法|密钥地址|金额|类型|终端机编号|终端序号|时间|TAC|: what the TAC is made of, in its order, and the key that
// checks it.
func debitOutput(d terminal.Debit) string {
	return strings.Join([]string{
		d.Algorithm, d.TACKey, apdu.Hex(d.Amounts.Append(nil)), fmt.Sprintf("%02X", d.Kind), d.Terminal,
		fmt.Sprintf("%08X", d.TerminalSequence), d.Time.Format(stampForm), apdu.Hex(d.TAC[:]),
	}, "|") + "|"
}

// readDebitRecord reads the settlements that the card has noted, the newest first. The holder enters his PIN for it.
func (c *call) readDebitRecord(ctx context.Context) (string, error) {
	id, is, err := c.place()
	if err != nil {
		return "", err
	}
	contents, err := c.terminal.ReadItems(ctx, terminal.ItemsRequest{
		Reader: id, Interface: is, Files: []profile.FileAddress{{Application: "DF04", File: "EF08"}}, Entry: c.entry(),
	})
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, row := range contents[0].Rows {
		record, err := debitRecord(row)
		if err != nil {
			return "", err
		}
		out.WriteString(record + "|")
	}
	return out.String(), nil
}

// debitRecord is 序号^终端机编号^时间^总金额^账户+统筹^ of one settlement.
func debitRecord(row terminal.Row) (string, error) {
	const sequence, number, at, account, self, fund, all = 0, 2, 3, 4, 5, 6, 7
	if len(row) != all {
		return "", errRecord
	}
	var amounts [all]uint64
	for i := account; i <= fund; i++ {
		var err error
		if amounts[i], err = strconv.ParseUint(row[i].Value.Reveal(), 10, 32); err != nil {
			return "", errRecord
		}
	}
	covered := amounts[account] + amounts[fund]
	return strings.Join([]string{
		row[sequence].Value.Reveal(), row[number].Value.Reveal(), cellText(row[at]),
		yuan(covered + amounts[self]), yuan(covered), "",
	}, "^"), nil
}

func yuan(fen uint64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }
