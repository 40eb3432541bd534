// Package recording stands between the readers and the terminal: a [Recorder] writes down as traces (package
// apdu/trace) what is said over each connection to a reader, and a [Player] is readers in which recorded sessions are
// played. Both are drivers, so that whatever uses readers can be recorded and played. A [Tape] records for a while, and is
// no more than the driver below it at other times.
//
// A connection is a session, whether a card was reached or not: one that could not be made has the word for why in its
// metadata. A Player plays the sessions of each reader in their order, one at each connection, and holds callers to them
// strictly unless it is told to be loose.
//
// Both are safe for concurrent use, but for the fields, which must not be changed once they are in use.
package recording

import (
	"context"
	"errors"

	"sscard/reader"
)

// words are the errors of readers as traces have them. The first that matches is written, and read again.
var words = [...]struct {
	word string
	err  error
}{
	{"removed", reader.ErrRemoved},
	{"no-card", reader.ErrNoCard},
	{"reset", reader.ErrReset},
	{"mute", reader.ErrMute},
	{"not-understood", reader.ErrNotUnderstood},
	{wordNoAnswer, reader.ErrNoAnswer},
	{"busy", reader.ErrBusy},
	{"not-ready", reader.ErrNotReady},
	{"hung", reader.ErrHung},
	{"no-service", reader.ErrNoService},
	{"denied", reader.ErrDenied},
	{"unknown-reader", reader.ErrUnknownReader},
	{"closed", reader.ErrClosed},
	{"not-a-command", reader.ErrCommand},
	{"timeout", context.DeadlineExceeded},
	{"cancelled", context.Canceled},
	{wordFailed, reader.ErrFailed},
}

const (
	wordRemoved  = "removed"
	wordNoAnswer = "no-answer" // until it is known whether the card was removed
	wordFailed   = "failed"
)

func wordOf(err error) string {
	for _, w := range words {
		if errors.Is(err, w.err) {
			return w.word
		}
	}
	return wordFailed
}

// errorOf is what a word stands for. Words that are not known are of traces yet to come.
func errorOf(word string) error {
	for _, w := range words {
		if w.word == word {
			return w.err
		}
	}
	return reader.ErrFailed
}
