package httpapi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/door"
	"sscard/terminal/httpapi"
)

// What docs/openapi.yaml promises of each operation must come about. These are the refusals of the door and the like, at every operation.

// call is the operation with nothing said.
func (o *operation) call() call {
	path := strings.NewReplacer("{name}", "iReadCardBas", "{id}", "none", "{file}", "console.js").Replace(o.path)
	c := call{method: o.method, path: path}
	if o.Security != nil && (*o.Security)[0]["ownPage"] != nil {
		c.origins, c.body = origins("http://"+here), `{"code":"wrong"}`
	}
	return c
}

// answers reports whether the document has the status.
func (o *operation) answers(status string) bool { return o.Responses.Value(status) != nil }

func TestDoorOfEveryOperation(t *testing.T) {
	few := func(c *httpapi.Config) {
		c.Door = door.New(door.Config{Token: token, Limits: config.Limits{Rate: 1, Burst: 1}})
	}
	for _, o := range openapi().operations {
		t.Run(o.String(), func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				c := o.call()
				c.host = "evil.example:17420"
				requireProblem(t, d.do(c), badHost, http.StatusForbidden)
				c = o.call()
				c.origins = origins(evil)
				requireProblem(t, d.do(c), badOrigin, http.StatusForbidden)
				c = o.call()
				c.authorization = none
				if w := d.do(c); o.answers("401") {
					requireProblem(t, w, unauthorized, http.StatusUnauthorized)
				} else {
					require.NotEqual(t, http.StatusUnauthorized, w.Code)
				}
			})
			serveWith(t, reader.Config{}, few, func(t *testing.T, d *daemon) {
				var waiting sync.WaitGroup
				for range 2 { // one at once, and one that waits for a second
					waiting.Go(func() { d.do(call{}) })
					synctest.Wait()
				}
				requireProblem(t, d.do(o.call()), apitype.RequestRateLimited, http.StatusTooManyRequests)
				waiting.Wait()
			})
		})
	}
}

// equipped has what a daemon has and most tests do without.
func equipped(c *httpapi.Config) {
	c.Operations.Tape = &reel{}
	c.Operations.Doctor = func(context.Context) (apitype.DoctorReport, error) { return apitype.DoctorReport{}, nil }
}

// A body that is too large, or that does not come.
func TestBodyOfEveryOperation(t *testing.T) {
	for _, o := range openapi().operations {
		if !o.answers("413") {
			continue
		}
		t.Run(o.String(), func(t *testing.T) {
			serveWith(t, reader.Config{}, equipped, func(t *testing.T, d *daemon) {
				c := o.call()
				c.body = "{}" + strings.Repeat(" ", 64<<10)
				requireProblem(t, d.do(c), apitype.RequestTooLarge, http.StatusRequestEntityTooLarge)
				c.body = "[]"
				requireProblem(t, d.do(c), apitype.RequestInvalid, http.StatusBadRequest)
			})
			connectedWith(t, equipped, func(t *testing.T, _ *daemon, conn net.Conn) {
				_, err := io.WriteString(conn, o.method+" "+o.call().path+" HTTP/1.1\r\n"+credentials+"Content-Length: 10\r\n\r\n{")
				require.NoError(t, err)
				got, _ := io.ReadAll(conn)
				require.Contains(t, string(got), "HTTP/1.1 408 ")
				require.Contains(t, string(got), `"code":"timeout"`)
			})
		})
	}
}

// A reader to be recorded is looked for.
func TestTraceWithoutService(t *testing.T) {
	for _, cause := range []error{reader.ErrNoService, reader.ErrDenied} {
		serveWith(t, reader.Config{}, equipped, func(t *testing.T, d *daemon) {
			d.driver.Stop(cause)
			synctest.Wait()
			w := d.do(call{method: "POST", path: "/v1/trace", body: `{"reader": "Counter"}`})
			requireProblem(t, w, terminal.AsError(cause).Code, http.StatusServiceUnavailable)
		})
	}
}

// A PIN that is not what the page sends is not repeated.
func TestPINMalformed(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		w := d.do(call{method: "POST", path: "/v1/pin/none", body: `{"pin": 123456}`})
		require.NotContains(t, requireProblem(t, w, apitype.RequestInvalid, http.StatusBadRequest).Detail, "123456")
	})
}

// broken keeps nothing, as where a disk is full.
type broken struct{}

var errFull = errors.New("no space left on device")

func (broken) NewToken() (string, error)         { return "", errFull }
func (broken) KeepOrigins([]config.Origin) error { return errFull }

// unreadable is an audit log on a disk that fails.
type unreadable struct{}

func (unreadable) Last(int) ([]apitype.AuditRecord, error) { return nil, errFull }
func (unreadable) Err() error                              { return nil }

// What cannot be written or read is an error of ours, and changes nothing.
func TestInternal(t *testing.T) {
	full := func(c *httpapi.Config) {
		c.Door = door.New(door.Config{Token: token, Keeper: broken{}, Kept: []config.Origin{{Origin: his}}})
		c.Audit = unreadable{}
		c.Operations.Reload = func() (apitype.Reloaded, error) { return apitype.Reloaded{}, errFull }
	}
	for _, c := range []call{
		{method: "POST", path: "/v1/origins", body: `{"origin": "https://evil.example"}`},
		{method: "DELETE", path: "/v1/origins", body: `{"origin": "` + his + `"}`},
		{method: "POST", path: "/v1/token/rotate"},
		{method: "POST", path: "/v1/reload"},
		{path: "/v1/audit"},
	} {
		t.Run(c.method+c.path, func(t *testing.T) {
			serveWith(t, reader.Config{}, full, func(t *testing.T, d *daemon) {
				requireProblem(t, d.do(c), apitype.Internal, http.StatusInternalServerError)
			})
		})
	}
}

// A handshake of a version that there is not.
func TestHandshakeRefused(t *testing.T) {
	handshake := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"7"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}}
	for _, path := range []string{"/v1/events", "/compat"} {
		serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
			requireProblem(t, d.do(call{path: path, header: handshake}), apitype.RequestInvalid, http.StatusBadRequest)
		})
	}
}
