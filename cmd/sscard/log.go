package main

import (
	"io"
	"log/slog"

	"sscard/terminal/config"
)

// newLog writes what the configuration wants, one line an event. Its level can be set while it is used.
func newLog(w io.Writer, cfg config.Log) (*slog.Logger, *slog.LevelVar) {
	var level slog.LevelVar
	level.Set(levelOf(cfg))
	options := &slog.HandlerOptions{Level: &level}
	if cfg.Format == config.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options)), &level
	}
	return slog.New(slog.NewTextHandler(w, options)), &level
}

// levelOf is the level of a configuration that was validated.
func levelOf(cfg config.Log) (level slog.Level) {
	_ = level.UnmarshalText([]byte(cfg.Level))
	return level
}
