//go:build (cgo && !linux) || windows

package pcsc

// Holder implements reader.Witness: these systems do not tell.
func (*Driver) Holder() string { return "" }

// forbidden reports whether the service is there and not for us, where the library cannot tell.
func forbidden() bool { return false }
