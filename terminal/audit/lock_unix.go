//go:build unix

package audit

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// errLocked says that another program has the lock.
var errLocked = unix.EWOULDBLOCK

func tryLock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EINTR) {
		return errLocked
	}
	return err
}

// giveToOwner gives the file to the owner of its directory, where we are root and may.
func giveToOwner(f *os.File, dir string) {
	if os.Geteuid() != 0 {
		return
	}
	if info, err := os.Stat(dir); err == nil {
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != 0 {
			_ = f.Chown(int(owner.Uid), int(owner.Gid)) // or the daemon cannot write it, and says so
		}
	}
}

// syncDir brings names to the disk.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
