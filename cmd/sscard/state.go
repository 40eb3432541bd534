package main

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

// defaultStateDir is where the daemon keeps what must outlive it.
func defaultStateDir() string {
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

var errToken = errors.New("token file")

// loadToken gives the bearer token of programs on this machine, and makes it at the first start: 32 random
// bytes in hexadecimal, in a file that only its owner can read.
func loadToken(stateDir string) (token, path string, err error) {
	path = filepath.Join(stateDir, tokenFile)
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return "", path, fmt.Errorf("%w: %w", errToken, err)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeToken(path)
	}
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return "", path, fmt.Errorf("%w: %w", errToken, err)
	}
	token = strings.TrimSpace(string(data))
	if b, err := hex.DecodeString(token); err != nil || len(b) != tokenBytes {
		return "", path, fmt.Errorf("%w %s: not %d bytes in hexadecimal; delete it to have a new one made", errToken, path, tokenBytes)
	}
	return token, path, nil
}

// makeToken writes the file beside its place and moves it there, so that nobody reads half a token.
func makeToken(path string) (string, string, error) {
	token := make([]byte, tokenBytes)
	_, _ = rand.Read(token) // never fails
	text := hex.EncodeToString(token)
	file, err := os.CreateTemp(filepath.Dir(path), tokenFile+"-*") // mode 0600
	if err != nil {
		return "", path, fmt.Errorf("%w: %w", errToken, err)
	}
	_, err = file.WriteString(text + "\n")
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return "", path, fmt.Errorf("%w: %w", errToken, err)
	}
	return text, path, nil
}
