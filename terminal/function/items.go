package function

import (
	"context"
	"errors"
	"strings"

	"sscard/terminal"
	"sscard/terminal/profile"
)

// Ways to open a file that takes either (iAuthType).
const (
	authPIN = 1
	authKey = 2
)

// readCard reads items of files, as pFileAddr names them (38号文 §9.2).
func (c *call) readCard(ctx context.Context) (string, error) {
	id, is, err := c.place()
	if err != nil {
		return "", err
	}
	if *c.params.AuthType != authPIN && *c.params.AuthType != authKey {
		return "", errParameter
	}
	card, err := parseCardInfo(*c.params.CardInfo)
	if err != nil {
		return "", err
	}
	files, err := profile.ParseAddress(*c.params.FileAddr)
	if err != nil {
		return "", errData
	}
	contents, err := c.terminal.ReadItems(ctx, terminal.ItemsRequest{
		Reader: id, Interface: is, Card: card, Files: files, ByPIN: *c.params.AuthType == authPIN, Entry: c.entry(),
	})
	if err != nil {
		return "", err
	}
	return format(contents), nil
}

// readCardStep1 gives what an HSM must answer for the file to be read.
func (c *call) readCardStep1(ctx context.Context) (string, error) {
	return c.beginItems(ctx, "iReadCard", c.terminal.BeginReadItems)
}

// readCardStep2 takes the HSM's answer.
func (c *call) readCardStep2(ctx context.Context) (string, error) {
	content, err := c.terminal.FinishReadItems(ctx, c.resume("iReadCard"), *c.params.Key)
	if err != nil {
		return "", err
	}
	return format([]terminal.FileContent{content}), nil
}

// beginItems runs the first step of reading or writing one file.
func (c *call) beginItems(ctx context.Context, function string,
	begin func(context.Context, terminal.ItemsRequest) (terminal.Pending, error)) (string, error) {
	id, is, err := c.place()
	if err != nil {
		return "", err
	}
	card, err := parseCardInfo(*c.params.CardInfo)
	if err != nil {
		return "", err
	}
	files, err := profile.ParseAddress(*c.params.FileAddr)
	if err != nil {
		return "", errData
	}
	pending, err := begin(ctx, terminal.ItemsRequest{Reader: id, Interface: is, Card: card, Files: files, Entry: c.entry()})
	if errors.Is(err, terminal.ErrNoKey) {
		return "", errNoHSM
	}
	if err != nil {
		return "", err
	}
	c.goOn(function, pending.Session)
	return pending.Request, nil
}

// parseCardInfo reads 卡识别码|卡号|.
func parseCardInfo(s string) (terminal.CardIdentity, error) {
	parts := strings.Split(s, "|")
	if len(parts) != 3 || parts[2] != "" || parts[0] == "" {
		return terminal.CardIdentity{}, errData
	}
	return terminal.CardIdentity{CardID: strings.ToUpper(parts[0]), CardNumber: parts[1]}, nil
}

// format gives the values in the places of the items: rows end in |, the values of one are joined by ^, files end in $
// (38号文 §9.2.1).
func format(contents []terminal.FileContent) string {
	var out strings.Builder
	for _, content := range contents {
		out.WriteString(content.Address.Application + content.Address.File + "|")
		for _, row := range content.Rows {
			values := make([]string, len(row))
			for i, cell := range row {
				values[i] = cellText(cell)
			}
			out.WriteString(strings.Join(values, "^") + "|")
		}
		out.WriteString("$")
	}
	return out.String()
}

// cellText writes dates and times as the functions do: digits alone.
func cellText(c terminal.Cell) string {
	if c.Format == profile.Date || c.Format == profile.Time {
		return strings.NewReplacer("-", "", ":", "", " ", "").Replace(c.Value.Reveal())
	}
	return c.Value.Reveal()
}
