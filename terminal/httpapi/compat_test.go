package httpapi_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/terminal/httpapi"
)

// onCompatPort is the second port, whose root is what /compat is on the first.
func onCompatPort(t *testing.T) *station {
	return onPortOf(t, httpapi.NewCompatServer, func(path string) string {
		if path == "/" || path == "/compat" {
			return "/compat"
		}
		return "" // nothing else is there
	})
}

func TestCompatPort(t *testing.T) {
	s := onCompatPort(t)
	for _, path := range []string{"", "/", "/compat"} {
		page, _, err := websocket.Dial(t.Context(), s.url+path, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {his}}})
		require.NoError(t, err, path)
		require.NoError(t, page.Write(t.Context(), websocket.MessageText, []byte(`{"func":"iReadCardBas","in":["3"]}`)))
		_, answer, err := page.Read(t.Context())
		require.NoError(t, err, path)
		require.JSONEq(t, `{"result":-2201,"out":["无 PSAM 卡"]}`, string(answer))
		require.NoError(t, page.CloseNow())
	}
	for path, status := range map[string]int{"/": 426, "/compat": 426, "/v1/read": 404, "/v1/health": 404, "/console/console.js": 404} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, status, answer.StatusCode, path)
	}
	http.DefaultClient.CloseIdleConnections()
}

// What is too long, or is no WebSocket's, ends the connection for the reason that is documented.
func TestWebSocketsThatEnd(t *testing.T) {
	t.Run("a message that is too long", func(t *testing.T) {
		page := dialOld(t, his)
		_ = page.Write(t.Context(), websocket.MessageText, bytes.Repeat([]byte(" "), 64<<10+1))
		_, _, err := page.Read(t.Context())
		require.Equal(t, websocket.StatusMessageTooBig, websocket.CloseStatus(err))
	})
	t.Run("a frame that there is not", func(t *testing.T) {
		host := strings.TrimPrefix(onPort(t).url, "http://")
		conn, err := net.Dial("tcp", host)
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "GET /v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s==\r\n\r\n", host, token, strings.Repeat("A", 22))
		require.NoError(t, err)
		said := bufio.NewReader(conn)
		answer, err := http.ReadResponse(said, nil)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusSwitchingProtocols, answer.StatusCode)
		_, err = conn.Write([]byte{0x83, 0x80, 0, 0, 0, 0}) // the opcode 3 is nobody's
		require.NoError(t, err)
		var code uint16
		heard := frames{message: func([]byte) {}, closed: func(c uint16) { code = c }}
		for code == 0 {
			b, err := said.ReadByte()
			require.NoError(t, err)
			heard.feed([]byte{b})
		}
		require.EqualValues(t, websocket.StatusProtocolError, code)
	})
}

// A HEAD that offers a handshake becomes no WebSocket.
func TestHandshakeOfHEAD(t *testing.T) {
	s := onPort(t)
	for _, path := range []string{"/v1/events", "/compat"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, s.url+path, nil)
		require.NoError(t, err)
		for name, value := range map[string]string{
			"Authorization": "Bearer " + token, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": strings.Repeat("A", 22) + "==",
		} {
			r.Header.Set(name, value)
		}
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusUpgradeRequired, answer.StatusCode, path)
	}
	http.DefaultClient.CloseIdleConnections()
}
