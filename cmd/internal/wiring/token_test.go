package wiring_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/wiring"
)

// The first start makes a token; from then on it is the same for the daemon and for who reads it.
func TestToken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	_, err := wiring.ReadToken(dir)
	require.ErrorIs(t, err, wiring.ErrToken)
	state := wiring.State{Dir: dir}
	made, err := state.Token()
	require.NoError(t, err)
	require.Len(t, made, 64)
	again, err := state.Token()
	require.NoError(t, err)
	read, err := wiring.ReadToken(dir)
	require.NoError(t, err)
	require.Equal(t, []string{made, made}, []string{again, read})

	require.NoError(t, os.WriteFile(state.TokenPath(), []byte("half a tok"), 0o600))
	_, err = state.Token()
	require.ErrorIs(t, err, wiring.ErrToken)
	require.NotContains(t, err.Error(), "half a tok")
}
