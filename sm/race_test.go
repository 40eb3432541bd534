//go:build race

package sm_test

// The race detector makes the library's arithmetic thirty times as slow, and these numbers have no goroutines.
const racing = true
