//go:build cgo || windows

// Package pcsc drives the machine's PC/SC service: pcscd on Linux, the Smart Card service of Windows. It
// is the only package that imports ebfe/scard, and so the only one that needs cgo.
//
// It shields the rest of the program from what that interface does when things go wrong:
//
//   - A call on a context that another goroutine is inside of freezes every PC/SC call of the process.
//     Each connection therefore has a context and a goroutine of its own, and Watch another; Cancel
//     is the only call that crosses.
//   - Hardly any call has a time limit. A caller waits for the goroutine until its ctx ends, then leaves it
//     to finish and give everything back by itself. Watch leaves a service that does not answer for five seconds, and
//     begins no other watch until the one that was left has ended.
//   - Two waits for one reader's state corrupt memory in ebfe/scard. Only Watch waits, in one goroutine.
//   - Two threads that connect and use a handle at the same time can make the library follow a pointer to nowhere
//     (turns.go). Connections come about one after the other, and handles go with their contexts.
//   - Some arguments make the library panic. They are refused, and what is left is recovered.
//   - Contexts are few for all programs together. They are released on every path.
package pcsc

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ebfe/scard"

	"sscard/reader"
)

// Driver is the PC/SC service of this machine. It is safe for concurrent use, as reader.Driver says.
type Driver struct {
	turns turns
	heard atomic.Pointer[time.Time] // by Watch
	left  <-chan struct{}           // of Watch: closed when the watch that was left behind has ended; nil: none was
}

var (
	_ reader.Driver  = (*Driver)(nil)
	_ reader.Pulse   = (*Driver)(nil)
	_ reader.Witness = (*Driver)(nil)
)

// errSilent says of a service that it is there and hangs.
var errSilent = fmt.Errorf("%w: it does not answer", reader.ErrNoService)

// New returns the driver. It calls nothing.
func New() *Driver { return &Driver{} }

// meanings translates what the service answers; a word that is not here is a failure of the reader.
var meanings = map[scard.Error]error{
	scard.ErrNoService:          reader.ErrNoService,
	scard.ErrServiceStopped:     reader.ErrNoService,
	scard.ErrCommError:          reader.ErrNoService, // the daemon died during the call
	scard.ErrInvalidHandle:      reader.ErrNoService, // likewise, on a context it knew
	scard.ErrSecurityViolation:  reader.ErrDenied,    // polkit, or more than 200 contexts
	scard.ErrNoAccess:           reader.ErrDenied,
	scard.ErrNoReadersAvailable: reader.ErrNoReader,
	scard.ErrUnknownReader:      reader.ErrUnknownReader,
	scard.ErrReaderUnavailable:  reader.ErrUnknownReader,
	scard.ErrInvalidValue:       reader.ErrUnknownReader, // a name over 128 bytes
	scard.ErrSharingViolation:   reader.ErrBusy,
	scard.ErrNotReady:           reader.ErrNotReady,
	scard.ErrNoSmartcard:        reader.ErrNoCard,
	scard.ErrRemovedCard:        reader.ErrRemoved,
	scard.ErrResetCard:          reader.ErrReset,
	scard.ErrUnpoweredCard:      reader.ErrMute,
	scard.ErrUnresponsiveCard:   reader.ErrMute,
	scard.ErrProtoMismatch:      reader.ErrNotUnderstood,
	scard.ErrUnsupportedCard:    reader.ErrNotUnderstood,
	scard.ErrUnsupportedFeature: reader.ErrNoFeature,
	scard.ErrNotTransacted:      reader.ErrNoAnswer, // a card gone before the service noticed, or a bad exchange
	scard.ErrCommDataLost:       reader.ErrNoAnswer,
}

// translate wraps the meaning of an error of the service, and keeps the service's own number for the log.
func translate(err error) error {
	var code scard.Error
	if !errors.As(err, &code) {
		return err
	}
	meaning, known := meanings[code]
	if !known {
		meaning = reader.ErrFailed
	}
	return fmt.Errorf("%w (PC/SC %08X)", meaning, uint32(code))
}

// guarded runs a call of the library and turns a panic in it into a failure of the reader.
func guarded(call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: PC/SC library panicked: %v", reader.ErrFailed, r)
		}
	}()
	return translate(call())
}

// dying is how long a service may take to be gone that dies while a context is made.
const dying = 100 * time.Millisecond

// establish makes a context. A service that dies meanwhile refuses access, as does one that will not have us: when it is gone, or
// still refuses, that tells. One that may not be reached looks to the library like one that is not running.
func establish() (sc *scard.Context, err error) {
	once := func() error {
		return guarded(func() (err error) { sc, err = scard.EstablishContext(); return err })
	}
	if err = once(); errors.Is(err, reader.ErrDenied) {
		time.Sleep(dying)
		err = once()
	}
	if errors.Is(err, reader.ErrNoService) && forbidden() {
		return nil, fmt.Errorf("%w: its socket is not for this user", reader.ErrDenied)
	}
	return sc, err
}
