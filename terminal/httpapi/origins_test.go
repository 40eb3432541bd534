package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
)

const evil = "https://evil.example"

func (d *daemon) listOrigins(t *testing.T) apitype.Origins {
	t.Helper()
	return requireDocument[apitype.Origins](t, d.do(call{path: "/v1/origins"}))
}

// An administrator sees who was refused, allows it, and takes that back: all without a restart.
func TestOrigins(t *testing.T) {
	readers := call{path: "/v1/readers", origins: origins(evil), authorization: none}
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		requireProblem(t, d.do(readers), badOrigin, http.StatusForbidden)
		logged.requires(t, `msg="origin refused"`, "origin="+evil, `asked="GET /v1/readers"`, `allow="sscard origin allow 'https://evil.example'"`)
		got := d.listOrigins(t)
		require.Equal(t, []apitype.AllowedOrigin{
			{Origin: hall, Fields: apitype.FieldList{"issuer.card_number", "holder.name"}, Source: "config"},
			{Origin: his, Source: "config"},
		}, got.Allowed)
		now := time.Now().UTC()
		require.Equal(t, []apitype.RefusedOrigin{
			{Origin: evil, Count: 1, First: now, Last: now, Asked: "GET /v1/readers", Command: "sscard origin allow 'https://evil.example'"},
		}, got.Refused)

		require.Equal(t, http.StatusNoContent, d.do(call{method: "POST", path: "/v1/origins", body: `{"origin":"https://evil.example","fields":["holder.name"]}`}).Code)
		requireDocument[apitype.Readers](t, d.do(readers))
		got = d.listOrigins(t)
		require.Equal(t, apitype.AllowedOrigin{Origin: evil, Fields: apitype.FieldList{"holder.name"}, Source: "state"}, got.Allowed[0])
		require.Empty(t, got.Refused)

		d.insert(t, card(t, "gen2"))
		requireProblem(t, d.do(call{method: "POST", path: "/v1/read", origins: origins(evil), body: `{"fields":["holder.sex"]}`}), apitype.RequestFieldDenied, http.StatusForbidden)

		require.Equal(t, http.StatusNoContent, d.do(call{method: "DELETE", path: "/v1/origins", body: `{"origin":"https://evil.example"}`}).Code)
		requireProblem(t, d.do(readers), badOrigin, http.StatusForbidden)
	})
}

func TestOriginsEmptyLists(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		require.Contains(t, d.do(call{path: "/v1/origins"}).Body.String(), `"refused":[]`)
	})
}

// The difference between no limit and nothing at all survives the way there and back.
func TestOriginFields(t *testing.T) {
	for _, row := range []struct{ body, shown string }{
		{`{"origin":"https://evil.example"}`, `{"origin":"https://evil.example","source":"state"}`},
		{`{"origin":"https://evil.example","fields":[]}`, `{"origin":"https://evil.example","fields":[],"source":"state"}`},
		{`{"origin":"https://evil.example","fields":["holder"]}`, `{"origin":"https://evil.example","fields":["holder"],"source":"state"}`},
	} {
		t.Run(row.body, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				require.Equal(t, http.StatusNoContent, d.do(call{method: "POST", path: "/v1/origins", body: row.body}).Code)
				require.Contains(t, d.do(call{path: "/v1/origins"}).Body.String(), row.shown)
			})
		})
	}
}

func TestOriginsNotChanged(t *testing.T) {
	for _, row := range []struct {
		name, method, body string
		status             int
		says               string
	}{
		{"nothing", "POST", ``, 400, `"origin" is missing`},
		{"no origin", "POST", `{"fields":["holder"]}`, 400, `"origin" is missing`},
		{"null", "POST", `{"origin":"null"}`, 400, `"null" is not scheme://host`},
		{"a wildcard", "POST", `{"origin":"*"}`, 400, "is not scheme://host"},
		{"a look-alike with a slash", "POST", `{"origin":"https://evil.example/"}`, 400, "is not scheme://host"},
		{"capitals", "POST", `{"origin":"https://EVIL.example"}`, 400, "is not scheme://host"},
		{"the standard port", "POST", `{"origin":"https://evil.example:443"}`, 400, "is not scheme://host"},
		{"a very long one", "POST", `{"origin":"https://` + strings.Repeat("a", 10_000) + `"}`, 400, "is not scheme://host"},
		{"null for fields", "POST", `{"origin":"https://evil.example","fields":null}`, 400, "null is neither"},
		{"a text for fields", "POST", `{"origin":"https://evil.example","fields":"holder"}`, 400, "fields"},
		{"an unknown field", "POST", `{"origin":"https://evil.example","fields":["holder.shoe_size"]}`, 400, `no such field: "holder.shoe_size"`},
		{"an unknown member", "POST", `{"origin":"https://evil.example","field":["holder"]}`, 400, "field"},
		{"one of the configuration", "POST", `{"origin":"https://hall.example"}`, 409, "stands in the configuration"},
		{"one of the configuration denied", "DELETE", `{"origin":"https://hall.example"}`, 409, "stands in the configuration"},
		{"one that is not there denied", "DELETE", `{"origin":"https://evil.example"}`, 404, "no such origin"},
		{"no origin denied", "DELETE", `{}`, 400, `"origin" is missing`},
		{"all", "DELETE", `[]`, 400, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				before := d.listOrigins(t)
				p := requireProblem(t, d.do(call{method: row.method, path: "/v1/origins", body: row.body}), apitype.RequestInvalid, row.status)
				require.Contains(t, p.Detail, row.says)
				require.Less(t, len(p.Detail), 1000)
				require.Equal(t, before, d.listOrigins(t))
			})
		})
	}
}

func TestTokenRotates(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		require.Equal(t, http.StatusNoContent, d.do(call{method: "POST", path: "/v1/token/rotate"}).Code)
		requireProblem(t, d.do(call{}), unauthorized, http.StatusUnauthorized)
		requireDocument[apitype.Version](t, d.do(call{authorization: "Bearer " + rotated}))
	})
}

// A caller that is told to slow down is told when to come again, in a way that a page may read.
func TestRateLimited(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		limited := make(chan *httptest.ResponseRecorder, 6000)
		for range cap(limited) {
			go func() { limited <- d.do(call{origins: origins(his), authorization: none}) }()
		}
		statuses := make(map[int]int)
		var last *httptest.ResponseRecorder
		for range cap(limited) {
			w := <-limited
			statuses[w.Code]++
			if w.Code != http.StatusOK {
				last = w
			}
		}
		require.Len(t, statuses, 2, statuses)
		requireProblem(t, last, apitype.RequestRateLimited, http.StatusTooManyRequests)
		require.NotEmpty(t, last.Header().Get("Retry-After"))
		require.Equal(t, map[string]string{
			"Access-Control-Allow-Origin": his, "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
		}, accessControl(last))
		logged.requires(t, `msg="caller limited"`, "caller="+his)
	})
}

func TestTriesLimited(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		for i := range 160 {
			w := d.do(call{authorization: fmt.Sprintf("Bearer %016x", i)})
			if i < 150 {
				requireProblem(t, w, unauthorized, http.StatusUnauthorized)
				continue
			}
			requireProblem(t, w, apitype.RequestRateLimited, http.StatusTooManyRequests)
			require.Equal(t, "1", w.Header().Get("Retry-After"))
		}
		requireDocument[apitype.Version](t, d.do(call{}))
	})
}

// PINs are counted besides, by whichever way they come.
func TestPINsLimited(t *testing.T) {
	for _, row := range []struct{ name, path, body string }{
		{"a function", "/v1/functions/iVerifyPIN", `{"iType": 3}`},
		{"another with a PIN", "/v1/functions/iReadCardBas", `{"iType": 3, "pPIN": "123456"}`},
		{"at our page", "/v1/pin/none", `{"pin": "123456"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				c := call{method: "POST", path: row.path, body: row.body}
				for range 30 {
					require.NotEqual(t, http.StatusTooManyRequests, d.do(c).Code)
				}
				w := d.do(c)
				requireProblem(t, w, apitype.RequestRateLimited, http.StatusTooManyRequests)
				require.Equal(t, "1", w.Header().Get("Retry-After"))
				requireDocument[apitype.Version](t, d.do(call{}))
				time.Sleep(time.Second)
				synctest.Wait()
				require.NotEqual(t, http.StatusTooManyRequests, d.do(c).Code)
			})
		})
	}
}
