package wiring

import (
	"io/fs"
	"os"
)

// On Windows who may read a file is inherited from its directory.

func giveToOwnerOf(string, *os.File) error { return nil }

func isOurs(fs.FileInfo) bool { return true }
