package httpapi_test

import (
	"net/http"
	"net/http/httptest"
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
		{"two origins in one", call{origins: origins(hall + " " + his)}, badOrigin},
		{"a list of origins", call{origins: origins(hall + ", " + his)}, badOrigin},
		{"two origins", call{origins: origins(hall, "https://evil.example")}, badOrigin},
		{"one origin twice", call{origins: origins(hall, hall)}, badOrigin},
		{"unknown origin with the token", call{origins: origins("https://evil.example")}, badOrigin},

		{"our own origin", call{origins: origins("http://" + here)}, in},
		{"our own origin without token", call{origins: origins("http://" + here), authorization: none}, unauthorized},
		{"our own origin by another name", call{origins: origins("http://localhost:17420")}, badOrigin},
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
	if len(origins) == 1 && origins[0] != "http://"+here {
		allowed = origins[0]
	}
	require.Equal(t, allowed, w.Header().Get("Access-Control-Allow-Origin"))
	require.Empty(t, w.Header().Get("Access-Control-Allow-Credentials"))
}

func TestPreflight(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		w := d.do(call{method: "OPTIONS", path: "/v1/read", origins: origins(hall), authorization: none})
		require.Equal(t, http.StatusNoContent, w.Code)
		require.Empty(t, w.Body.String())
		requireGuarded(t, w)
		requireCORS(t, w, origins(hall))
		for name, value := range map[string]string{
			"Access-Control-Allow-Methods":         "GET, POST",
			"Access-Control-Allow-Headers":         "Content-Type, Authorization",
			"Access-Control-Allow-Private-Network": "true",
			"Access-Control-Max-Age":               "600",
		} {
			require.Equal(t, value, w.Header().Get(name))
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
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				row.call.method, row.call.path = "OPTIONS", "/v1/read"
				w := d.do(row.call)
				requireProblem(t, w, row.code, row.status)
				for name := range w.Header() {
					require.NotContains(t, name, "Access-Control-")
				}
			})
		})
	}
}
