//go:build unix

package wiring

import (
	"io/fs"
	"os"
	"syscall"
)

// giveToOwnerOf gives what root has made in somebody's directory to that somebody.
func giveToOwnerOf(dir string, file *os.File) error {
	info, err := os.Stat(dir)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return file.Chown(int(owner.Uid), int(owner.Gid))
}

func isOurs(info fs.FileInfo) bool {
	return int(info.Sys().(*syscall.Stat_t).Uid) == os.Geteuid()
}
