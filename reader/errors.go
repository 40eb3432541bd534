package reader

import (
	"errors"
	"fmt"
)

// What can go wrong between a program and a card, whatever the driver.
var (
	ErrNoService     = errors.New("the smart card service is not running")
	ErrDenied        = errors.New("the smart card service refuses access")
	ErrNoReader      = errors.New("no card reader is connected")
	ErrUnknownReader = errors.New("no such card reader")
	ErrAmbiguous     = errors.New("several card readers hold a card")
	ErrInterface     = errors.New("the card reader has another interface")
	ErrBusy          = errors.New("the card reader is in use")
	ErrNotReady      = errors.New("the card reader is not ready")
	ErrFailed        = errors.New("the card reader failed")
	ErrHung          = errors.New("the card reader hangs")
	ErrNoCard        = errors.New("no card in the reader")
	ErrRemoved       = errors.New("the card was removed")
	ErrReset         = errors.New("the card was reset by another program")
	ErrMute          = errors.New("the card does not answer")
	ErrNotUnderstood = errors.New("the card's answer to reset is not understood")
	ErrNoAnswer      = errors.New("the command was not answered") // the pool finds out whether the card has left
	ErrCommand       = errors.New("not a command APDU")
	ErrClosed        = errors.New("the connection is closed")
)

// Error says what was being done, with which reader. It wraps a sentinel of this package.
type Error struct {
	Op     string // "watch", "wait", "connect", "transmit"
	Reader string // name; empty where it is about the service
	Err    error
}

func (e *Error) Error() string {
	if e.Reader == "" {
		return fmt.Sprintf("%s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("%s %q: %v", e.Op, e.Reader, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Recovery is what follows a failure.
type Recovery int

// From the cheapest to none.
const (
	GiveUp    Recovery = iota // tell the caller
	Again                     // the same call once more
	Reconnect                 // a new connection, and the operation from its start
	Rebuild                   // a new context with the service, with back-off
)

var recoveries = [...]struct {
	err error
	do  Recovery
}{
	{ErrNotReady, Again},
	{ErrReset, Reconnect},
	{ErrFailed, Reconnect},
	{ErrNoService, Rebuild},
	{ErrDenied, Rebuild},
}

// RecoveryOf says what follows err. What is not in the table is given up: the card has left, or someone must act.
func RecoveryOf(err error) Recovery {
	for _, r := range recoveries {
		if errors.Is(err, r.err) {
			return r.do
		}
	}
	return GiveUp
}
