package main

import (
	"bufio"
	"io"
	"os"
	"strings"

	"sscard/apdu"
)

// fromStdin in the place of commands stands for standard input.
const fromStdin = "-"

// Bounds of a script.
const (
	maxCommands = 10_000
	maxLine     = 256 << 10 // an extended command, with room for spaces
)

// givenCommands are those of the arguments, of the script, or of standard input.
func givenCommands(given []string, script string, stdin io.Reader) ([]apdu.Command, error) {
	switch {
	case script != "" && len(given) > 0, script == "" && len(given) == 0:
		return nil, usage(sayGiveCommands)
	case script != "":
		file, err := os.Open(script)
		if err != nil {
			return nil, usageError{err}
		}
		defer file.Close()
		return readScript(file)
	case len(given) == 1 && given[0] == fromStdin:
		return readScript(stdin)
	}
	commands := make([]apdu.Command, len(given))
	for i, text := range given {
		var err error
		if commands[i], err = parseCommand(text); err != nil {
			return nil, usage(sayBadCommand, i+1, err)
		}
	}
	return commands, nil
}

// readScript reads one command in a line. Empty lines, and what stands behind #, are nothing.
func readScript(r io.Reader) (commands []apdu.Command, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		c, err := parseCommand(text)
		if err != nil {
			return nil, usage(sayBadLine, n, err)
		}
		if len(commands) == maxCommands {
			return nil, usage(sayTooManyCommands, maxCommands)
		}
		commands = append(commands, c)
	}
	if err := lines.Err(); err != nil {
		return nil, usageError{err}
	}
	if len(commands) == 0 {
		return nil, usage(sayNoCommand)
	}
	return commands, nil
}

// parseCommand does not show what it cannot read: a PIN may be in it.
func parseCommand(text string) (apdu.Command, error) {
	raw, err := apdu.ParseHex(text)
	if err != nil {
		return apdu.Command{}, err
	}
	return apdu.Parse(raw)
}
