package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sscard/cmd/internal/wiring"
)

// Room on the disk that is told of.
const (
	fullBelow = 10 << 20
	lowBelow  = 200 << 20
)

// checkDisk writes a file where the daemon keeps what must outlive it and where the audit log is, and looks at the room
// there.
func checkDisk(_ context.Context, x *examination) (found []Finding) {
	dirs := []string{x.StateDir}
	if log := filepath.Dir(wiring.AuditPath(x.config)); log != x.StateDir {
		dirs = append(dirs, log)
	}
	for _, dir := range dirs {
		found = append(found, x.checkDir(dir))
	}
	return found
}

func (x *examination) checkDir(dir string) Finding {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return x.checkRoom(dir, existing(dir)) // it is made at the first start
	case err == nil && !info.IsDir():
		return finding("disk.unwritable", dir)
	case err == nil && !x.Windows && !isRoot(x.User) && ownerOf(info) != x.User:
		return finding("disk.closed", dir)
	}
	file, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return finding("disk.unwritable", dir+": "+reason(err))
	}
	err = errors.Join(write(file), file.Close(), os.Remove(file.Name()))
	if err != nil {
		return finding("disk.full", dir+": "+reason(err))
	}
	return x.checkRoom(dir, dir)
}

// write writes as much as a line of the audit log may have, which a full disk has no room for.
func write(file *os.File) error {
	_, err := file.Write(make([]byte, 4096))
	return errors.Join(err, file.Sync())
}

func (x *examination) checkRoom(dir, at string) Finding {
	free, err := x.Free(at)
	detail := fmt.Sprintf("%s · %d MiB", dir, free>>20)
	switch {
	case err != nil:
		return finding("disk.ok", dir)
	case free < fullBelow:
		return finding("disk.full", detail)
	case free < lowBelow:
		return finding("disk.low", detail)
	}
	return finding("disk.ok", detail)
}

// existing is the directory that dir would be made in.
func existing(dir string) string {
	for parent := filepath.Dir(dir); parent != dir; dir, parent = parent, filepath.Dir(parent) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
	}
	return dir
}

// reason is why a file could not be used, without its name.
func reason(err error) string {
	if at, is := errors.AsType[*fs.PathError](err); is {
		return at.Err.Error()
	}
	return err.Error()
}

func isRoot(user int) bool { return user == 0 }
