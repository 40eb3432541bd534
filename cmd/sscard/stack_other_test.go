//go:build !linux

package main

import "testing"

// stackTests are the tests without a PC/SC stack of our own: that is for Linux.
type stackTests struct{ *testing.M }
