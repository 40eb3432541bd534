package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/docs"
	"sscard/reader"
	"sscard/terminal/apitype"
)

func shared(origin string) map[string]string {
	if origin == "" {
		return map[string]string{}
	}
	return map[string]string{"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After, X-Request-Id"}
}

func TestProbe(t *testing.T) {
	for _, row := range []struct {
		name   string
		call   call
		answer string // or
		code   apitype.Code
		shared string // with the page of this origin
	}{
		{"allowed", call{origins: origins(his), authorization: none}, `{"version":"1.2.3","api":"v1","origin":"` + his + `","functions":true}`, in, his},
		{"limited", call{origins: origins(hall), authorization: none},
			`{"version":"1.2.3","api":"v1","origin":"` + hall + `","fields":["issuer.card_number","holder.name"],"functions":false}`, in, hall},
		{"a program", call{}, `{"version":"1.2.3","api":"v1","functions":true}`, in, ""},
		{"a program without the token", call{authorization: none}, `{"version":"1.2.3","api":"v1","functions":false}`, in, ""},
		{"a program with a wrong token", call{authorization: "Bearer wrong"}, `{"version":"1.2.3","api":"v1","functions":false}`, in, ""},
		{"our page", call{origins: origins(own), authorization: none}, `{"version":"1.2.3","api":"v1","functions":false}`, in, ""},
		{"denied", call{origins: origins(evil), authorization: none}, "", badOrigin, evil},
		{"denied, with the token", call{origins: origins(evil)}, "", badOrigin, evil},
		{"null", call{origins: origins("null"), authorization: none}, "", badOrigin, "null"},
		{"a look-alike", call{origins: origins("https://hall.example/"), authorization: none}, "", badOrigin, ""},
		{"text of somebody's", call{origins: origins("<script>"), authorization: none}, "", badOrigin, ""},
		{"two origins", call{origins: origins(his, his), authorization: none}, "", badOrigin, ""},
		{"two in one", call{origins: origins(his + " " + evil), authorization: none}, "", badOrigin, ""},
		{"another host", call{host: "evil.example:17420", origins: origins(evil), authorization: none}, "", badHost, ""},
		{"another host, allowed", call{host: "evil.example:17420", origins: origins(his), authorization: none}, "", badHost, ""},
		{"POST", call{method: "POST", origins: origins(evil), authorization: none}, "", badOrigin, ""},
		{"beside it", call{path: "/v1/probe/", origins: origins(evil), authorization: none}, "", badOrigin, ""},
		{"health beside it", call{path: "/v1/health", origins: origins(evil), authorization: none}, "", badOrigin, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				if row.call.path == "" {
					row.call.path = "/v1/probe"
				}
				w := d.do(row.call)
				require.Equal(t, shared(row.shared), accessControl(w))
				if row.code != in {
					requireProblem(t, w, row.code, http.StatusForbidden)
					return
				}
				require.Equal(t, http.StatusOK, w.Code)
				requireGuarded(t, w)
				require.JSONEq(t, row.answer, w.Body.String())
			})
		})
	}
}

// Who is denied at the probe is seen among the refused, and allowed from there.
func TestProbeRefused(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		probe := call{path: "/v1/probe", origins: origins(evil), authorization: none}
		for i := range 160 { // the door grows tired of refusing, and the page may read that too
			w := d.do(probe)
			require.Equal(t, shared(evil), accessControl(w))
			if i < 150 {
				requireProblem(t, w, badOrigin, http.StatusForbidden)
				continue
			}
			requireProblem(t, w, apitype.RequestRateLimited, http.StatusTooManyRequests)
			require.Equal(t, "1", w.Header().Get("Retry-After"))
		}
		w := d.do(call{path: "/v1/readers", origins: origins(evil), authorization: none})
		requireProblem(t, w, apitype.RequestRateLimited, http.StatusTooManyRequests)
		require.Empty(t, accessControl(w), "nowhere else")

		refused := d.listOrigins(t).Refused
		require.Len(t, refused, 1)
		require.Equal(t, evil, refused[0].Origin)
		require.Equal(t, 161, refused[0].Count)
		require.Equal(t, "sscard origin allow 'https://evil.example'", refused[0].Command)
		require.Equal(t, http.StatusNoContent, d.do(call{method: "POST", path: "/v1/origins", body: `{"origin":"https://evil.example"}`}).Code)
		require.Equal(t, evil, requireDocument[apitype.Probe](t, d.do(probe)).Origin)
	})
}

// A browser that asks first is let ask, so that the page can read what the probe says.
func TestProbePreflight(t *testing.T) {
	for _, row := range []struct {
		name   string
		origin string
		method string
		path   string
		let    bool
	}{
		{"allowed", his, "GET", "/v1/probe", true},
		{"denied", evil, "GET", "/v1/probe", true},
		{"null", "null", "GET", "/v1/probe", true},
		{"denied, another method", evil, "POST", "/v1/probe", false},
		{"denied, another path", evil, "GET", "/v1/version", false},
		{"a look-alike", evil + "/", "GET", "/v1/probe", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				for range 160 {
					w := d.do(call{method: "OPTIONS", path: row.path, origins: origins(row.origin), authorization: none, header: http.Header{
						"Access-Control-Request-Method": {row.method}, "Access-Control-Request-Headers": {"authorization"}, "Access-Control-Request-Private-Network": {"true"},
					}})
					if !row.let {
						require.GreaterOrEqual(t, w.Code, http.StatusForbidden)
						require.Empty(t, accessControl(w))
						continue
					}
					require.Equal(t, http.StatusNoContent, w.Code)
					require.Equal(t, map[string]string{
						"Access-Control-Allow-Origin":          row.origin,
						"Access-Control-Allow-Methods":         "GET, POST",
						"Access-Control-Allow-Headers":         "Content-Type, Authorization",
						"Access-Control-Expose-Headers":        "Retry-After, X-Request-Id",
						"Access-Control-Max-Age":               "600",
						"Access-Control-Allow-Private-Network": "true",
					}, accessControl(w))
				}
			})
		})
	}
}

func TestOpenAPI(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		w := d.do(call{path: "/v1/openapi.yaml", authorization: none})
		require.Equal(t, http.StatusOK, w.Code)
		requireGuarded(t, w)
		require.Equal(t, "application/yaml", w.Header().Get("Content-Type"))
		require.Equal(t, docs.OpenAPI, w.Body.String())
		require.Contains(t, docs.OpenAPI, "openapi: 3.1.")
	})
}
