package main

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sscard/cmd/internal/recording"
	"sscard/terminal/apitype"
	"sscard/terminal/httpapi"
)

// tape is the daemon's recording of sessions, as it is steered over HTTP. The log tells of it: somebody looks at what is
// said to cards.
type tape struct {
	*recording.Tape
	log *slog.Logger
}

var _ httpapi.Tape = tape{}

func (t tape) State() apitype.TraceState {
	s := t.Tape.State()
	return apitype.TraceState{Recording: s.Recording, Since: s.Since.UTC().Truncate(time.Millisecond), Reader: s.Reader, Sessions: s.Sessions, Dropped: s.Dropped}
}

func (t tape) Start(readerID string) error {
	err := t.Tape.Start(readerID)
	if err == nil {
		t.log.Warn("sessions with cards are recorded in memory", "reader", readerID, "longest", recording.TapeTime)
	}
	return tapeError(err)
}

func (t tape) Stop() (apitype.Trace, error) {
	got, err := t.Tape.Stop()
	if err != nil {
		return apitype.Trace{}, tapeError(err)
	}
	t.log.Info("recorded sessions were fetched, redacted", "sessions", got.Sessions, "dropped", got.Dropped)
	return apitype.Trace{Sessions: got.Sessions, Dropped: got.Dropped, Trace: got.Text}, nil
}

func (t tape) Discard() {
	t.Tape.Discard()
	t.log.Info("recorded sessions are forgotten")
}

func tapeError(err error) error {
	if errors.Is(err, recording.ErrRecording) || errors.Is(err, recording.ErrNothing) {
		return fmt.Errorf("%w: %w", httpapi.ErrTape, err)
	}
	return err
}
