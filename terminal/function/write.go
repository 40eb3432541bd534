package function

import (
	"context"
	"strings"

	"sscard/terminal"
	"sscard/terminal/profile"
)

// writeCard writes items of files: pFileAddr names them and pWriteData has their values (38号文 §9.2).
func (c *call) writeCard(ctx context.Context) (string, error) {
	id, is, err := c.place()
	if err != nil {
		return "", err
	}
	card, err := parseCardInfo(*c.params.CardInfo)
	if err != nil {
		return "", err
	}
	files, err := c.filesToWrite()
	if err != nil {
		return "", err
	}
	_, err = c.terminal.WriteItems(ctx, terminal.WriteRequest{Reader: id, Interface: is, Card: card, Files: files, Entry: c.entry()})
	return "", err
}

// filesToWrite puts the values to the items that they are for.
func (c *call) filesToWrite() ([]terminal.FileValues, error) {
	addresses, err := profile.ParseAddress(*c.params.FileAddr)
	if err != nil {
		return nil, errData
	}
	files, err := parseWriteData(*c.params.WriteData)
	if err != nil || len(files) != len(addresses) {
		return nil, errData
	}
	for i, a := range addresses {
		if files[i].Address.Application != a.Application || files[i].Address.File != a.File {
			return nil, errData
		}
		files[i].Address = a
	}
	return files, nil
}

// parseWriteData reads values in the shape in which reading gives them: DF01EF0A|CHN|$.
func parseWriteData(s string) (files []terminal.FileValues, err error) {
	for rest := s; rest != "" || s == ""; {
		file, after, ended := strings.Cut(rest, "$")
		name, rows, _ := strings.Cut(file, "|")
		address, err := profile.ParseAddress(name + "|$")
		if err != nil || !ended {
			return nil, errData
		}
		values, err := parseRows(rows)
		if err != nil {
			return nil, err
		}
		files, rest = append(files, terminal.FileValues{Address: address[0], Rows: values}), after
	}
	return files, nil
}

// parseRows reads rows ended by |, their values joined by ^.
func parseRows(s string) (rows [][]terminal.PII, err error) {
	for s != "" {
		row, rest, ended := strings.Cut(s, "|")
		if !ended {
			return nil, errData
		}
		var values []terminal.PII
		for value := range strings.SplitSeq(row, "^") {
			values = append(values, terminal.PII(value))
		}
		rows, s = append(rows, values), rest
	}
	return rows, nil
}

// writeCardStep1 gives what an HSM must answer for the file to be written.
func (c *call) writeCardStep1(ctx context.Context) (string, error) {
	return c.beginItems(ctx, "iWriteCard", c.terminal.BeginWriteItems)
}

// writeCardStep2 takes the HSM's answer, and the values.
func (c *call) writeCardStep2(ctx context.Context) (string, error) {
	files, err := parseWriteData(*c.params.WriteData)
	if err != nil || len(files) != 1 {
		files = []terminal.FileValues{{}} // refused, like all that is not for the first step's file, and the card let go
	}
	_, err = c.terminal.FinishWriteItems(ctx, c.resume("iWriteCard"), *c.params.Key, files[0])
	return "", err
}
