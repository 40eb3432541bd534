package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Two cards are there: the proof of one never stands above the holder of the other.
func TestConsoleShowsOneReader(t *testing.T) {
	needBrowser(t)
	slots := stack.Readers()
	d := openConsole(t, serving(t, withSAM()))
	d.putsSAM()
	d.puts(slots[0], builtIn(t, "gen1"), "identified")
	d.puts(slots[1], builtIn(t, "gen2"), "identified")
	one, other := d.at(slots[0]), d.at(slots[1])

	d.clicks(one + " [data-act=verify]")
	d.sees("#verify[data-result=genuine]")
	d.clicks(other + " [data-act=read]")
	d.sees("#card[data-state=read]")
	require.Equal(t, "王小明", d.text(`#card [data-field="holder.name"] dd`))
	d.hides("#verify")

	d.clicks(other + " [data-act=verify]")
	d.sees("#verify[data-result=genuine]", "#card[data-state=read]")

	d.clicks(one + " [data-act=verify]")
	d.sees("#verify[data-result=genuine]", "#card[data-state=empty]")
	d.misses(`#card [data-field="holder.name"]`)
}
