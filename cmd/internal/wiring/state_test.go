package wiring_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/config"
)

// A token that others can read, or have put there, is none.
func TestTokenOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("who may read a file is inherited from its directory")
	}
	for _, row := range []struct {
		name   string
		change func(t *testing.T, path string) error
	}{
		{"the group can read it", func(_ *testing.T, path string) error { return os.Chmod(path, 0o640) }},
		{"all can read it", func(_ *testing.T, path string) error { return os.Chmod(path, 0o604) }},
		{"all can write it", func(_ *testing.T, path string) error { return os.Chmod(path, 0o602) }},
		{"it is another's", func(t *testing.T, path string) error {
			if os.Geteuid() != 0 {
				t.Skip("only root can give files away")
			}
			return os.Chown(path, 65534, 65534)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			state := wiring.State{Dir: t.TempDir()}
			old, err := state.Token()
			require.NoError(t, err)
			require.NoError(t, row.change(t, state.TokenPath()))
			_, err = state.Token()
			require.ErrorIs(t, err, wiring.ErrToken)
			require.ErrorContains(t, err, "sscard token rotate --state-dir "+state.Dir)
			require.NotContains(t, err.Error(), old)

			_, err = state.NewToken()
			require.NoError(t, err)
			renewed, err := state.Token()
			require.NoError(t, err)
			require.NotEqual(t, old, renewed)
		})
	}
}

func TestOriginsAreKept(t *testing.T) {
	state := wiring.State{Dir: filepath.Join(t.TempDir(), "state")}
	none, err := state.Origins()
	require.NoError(t, err)
	require.Empty(t, none)
	origins := []config.Origin{{Origin: "https://hall.example", Fields: []string{}}, {Origin: "https://his.example"}}
	require.NoError(t, state.KeepOrigins(origins))
	got, err := state.Origins()
	require.NoError(t, err)
	require.Equal(t, origins, got)
	require.NoError(t, state.KeepOrigins(nil))
	got, err = state.Origins()
	require.NoError(t, err)
	require.Empty(t, got)

	files, err := os.ReadDir(state.Dir)
	require.NoError(t, err)
	require.Len(t, files, 1, "nothing half-written is left")
}

// What cannot be written leaves what was there.
func TestWriteFails(t *testing.T) {
	state := wiring.State{Dir: t.TempDir()}
	require.NoError(t, os.MkdirAll(state.Path("origins.yaml/in-the-way"), 0o700))
	require.Error(t, state.KeepOrigins(nil))
	files, err := os.ReadDir(state.Dir)
	require.NoError(t, err)
	require.Len(t, files, 1)
}

// What root writes in the daemon's directory the daemon can read.
func TestOwnerOfFiles(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	state := wiring.State{Dir: t.TempDir()}
	require.NoError(t, os.Chown(state.Dir, 65534, 65534))
	_, err := state.NewToken()
	require.NoError(t, err)
	_, err = state.Token()
	require.ErrorIs(t, err, wiring.ErrToken, "it is nobody's now, not ours")
}
