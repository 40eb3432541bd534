package audit

import (
	"errors"
	"io/fs"
	"time"
)

const lockPause = 5 * time.Millisecond

var errHeld = errors.New("another program does not let go of it")

// lock keeps other programs, and other Logs of this one, from writing until unlock. It does not wait without limit, as
// the system's own call would: who holds it may have been stopped. Closing the file, or the end of the program, lets go.
func lock(path string, flags int) (unlock func(), err error) {
	f, err := open(path, flags)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(lockTime); ; time.Sleep(lockPause) {
		err := tryLock(f)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if errors.Is(err, errLocked) && time.Now().Before(deadline) {
			continue
		}
		_ = f.Close()
		if errors.Is(err, errLocked) {
			err = errHeld
		}
		return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
	}
}
