//go:build !linux

package audit

import "os"

// reserve lets the first line that finds no room tell.
func reserve(*os.File, int64) error { return nil }
