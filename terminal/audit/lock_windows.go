package audit

import (
	"os"

	"golang.org/x/sys/windows"
)

// errLocked says that another program has the lock.
var errLocked = windows.ERROR_LOCK_VIOLATION

func tryLock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
}

// giveToOwner has nothing to do: files inherit the rights of their directory.
func giveToOwner(*os.File, string) {}

// syncDir has nothing to do: Windows has no such call.
func syncDir(string) {}
