//go:build cgo || windows

package pcsc

import (
	"runtime"
	"sync"
	"time"
)

// libpcsclite keeps a list of handles for each context. Whoever uses a handle looks for it under a lock of the whole
// process, in the lists of all contexts from the oldest to its own. SCardConnect and SCardDisconnect change the list of
// their context without that lock, and a thread that comes by in that moment follows a pointer to nowhere: the process
// dies (1.9.9, within a hundred thousand connections at sixteen readers; later versions read the same). So
//
//   - handles are not disconnected but released with their context, which the library does under its lock, and
//   - connections come about one after the other, so that whoever has a handle has it in a younger context than all those
//     who are through with connecting. Who has to wait for long, for another program's transaction, is waited for no
//     longer: there remains the moment in which such a one is through.
const unguardedLists = runtime.GOOS != "windows"

// turnTime is longer than a connection takes, but where a card has to be powered.
const turnTime = 100 * time.Millisecond

// turns are taken in the order of asking.
type turns struct {
	mu   sync.Mutex
	last chan struct{} // closed when the one who asked last is done
}

// take returns when the one before is done, or has taken too long. The caller must call done.
func (t *turns) take() (done func()) {
	if !unguardedLists {
		return func() {}
	}
	own := make(chan struct{})
	t.mu.Lock()
	before := t.last
	t.last = own
	t.mu.Unlock()
	if before != nil {
		tooLong := time.NewTimer(turnTime)
		defer tooLong.Stop()
		select {
		case <-before:
		case <-tooLong.C:
		}
	}
	return func() { close(own) }
}
