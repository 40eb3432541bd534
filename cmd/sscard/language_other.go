//go:build !windows

package main

// userInterfaceLanguage is not known beyond the locale.
func userInterfaceLanguage() string { return "" }
