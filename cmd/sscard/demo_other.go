//go:build !linux

package main

import (
	"fmt"

	"sscard/reader"
	"sscard/reader/vpcd"
)

func demoPCSC([]demoSlot) (reader.Driver, func(), error) {
	return nil, nil, fmt.Errorf("%w: pcscd with virtual readers, which is for Linux", vpcd.ErrMissing)
}
