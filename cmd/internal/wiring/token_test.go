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
	made, path, err := wiring.LoadToken(dir)
	require.NoError(t, err)
	require.Len(t, made, 64)
	again, _, err := wiring.LoadToken(dir)
	require.NoError(t, err)
	read, err := wiring.ReadToken(dir)
	require.NoError(t, err)
	require.Equal(t, []string{made, made}, []string{again, read})

	require.NoError(t, os.WriteFile(path, []byte("half a tok"), 0o600))
	_, _, err = wiring.LoadToken(dir)
	require.ErrorIs(t, err, wiring.ErrToken)
	require.NotContains(t, err.Error(), "half a tok")
}
