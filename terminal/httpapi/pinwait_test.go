package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/door"
	"sscard/terminal/httpapi"
)

// asking has a PIN waited for at the desk until the test ends.
func asking(t *testing.T, desk *terminal.PINDesk) {
	go func() {
		_, _ = desk.Enter(t.Context(), terminal.PINPrompt{Kind: terminal.PINCurrent, Reader: reader.Reader{ID: reader.IDOf(slot), Name: slot}})
	}()
	synctest.Wait()
}

// A page that waits for a prompt hears of it at once, and else when its time is over, though that is longer than a request may
// take to come.
func TestAwaitPrompts(t *testing.T) {
	for _, row := range []struct {
		name, query string
		change      func(t *testing.T, d *daemon, desk *terminal.PINDesk) // after 15 seconds
		after       time.Duration
		prompts     int
	}{
		{"nothing asked for", "", nil, 0, 0},
		{"no time", "?wait=0", nil, 0, 0},
		{"nothing comes", "?wait=25", nil, 25 * time.Second, 0},
		{"the longest", "?wait=30", nil, 30 * time.Second, 0},
		{"one comes", "?wait=25", func(t *testing.T, _ *daemon, desk *terminal.PINDesk) { asking(t, desk) }, 15 * time.Second, 1},
		{"seen and gone", "?wait=25&seen=GONE,", nil, 0, 0},
		{"the token is another", "?wait=25", func(_ *testing.T, d *daemon, _ *terminal.PINDesk) {
			d.do(call{method: "POST", path: "/v1/token/rotate"})
		}, 15 * time.Second, 0},
		{"the daemon stops", "?wait=25", func(t *testing.T, d *daemon, _ *terminal.PINDesk) {
			require.NoError(t, d.server.Shutdown(t.Context()))
		}, 15 * time.Second, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			desk := &terminal.PINDesk{}
			connectedWith(t, func(c *httpapi.Config) { c.Desk = desk }, func(t *testing.T, d *daemon, conn net.Conn) {
				if row.change != nil {
					defer time.AfterFunc(15*time.Second, func() { row.change(t, d, desk) }).Stop()
				}
				start := time.Now()
				_, err := io.WriteString(conn, "GET /v1/pin"+row.query+" HTTP/1.1\r\n"+credentials+"\r\n")
				require.NoError(t, err)
				answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, answer.StatusCode)
				require.Equal(t, row.after, time.Since(start))
				var list apitype.PINPrompts
				require.NoError(t, json.NewDecoder(answer.Body).Decode(&list))
				require.Len(t, list.Prompts, row.prompts)
				require.NotNil(t, list.Prompts)
			})
		})
	}
}

func TestAwaitPromptsSeen(t *testing.T) {
	desk := &terminal.PINDesk{}
	serveWith(t, reader.Config{}, func(c *httpapi.Config) { c.Desk = desk }, func(t *testing.T, d *daemon) {
		asking(t, desk)
		asking(t, desk)
		all := requireDocument[apitype.PINPrompts](t, d.do(call{path: "/v1/pin?wait=20"})).Prompts
		require.Len(t, all, 2)
		start := time.Now()
		seen := "&seen=" + all[0].ID + "," + all[1].ID
		require.Equal(t, all, requireDocument[apitype.PINPrompts](t, d.do(call{path: "/v1/pin?wait=20" + seen})).Prompts)
		require.Equal(t, 20*time.Second, time.Since(start))
		require.Equal(t, all, requireDocument[apitype.PINPrompts](t, d.do(call{path: "/v1/pin?wait=20&seen=" + all[0].ID})).Prompts)
		require.Equal(t, 20*time.Second, time.Since(start), "the other is news")
	})
}

func TestAwaitPromptsRefused(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		for _, wait := range []string{"31", "-1", "x", "1.5", "9999999999999999999"} {
			requireProblem(t, d.do(call{path: "/v1/pin?wait=" + wait}), apitype.RequestInvalid, http.StatusBadRequest)
		}
		requireProblem(t, d.do(call{path: "/v1/pin?wait=5", origins: []string{his}}), apitype.RequestOriginDenied, http.StatusForbidden)
	})
}

// Pages that wait keep nobody out: those that are too many are turned away, and who does not wait is let in.
func TestManyAwaitPrompts(t *testing.T) {
	few := func(c *httpapi.Config) {
		c.Door = door.New(door.Config{Token: token, Limits: config.Limits{Connections: 16}})
	}
	serveWith(t, reader.Config{}, few, func(t *testing.T, d *daemon) {
		const places = 4
		done := make(chan int, places)
		for range places {
			go func() { done <- d.do(call{path: "/v1/pin?wait=10"}).Code }()
		}
		synctest.Wait()
		w := d.do(call{path: "/v1/pin?wait=10"})
		requireProblem(t, w, apitype.RequestRateLimited, http.StatusTooManyRequests)
		require.NotEmpty(t, w.Header().Get("Retry-After"))
		require.Equal(t, http.StatusOK, d.do(call{path: "/v1/pin"}).Code)
		require.Equal(t, http.StatusOK, d.do(call{path: "/v1/readers"}).Code)
		for range places {
			require.Equal(t, http.StatusOK, <-done)
		}
		require.Equal(t, http.StatusOK, d.do(call{path: "/v1/pin?wait=1"}).Code)
	})
}

// Who has hung up is not waited for.
func TestAwaitPromptsGone(t *testing.T) {
	desk := &terminal.PINDesk{}
	connectedWith(t, func(c *httpapi.Config) { c.Desk = desk }, func(t *testing.T, d *daemon, conn net.Conn) {
		start := time.Now()
		_, err := io.WriteString(conn, "GET /v1/pin?wait=30 HTTP/1.1\r\n"+credentials+"\r\n")
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, conn.Close())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, d.server.Shutdown(ctx))
		require.Less(t, time.Since(start), 5*time.Second)
	})
}
