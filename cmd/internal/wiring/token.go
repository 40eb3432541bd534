package wiring

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	tokenFile  = "token"
	tokenBytes = 32
)

// DefaultStateDir is where the daemon keeps what must outlive it.
func DefaultStateDir() string {
	switch home, err := os.UserHomeDir(); {
	case runtime.GOOS == "windows":
		return filepath.Join(os.Getenv("ProgramData"), "sscard")
	case os.Geteuid() == 0 || err != nil:
		return "/var/lib/sscard"
	case os.Getenv("XDG_STATE_HOME") != "":
		return filepath.Join(os.Getenv("XDG_STATE_HOME"), "sscard")
	default:
		return filepath.Join(home, ".local", "state", "sscard")
	}
}

// ErrToken is what every error about the token wraps.
var ErrToken = errors.New("token file")

// ReadToken gives the bearer token of programs on this machine: 32 random bytes in hexadecimal.
func ReadToken(stateDir string) (string, error) {
	path := filepath.Join(stateDir, tokenFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrToken, err)
	}
	token := strings.TrimSpace(string(data))
	if b, err := hex.DecodeString(token); err != nil || len(b) != tokenBytes {
		return "", fmt.Errorf("%w %s: not %d bytes in hexadecimal; delete it to have a new one made", ErrToken, path, tokenBytes)
	}
	return token, nil
}

// LoadToken is ReadToken for the daemon: it makes the token at the first start, in a file at path that only its owner
// can read.
func LoadToken(stateDir string) (token, path string, err error) {
	path = filepath.Join(stateDir, tokenFile)
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return "", path, fmt.Errorf("%w: %w", ErrToken, err)
	}
	switch err := os.Chmod(path, 0o600); {
	case errors.Is(err, fs.ErrNotExist):
		token, err = makeToken(path)
		return token, path, err
	case err != nil:
		return "", path, fmt.Errorf("%w: %w", ErrToken, err)
	}
	token, err = ReadToken(stateDir)
	return token, path, err
}

// makeToken writes the file beside its place and moves it there, so that nobody reads half a token.
func makeToken(path string) (string, error) {
	token := make([]byte, tokenBytes)
	_, _ = rand.Read(token) // never fails
	text := hex.EncodeToString(token)
	file, err := os.CreateTemp(filepath.Dir(path), tokenFile+"-*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrToken, err)
	}
	_, err = file.WriteString(text + "\n")
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return "", fmt.Errorf("%w: %w", ErrToken, err)
	}
	return text, nil
}
