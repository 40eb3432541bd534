package function

import (
	"context"
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
	is, err := c.reader()
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
	contents, err := c.terminal.ReadItems(ctx, terminal.ItemsRequest{Interface: is, Card: card, Files: files})
	if err != nil {
		return "", err
	}
	return format(contents), nil
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
