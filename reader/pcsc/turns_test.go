//go:build cgo && !windows

package pcsc

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns turns
		began := time.Now()
		first := turns.take()
		require.Zero(t, time.Since(began))
		second := make(chan func())
		go func() { second <- turns.take() }()
		synctest.Wait()
		select {
		case <-second:
			require.Fail(t, "two at once")
		default:
		}
		time.Sleep(turnTime / 2)
		first()
		done := <-second
		require.Equal(t, turnTime/2, time.Since(began))

		third := turns.take() // the second does not come to its end
		require.Equal(t, turnTime/2+turnTime, time.Since(began))
		third()
		fourth := turns.take()
		require.Equal(t, turnTime/2+turnTime, time.Since(began), "one waits for him, not all")
		done()
		fourth()
	})
}
