package httpapi_test

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/httpapi"
)

// piped is a listener in memory, so that a server's times are the test's.
type piped struct {
	conns chan net.Conn
	close func()
}

func newPiped(one net.Conn) piped {
	conns := make(chan net.Conn, 1)
	conns <- one
	return piped{conns, sync.OnceFunc(func() { close(conns) })}
}

func (p piped) Accept() (net.Conn, error) {
	if c, ok := <-p.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p piped) Close() error { p.close(); return nil }
func (piped) Addr() net.Addr { return &net.TCPAddr{} }

// connected is a connection to the server.
func connected(t *testing.T, test func(t *testing.T, conn net.Conn)) {
	t.Helper()
	connectedWith(t, func(*httpapi.Config) {}, func(t *testing.T, _ *daemon, conn net.Conn) { test(t, conn) })
}

// connectedWith is connected with something changed.
func connectedWith(t *testing.T, change func(*httpapi.Config), test func(t *testing.T, d *daemon, conn net.Conn)) {
	t.Helper()
	serveWith(t, reader.Config{}, change, func(t *testing.T, d *daemon) {
		client, server := net.Pipe()
		p := newPiped(server)
		go func() { _ = d.server.Serve(p) }()
		defer func() {
			_ = client.Close()
			require.NoError(t, d.server.Close())
			time.Sleep(time.Second) // in which net/http lets the other side take its answer
			synctest.Wait()
		}()
		test(t, d, client)
	})
}

const ofNetHTTP = "text/plain; charset=utf-8" // what it answers before anything of ours is asked

const credentials = "Host: " + here + "\r\nAuthorization: Bearer " + token + "\r\n"

// What a client library would not send, byte by byte. None of it comes past the door.
func TestRawRequests(t *testing.T) {
	const get = "GET /v1/version HTTP/1.1\r\n"
	for _, row := range []struct {
		name, request string
		status        int
	}{
		{"as it should be", get + credentials + "\r\n", 200},
		{"no Host", get + "Authorization: Bearer " + token + "\r\n\r\n", 400},
		{"two Hosts", get + credentials + "Host: evil.example\r\n\r\n", 400},
		{"two Hosts, the evil one first", get + "Host: evil.example\r\n" + credentials + "\r\n", 400},
		{"an empty Host", get + "Host:\r\nAuthorization: Bearer " + token + "\r\n\r\n", 403},
		{"no Host in HTTP/1.0", "GET /v1/version HTTP/1.0\r\nAuthorization: Bearer " + token + "\r\n\r\n", 403},
		{"a Host that is no text", get + "Host: \xff\r\n\r\n", 400},
		{"as to a proxy", "GET http://" + here + "/v1/version HTTP/1.1\r\n" + credentials + "\r\n", 403},
		{"as to a proxy, for elsewhere", "GET http://evil.example/v1/version HTTP/1.1\r\n" + credentials + "\r\n", 403},
		{"as to a proxy, with another scheme", "GET file://" + here + "/v1/version HTTP/1.1\r\n" + credentials + "\r\n", 403},
		{"a tunnel", "CONNECT " + here + " HTTP/1.1\r\n" + credentials + "\r\n", 403},
		{"OPTIONS of everything, from elsewhere", "OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403},
		{"OPTIONS of everything, for nobody", "OPTIONS * HTTP/1.1\r\nHost: " + here + "\r\n\r\n", 403},
		{"OPTIONS of everything, with the token", "OPTIONS * HTTP/1.1\r\n" + credentials + "\r\n", 403},
		{"two Authorizations", get + credentials + "Authorization: Bearer " + token + "\r\n\r\n", 401},
		{"two Origins", get + credentials + "Origin: " + his + "\r\nOrigin: " + his + "\r\n\r\n", 403},
		{"an empty Origin", get + credentials + "Origin:\r\n\r\n", 403},
		{"an Origin in small letters", get + credentials + "origin: " + evil + "\r\n\r\n", 403},
		{"a header before a blank", get + credentials + "Origin : " + evil + "\r\n\r\n", 400},
		{"a folded Origin", get + credentials + "Origin: " + his + "\r\n .evil.example\r\n\r\n", 403},
		{"another protocol", "GET /v1/version HTTP/3.0\r\n" + credentials + "\r\n", 505},
		{"HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 403},
		{"a method of its own", "STEAL /v1/version HTTP/1.1\r\n" + credentials + "\r\n", 405},
		{"a header that is too long", get + credentials + "X: " + strings.Repeat("x", 32<<10) + "\r\n\r\n", 431},
	} {
		t.Run(row.name, func(t *testing.T) {
			connected(t, func(t *testing.T, conn net.Conn) {
				go func() { _, _ = io.WriteString(conn, row.request) }() // which the server may not read to its end
				answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
				require.NoError(t, err)
				require.Equal(t, row.status, answer.StatusCode)
				kind := map[int]string{200: "application/json", 400: ofNetHTTP, 431: ofNetHTTP, 505: ofNetHTTP}[row.status]
				require.Equal(t, cmp.Or(kind, "application/problem+json"), answer.Header.Get("Content-Type"))
			})
		})
	}
}

// Who is slow is not waited for.
func TestSlowRequests(t *testing.T) {
	for _, row := range []struct {
		name, request string
		after         time.Duration
		answer        string
	}{
		{"no request", "", 5 * time.Second, ""},
		{"half a header", "GET /v1/version HTTP/1.1\r\nHost: ", 5 * time.Second, ""},
		{"half a body", "POST /v1/read HTTP/1.1\r\n" + credentials + "Content-Length: 10\r\n\r\n{", 10 * time.Second, "HTTP/1.1 408 "},
		{"nothing more", "GET /v1/version HTTP/1.1\r\n" + credentials + "\r\n", time.Minute, "HTTP/1.1 200 "},
	} {
		t.Run(row.name, func(t *testing.T) {
			connected(t, func(t *testing.T, conn net.Conn) {
				start := time.Now()
				if row.request != "" {
					_, err := io.WriteString(conn, row.request)
					require.NoError(t, err)
				}
				got, _ := io.ReadAll(conn)
				require.Equal(t, row.after, time.Since(start).Truncate(time.Second))
				require.True(t, strings.HasPrefix(string(got), row.answer), "%s", got)
				if row.answer == "HTTP/1.1 408 " {
					require.Contains(t, string(got), `"code":"`+string(apitype.Timeout)+`"`)
				}
			})
		})
	}
}

// An origin that is denied loses the socket that it has, and PINs are counted in it as elsewhere.
func TestSocketOfOrigin(t *testing.T) {
	server := listening(t)
	change := func(method string) {
		r, err := http.NewRequestWithContext(t.Context(), method, server+"/v1/origins", strings.NewReader(`{"origin":"`+evil+`"}`))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusNoContent, answer.StatusCode)
	}
	defer http.DefaultClient.CloseIdleConnections()
	change("POST")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, server+"/compat", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {evil}}})
	require.NoError(t, err)
	defer conn.CloseNow()

	refused := false
	for range 200 {
		require.NoError(t, conn.Write(ctx, websocket.MessageText, []byte(`{"function":"iVerifyPIN","iType":3,"pPIN":"12"}`)))
		_, answer, err := conn.Read(ctx)
		require.NoError(t, err)
		if refused = strings.Contains(string(answer), `"success":"-14"`); refused {
			require.Contains(t, string(answer), "请求过于频繁")
			break
		}
	}
	require.True(t, refused)

	change("DELETE")
	_, _, err = conn.Read(ctx)
	require.Error(t, err)
	require.NoError(t, ctx.Err())
}
