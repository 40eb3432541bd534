package config

import "errors"

// Log says what the daemon logs, and how.
type Log struct {
	Level  string `koanf:"level"`  // debug, info, warn, error: from which on
	Format string `koanf:"format"` // text, json
}

// Values of log.format.
const (
	LogText = "text"
	LogJSON = "json"
)

func defaultLog() Log { return Log{Level: "info", Format: LogText} }

func (l Log) validate() error {
	return errors.Join(
		oneOf("log.level", l.Level, "debug", "info", "warn", "error"),
		oneOf("log.format", l.Format, LogText, LogJSON))
}
