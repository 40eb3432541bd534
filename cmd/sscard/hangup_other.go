//go:build !unix

package main

import "os"

// hangups are none: there is no such signal. POST /v1/reload and `sscard config reload` do the same.
func hangups() (signals chan os.Signal, stop func()) { return nil, func() {} }
