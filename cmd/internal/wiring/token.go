package wiring

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

const (
	tokenFile  = "token"
	tokenBytes = 32
)

// ErrToken is what every error about the token wraps.
var ErrToken = errors.New("token file")

// TokenPath is where the token is.
func (s State) TokenPath() string { return s.Path(tokenFile) }

// ReadToken gives the bearer token of programs on this machine: 32 random bytes in hexadecimal.
func ReadToken(stateDir string) (string, error) {
	token, _, err := State{stateDir}.readToken()
	return token, err
}

// Token is ReadToken for the daemon: it makes the token at the first start, and takes none that others may know or have
// put there.
func (s State) Token() (string, error) {
	token, info, err := s.readToken()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s.NewToken()
	case err != nil:
		return "", err
	case !privateTo(info):
		return "", fmt.Errorf("%w %s: mode %#o, not 0600 and ours alone: others may know the token. Make a new one: sscard token rotate --state-dir %s",
			ErrToken, s.TokenPath(), info.Mode().Perm(), s.Dir)
	}
	return token, nil
}

// readToken gives with the token what is known of the very file it came from.
func (s State) readToken() (string, fs.FileInfo, error) {
	file, err := os.Open(s.TokenPath())
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	data, err := io.ReadAll(io.LimitReader(file, 4*tokenBytes))
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	token := strings.TrimSpace(string(data))
	if b, err := hex.DecodeString(token); err != nil || len(b) != tokenBytes {
		return "", nil, fmt.Errorf("%w %s: not %d bytes in hexadecimal; delete it to have a new one made", ErrToken, s.TokenPath(), tokenBytes)
	}
	return token, info, nil
}

// NewToken makes a token in the place of the one before.
func (s State) NewToken() (string, error) {
	token := make([]byte, tokenBytes)
	_, _ = rand.Read(token) // never fails
	text := hex.EncodeToString(token)
	if err := s.Write(tokenFile, []byte(text+"\n")); err != nil {
		return "", fmt.Errorf("%w: %w", ErrToken, err)
	}
	return text, nil
}
