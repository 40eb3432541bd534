package httpapi_test

import (
	"cmp"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
)

const (
	in           apitype.Code = ""
	unauthorized              = apitype.RequestUnauthorized
	badOrigin                 = apitype.RequestOriginDenied
	badHost                   = apitype.RequestHostDenied
)

func origins(origins ...string) []string { return origins }

func TestDoor(t *testing.T) {
	for _, row := range []struct {
		name string
		call call
		code apitype.Code
	}{
		{"host 127.0.0.1", call{host: "127.0.0.1:17420"}, in},
		{"host of another loopback address", call{host: "127.0.0.2:17420"}, in},
		{"host localhost", call{host: "localhost:17420"}, in},
		{"host localhost in capitals", call{host: "LOCALHOST:17420"}, in},
		{"host ::1", call{host: "[::1]:17420"}, in},
		{"host ::1 in full", call{host: "[0:0:0:0:0:0:0:1]:17420"}, in},
		{"no host", call{host: none}, badHost},
		{"host without port", call{host: "127.0.0.1"}, badHost},
		{"host ::1 without port", call{host: "[::1]"}, badHost},
		{"host with an empty port", call{host: "127.0.0.1:"}, badHost},
		{"host with another port", call{host: "127.0.0.1:17421"}, badHost},
		{"host with a longer port", call{host: "127.0.0.1:174200"}, badHost},
		{"host with a zero before the port", call{host: "127.0.0.1:017420"}, badHost},
		{"host with port 80", call{host: "localhost:80"}, badHost},
		{"host that begins like ours", call{host: "127.0.0.1.evil.example:17420"}, badHost},
		{"host that begins like localhost", call{host: "localhost.evil.example:17420"}, badHost},
		{"host that ends like localhost", call{host: "evil.localhost:17420"}, badHost},
		{"host that contains localhost", call{host: "notlocalhost:17420"}, badHost},
		{"host with a trailing dot", call{host: "localhost.:17420"}, badHost},
		{"address with a trailing dot", call{host: "127.0.0.1.:17420"}, badHost},
		{"host rebound to us", call{host: "rebind.evil.example:17420"}, badHost},
		{"host 0.0.0.0", call{host: "0.0.0.0:17420"}, badHost},
		{"host ::", call{host: "[::]:17420"}, badHost},
		{"host of the network", call{host: "192.168.1.7:17420"}, badHost},
		{"host in short", call{host: "127.1:17420"}, badHost},
		{"host as a number", call{host: "2130706433:17420"}, badHost},
		{"host in octal", call{host: "0177.0.0.1:17420"}, badHost},
		{"host with a user", call{host: "localhost@evil.example:17420"}, badHost},
		{"host ::1 mapped from IPv4", call{host: "[::ffff:127.0.0.1]:17420"}, in},
		{"host ::1 without brackets", call{host: "::1:17420"}, badHost},
		{"host ::1 half in brackets", call{host: "[::1:17420"}, badHost},
		{"host 127.0.0.1 in brackets", call{host: "[127.0.0.1]:17420"}, badHost},
		{"host with a long s", call{host: "localho\u017ft:17420"}, badHost},
		{"host in full-width letters", call{host: "ｌｏｃａｌｈｏｓｔ:17420"}, badHost},
		{"host in Punycode", call{host: "xn--localhost-.example:17420"}, badHost},
		{"host in hexadecimal", call{host: "0x7f000001:17420"}, badHost},
		{"host with a sign before the port", call{host: "127.0.0.1:+17420"}, badHost},
		{"host with two ports", call{host: "evil.example:17420:17420"}, badHost},
		{"host with a path", call{host: "evil.example/127.0.0.1:17420"}, badHost},
		{"two hosts in one", call{host: "evil.example,127.0.0.1:17420"}, badHost},
		{"host with a blank", call{host: " 127.0.0.1:17420"}, badHost},
		{"host of the port alone", call{host: ":17420"}, badHost},
		{"host beyond loopback", call{host: "128.0.0.1:17420"}, badHost},
		{"a request for a proxy", call{path: "http://127.0.0.1:17420/v1/version"}, badHost},
		{"a request for a proxy, to elsewhere", call{path: "http://evil.example/v1/version"}, badHost},
		{"host ::1 with a zone", call{host: "[::1%25lo]:17420"}, badHost},
		{"bad host, open path", call{path: "/v1/health", host: "evil.example:17420", authorization: none}, badHost},
		{"bad host, known origin", call{host: "evil.example:17420", origins: origins(his)}, badHost},

		{"origin", call{origins: origins(his), authorization: none}, in},
		{"origin with fields", call{origins: origins(hall), authorization: none}, in},
		{"origin with the token too", call{origins: origins(his)}, in},
		{"origin with a wrong token", call{origins: origins(his), authorization: "Bearer wrong"}, in},
		{"origin of another scheme", call{origins: origins("http://his.example:8443")}, badOrigin},
		{"origin of another port", call{origins: origins("https://his.example:8444")}, badOrigin},
		{"origin without its port", call{origins: origins("https://his.example")}, badOrigin},
		{"origin with a port more", call{origins: origins("https://hall.example:443")}, badOrigin},
		{"origin of a sub-domain", call{origins: origins("https://www.hall.example")}, badOrigin},
		{"origin of the domain above", call{origins: origins("https://example")}, badOrigin},
		{"origin that begins like one", call{origins: origins("https://hall.example.evil.example")}, badOrigin},
		{"origin that ends like one", call{origins: origins("https://evilhall.example")}, badOrigin},
		{"origin with a user", call{origins: origins("https://hall.example@evil.example")}, badOrigin},
		{"origin null", call{origins: origins("null")}, badOrigin},
		{"origin *", call{origins: origins("*")}, badOrigin},
		{"empty origin", call{origins: origins("")}, badOrigin},
		{"origin in capitals", call{origins: origins("HTTPS://HALL.EXAMPLE")}, badOrigin},
		{"origin with a slash", call{origins: origins("https://hall.example/")}, badOrigin},
		{"origin with a path", call{origins: origins("https://hall.example/page")}, badOrigin},
		{"origin with a blank", call{origins: origins("https://hall.example ")}, badOrigin},
		{"origin with a password", call{origins: origins("https://u:p@hall.example")}, badOrigin},
		{"origin with a trailing dot", call{origins: origins("https://hall.example.")}, badOrigin},
		{"origin with a tab", call{origins: origins("\thttps://hall.example")}, badOrigin},
		{"origin without a scheme", call{origins: origins("hall.example")}, badOrigin},
		{"origin of a WebSocket", call{origins: origins("wss://hall.example")}, badOrigin},
		{"origin of a file", call{origins: origins("file://")}, badOrigin},
		{"origin of an extension", call{origins: origins("chrome-extension://abcdefghijklmnopabcdefghijklmnop")}, badOrigin},
		{"origin of another extension", call{origins: origins("moz-extension://11111111-2222-3333-4444-555555555555")}, badOrigin},
		{"origin about:blank", call{origins: origins("about:blank")}, badOrigin},
		{"origin of data", call{origins: origins("data:text/html,hall.example")}, badOrigin},
		{"origin in Cyrillic letters", call{origins: origins("https://hаll.example")}, badOrigin},
		{"origin in Punycode", call{origins: origins("https://xn--hll-5cd.example")}, badOrigin},
		{"origin in full-width letters", call{origins: origins("https://ｈａｌｌ.example")}, badOrigin},
		{"origin with a hyphen for a dot", call{origins: origins("https://hall-example")}, badOrigin},
		{"origin with a query", call{origins: origins("https://evil.example?https://hall.example")}, badOrigin},
		{"origin with a fragment", call{origins: origins("https://hall.example#evil")}, badOrigin},
		{"origin cut short", call{origins: origins("https://hall.exampl")}, badOrigin},
		{"origin escaped", call{origins: origins("https:%2f%2fhall.example")}, badOrigin},
		{"origin with a backslash", call{origins: origins("https:\\\\hall.example")}, badOrigin},
		{"origin of IPv6 loopback", call{origins: origins("http://[::1]:17420")}, badOrigin},
		{"a known origin behind an unknown one", call{origins: origins("https://evil.example", hall)}, badOrigin},
		{"two origins in one", call{origins: origins(hall + " " + his)}, badOrigin},
		{"a list of origins", call{origins: origins(hall + ", " + his)}, badOrigin},
		{"two origins", call{origins: origins(hall, "https://evil.example")}, badOrigin},
		{"one origin twice", call{origins: origins(hall, hall)}, badOrigin},
		{"unknown origin with the token", call{origins: origins("https://evil.example")}, badOrigin},

		{"our own origin", call{origins: origins("http://" + here)}, in},
		{"our own origin without token", call{origins: origins("http://" + here), authorization: none}, unauthorized},
		{"our own origin by another name", call{origins: origins("http://localhost:17420")}, badOrigin},
		{"our own origin with TLS, over TLS", call{origins: origins("https://" + here), tls: true}, in},
		{"our own origin over TLS, without token", call{origins: origins("https://" + here), tls: true, authorization: none}, unauthorized},
		{"our own origin without TLS, over TLS", call{origins: origins("http://" + here), tls: true}, badOrigin},
		{"origin over TLS", call{origins: origins(his), tls: true, authorization: none}, in},
		{"our own origin with TLS", call{origins: origins("https://" + here)}, badOrigin},
		{"another program of this machine", call{origins: origins("http://127.0.0.1:8080")}, badOrigin},

		{"token", call{}, in},
		{"token, scheme in small letters", call{authorization: "bearer " + token}, in},
		{"no token", call{authorization: none}, unauthorized},
		{"wrong token", call{authorization: "Bearer 0000000000000000"}, unauthorized},
		{"token cut short", call{authorization: "Bearer " + token[:15]}, unauthorized},
		{"token too long", call{authorization: "Bearer " + token + "0"}, unauthorized},
		{"token in capitals", call{authorization: "Bearer 9F4C2A7BE1D05836"}, unauthorized},
		{"empty token", call{authorization: "Bearer "}, unauthorized},
		{"scheme alone", call{authorization: "Bearer"}, unauthorized},
		{"token alone", call{authorization: token}, unauthorized},
		{"two blanks", call{authorization: "Bearer  " + token}, unauthorized},
		{"Basic", call{authorization: "Basic " + token}, unauthorized},
		{"the token twice", call{header: http.Header{"Authorization": {"Bearer " + token}}}, unauthorized},
		{"a wrong token and the right one", call{authorization: "Bearer wrong", header: http.Header{"Authorization": {"Bearer " + token}}}, unauthorized},
		{"the right token in another header", call{authorization: none, header: http.Header{"Proxy-Authorization": {"Bearer " + token}}}, unauthorized},
		{"token in a cookie", call{authorization: none, header: http.Header{"Cookie": {"token=" + token}}}, unauthorized},
		{"token in the address", call{path: "/v1/version?token=" + token, authorization: none}, unauthorized},

		{"health is open", call{path: "/v1/health", authorization: none}, in},
		{"the console is open", call{path: "/", authorization: none}, in},
		{"its files are open", call{path: "/console/console.js", authorization: none}, in},
		{"HEAD of what is open", call{method: "HEAD", path: "/v1/health", authorization: none}, in},
		{"open to our own origin", call{path: "/console/console.js", origins: origins("http://" + here), authorization: none}, in},
		{"POST to what is open", call{method: "POST", path: "/v1/health", authorization: none}, unauthorized},
		{"health for an evil origin", call{path: "/v1/health", origins: origins("https://evil.example"), authorization: none}, badOrigin},
		{"the console for an evil origin", call{path: "/", origins: origins("https://evil.example"), authorization: none}, badOrigin},
		{"behind the console", call{path: "/console/../v1/version", authorization: none}, unauthorized},
		{"beside health", call{path: "/v1/health/", authorization: none}, unauthorized},
		{"the readers", call{path: "/v1/readers", authorization: none}, unauthorized},
		{"a read", call{method: "POST", path: "/v1/read", authorization: none}, unauthorized},
		{"a read by an evil origin", call{method: "POST", path: "/v1/read", origins: origins("https://evil.example")}, badOrigin},
		{"the origins", call{path: "/v1/origins"}, in},
		{"the origins without token", call{path: "/v1/origins", authorization: none}, unauthorized},
		{"the origins for one of them", call{path: "/v1/origins", origins: origins(his)}, badOrigin},
		{"an origin allowed by another", call{method: "POST", path: "/v1/origins", origins: origins(his), body: `{"origin":"https://evil.example"}`}, badOrigin},
		{"an origin that denies another", call{method: "DELETE", path: "/v1/origins", origins: origins(his), body: `{"origin":"https://hall.example"}`}, badOrigin},
		{"the token rotated by an origin", call{method: "POST", path: "/v1/token/rotate", origins: origins(his)}, badOrigin},
		{"the token rotated without it", call{method: "POST", path: "/v1/token/rotate", authorization: none}, unauthorized},
		{"PINs for an origin", call{path: "/v1/pin", origins: origins(his)}, badOrigin},
		{"a path that is none", call{path: "/v2/everything", authorization: none}, unauthorized},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				w := d.do(row.call)
				if row.code != in {
					requireProblem(t, w, row.code, row.code.Entry().HTTP)
					require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
					return
				}
				require.Equal(t, http.StatusOK, w.Code)
				requireGuarded(t, w)
				requireCORS(t, w, row.call.origins)
			})
		})
	}
}

// requireCORS requires that the browser gives the answer to the page that asked, and to no other: our own page needs no
// such leave.
func requireCORS(t *testing.T, w *httptest.ResponseRecorder, origins []string) {
	t.Helper()
	allowed := ""
	if len(origins) == 1 && !strings.HasSuffix(origins[0], "://"+here) {
		allowed = origins[0]
	}
	require.Equal(t, allowed, w.Header().Get("Access-Control-Allow-Origin"))
	require.Empty(t, w.Header().Get("Access-Control-Allow-Credentials"))
}

// Exactly these headers, and no more: each is a leave that a browser acts on.
func TestPreflight(t *testing.T) {
	given := map[string]string{
		"Access-Control-Allow-Origin":   hall,
		"Access-Control-Allow-Methods":  "GET, POST",
		"Access-Control-Allow-Headers":  "Content-Type, Authorization",
		"Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
		"Access-Control-Max-Age":        "600",
	}
	for _, row := range []struct {
		name, privateNetwork, allowed string
	}{
		{"from the same network", "", ""},
		{"from another network", "true", "true"},
		{"asked for nonsense", "yes", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				header := http.Header{"Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"content-type"}}
				if row.privateNetwork != "" {
					header.Set("Access-Control-Request-Private-Network", row.privateNetwork)
				}
				w := d.do(call{method: "OPTIONS", path: "/v1/read", origins: origins(hall), authorization: none, header: header})
				require.Equal(t, http.StatusNoContent, w.Code)
				require.Empty(t, w.Body.String())
				requireGuarded(t, w)
				want := maps.Clone(given)
				if row.allowed != "" {
					want["Access-Control-Allow-Private-Network"] = row.allowed
				}
				require.Equal(t, want, accessControl(w))
			})
		})
	}
}

// accessControl are the headers of cross-origin sharing.
func accessControl(w *httptest.ResponseRecorder) map[string]string {
	headers := make(map[string]string)
	for name, values := range w.Header() {
		if strings.HasPrefix(name, "Access-Control-") {
			headers[name] = strings.Join(values, "; ")
		}
	}
	return headers
}

// The answer to the call itself says no more than whose it is.
func TestSharing(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		for _, c := range []call{
			{origins: origins(his), authorization: none},
			{path: "/v1/nothing", origins: origins(his), authorization: none},
			{path: "/v1/origins", method: "PUT", origins: origins(his), authorization: none},
		} {
			require.Equal(t, map[string]string{
				"Access-Control-Allow-Origin": his, "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
			}, accessControl(d.do(c)))
		}
		for _, c := range []call{{}, {authorization: none}, {origins: origins("http://" + here)}, {origins: origins("https://evil.example")}} {
			require.Empty(t, accessControl(d.do(c)))
		}
	})
}

func TestPreflightRefused(t *testing.T) {
	for _, row := range []struct {
		name   string
		call   call
		code   apitype.Code
		status int
	}{
		{"an evil origin", call{origins: origins("https://evil.example")}, badOrigin, 403},
		{"an evil host", call{host: "evil.example:17420", origins: origins(hall)}, badHost, 403},
		{"no origin, no token", call{authorization: none}, unauthorized, 401},
		{"no origin", call{}, apitype.RequestInvalid, 405},
		{"our own origin", call{origins: origins("http://" + here)}, apitype.RequestInvalid, 405},
		{"for what is for the token", call{path: "/v1/origins", origins: origins(hall), header: http.Header{"Access-Control-Request-Method": {"POST"}}}, badOrigin, 403},
		{"an evil origin, with a private network", call{origins: origins("https://evil.example"), header: http.Header{"Access-Control-Request-Private-Network": {"true"}}}, badOrigin, 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				row.call.method, row.call.path = "OPTIONS", cmp.Or(row.call.path, "/v1/read")
				w := d.do(row.call)
				requireProblem(t, w, row.code, row.status)
				require.Empty(t, accessControl(w))
			})
		})
	}
}
