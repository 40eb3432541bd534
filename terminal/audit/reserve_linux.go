package audit

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// room is set aside behind the end of the file: for the lines of all that may be under way at once.
const room = 256 << 10

// reserve fails where the disk has no room. What a file system does not know it is not asked to do.
func reserve(f *os.File, size int64) error {
	err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, size, room)
	for _, full := range []error{unix.ENOSPC, unix.EDQUOT, unix.EFBIG, unix.EIO} {
		if errors.Is(err, full) {
			return &os.PathError{Op: "reserve", Path: f.Name(), Err: err}
		}
	}
	return nil
}
