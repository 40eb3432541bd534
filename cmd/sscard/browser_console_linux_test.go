package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader/pcsc"
)

func TestConsoleReadsACard(t *testing.T) {
	needBrowser(t)
	s, _ := running(t, pcsc.New())
	defer put(t, s.Equipment, stack.Readers()[0], builtIn(t, "gen2"))()
	b := open(t, s.url+"/#token="+s.token)
	b.clicks("#readers button")
	b.sees("#card dd")
	require.Contains(t, b.text("#card"), "王小明")
}
