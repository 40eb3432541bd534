package door_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"sscard/terminal/config"
	"sscard/terminal/door"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	here  = "127.0.0.1:17420"
	token = "9f4c2a7be1d05836"

	hall = "https://hall.example"     // of the configuration, may read a name
	his  = "https://his.example:8443" // kept, may read all
	evil = "https://evil.example"
)

// keeper remembers what it was told to keep.
type keeper struct {
	kept   []config.Origin
	tokens int
	full   bool // the disk
}

var errFull = errors.New("no space left")

func (k *keeper) NewToken() (string, error) {
	if k.full {
		return "", errFull
	}
	k.tokens++
	return strings.Repeat("new", k.tokens), nil
}

func (k *keeper) KeepOrigins(origins []config.Origin) error {
	if k.full {
		return errFull
	}
	k.kept = slices.Clone(origins)
	return nil
}

// opened is a door with one origin of the configuration and one that was kept.
func opened(t *testing.T, change func(*door.Config)) (*door.Door, *keeper) {
	t.Helper()
	k := &keeper{}
	cfg := door.Config{
		Token:   token,
		Origins: []config.Origin{{Origin: hall, Fields: []string{"holder.name"}}},
		Kept:    []config.Origin{{Origin: his}},
		Keeper:  k,
		Log:     slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	if change != nil {
		change(&cfg)
	}
	return door.New(cfg), k
}

// from is a request of a page; without an origin, of a program with the token.
func from(origin string) *http.Request {
	r := httptest.NewRequest("POST", "/v1/read", nil)
	r.Host = here
	if origin == "" {
		r.Header.Set("Authorization", "Bearer "+token)
		return r
	}
	r.Header.Set("Origin", origin)
	return r
}

// socket is a request for a WebSocket.
func socket(origin string) *http.Request {
	r := from(origin)
	r.Header.Set("Upgrade", "websocket")
	return r
}

var reading = door.Ask{Port: 17420, What: "POST /v1/read"}
