package wiring

import (
	"sscard/reader"
	"sscard/terminal/config"
)

// Rules are those of the configuration, for who looks at readers without a terminal.
func Rules(readers []config.Reader) []reader.Rule { return rules(readers) }
