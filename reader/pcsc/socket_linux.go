//go:build cgo

package pcsc

import (
	"errors"
	"io/fs"
	"net"
	"os"
)

// socketPath is where libpcsclite looks for pcscd.
func socketPath() string {
	if path := os.Getenv("PCSCLITE_CSOCK_NAME"); path != "" {
		return path
	}
	return "/run/pcscd/pcscd.comm"
}

// forbidden reports whether pcscd is there, and its socket not for us.
func forbidden() bool {
	c, err := net.Dial("unix", socketPath())
	if err == nil {
		c.Close()
	}
	return errors.Is(err, fs.ErrPermission)
}
