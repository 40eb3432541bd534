package httpapi_test

import (
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/httpapi"
)

// Health says in words what is wrong, each thing once, and names readers and causes to nobody without the token. What is
// mended is not told of any more.
func TestHealthInWords(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(t *testing.T, d *daemon)
		mend  func(t *testing.T, d *daemon)
		want  apitype.Trouble
	}{
		{
			"no service",
			func(_ *testing.T, d *daemon) { d.driver.Stop(reader.ErrNoService); synctest.Wait() },
			func(_ *testing.T, d *daemon) { d.driver.Start(); time.Sleep(time.Minute) },
			apitype.TroubleOf(apitype.OfService, apitype.ServiceUnavailable),
		},
		{
			"a reader hangs",
			func(t *testing.T, d *daemon) {
				d.insert(t, card(t, "gen2"))
				require.NoError(t, d.driver.SetHung(slot, true))
				requireProblem(t, d.read(""), apitype.CardMute, http.StatusConflict)
				time.Sleep(time.Minute)
			},
			func(t *testing.T, d *daemon) { require.NoError(t, d.driver.SetHung(slot, false)); synctest.Wait() },
			apitype.TroubleOf(apitype.OfReader, apitype.ReaderFailed),
		},
		{
			"the audit log cannot be written",
			func(t *testing.T, d *daemon) { require.NoError(t, os.Mkdir(d.auditFile, 0o700)); d.read("") },
			func(t *testing.T, d *daemon) { require.NoError(t, os.Remove(d.auditFile)); d.read("") },
			apitype.AuditTrouble(),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				test.spoil(t, d)
				open := d.health(t, none)
				require.Equal(t, apitype.HealthDegraded, open.Status)
				require.Len(t, open.Problems, 1)
				open.Problems[0].Since = time.Time{}
				require.Equal(t, test.want, open.Problems[0])
				require.NotEmpty(t, test.want.Title.ZH, test.want.Hint.ZH)

				told := d.health(t, "Bearer "+token).Problems[0]
				require.NotEmpty(t, told.Detail)
				require.Equal(t, test.want.Subject == apitype.OfReader, told.Reader != nil)

				test.mend(t, d)
				require.Equal(t, apitype.HealthOK, d.health(t, none).Status)
			})
		})
	}
}

func (d *daemon) health(t *testing.T, authorization string) apitype.Health {
	t.Helper()
	return requireDocument[apitype.Health](t, d.do(call{path: "/v1/health", authorization: authorization}))
}

// What the API cannot see itself it is told.
func TestHealthOfTheRest(t *testing.T) {
	change := func(c *httpapi.Config) {
		c.TestKeys = true
		c.Operations.Troubles = func() []apitype.Trouble { return []apitype.Trouble{apitype.ConfigTrouble()} }
	}
	serveWith(t, reader.Config{}, change, func(t *testing.T, d *daemon) {
		h := d.health(t, none)
		require.Equal(t, []apitype.Trouble{apitype.TestKeysTrouble(), apitype.ConfigTrouble()}, h.Problems)
		require.True(t, h.TestKeys)
		require.Equal(t, h, d.server.Health())
	})
}

func TestMetricsAreForTheToken(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen2"))
		require.Equal(t, http.StatusOK, d.read("").Code)
		w := d.do(call{path: "/metrics"})
		require.Equal(t, http.StatusOK, w.Code)
		require.Contains(t, w.Header().Get("Content-Type"), "text/plain")
		require.Contains(t, w.Body.String(), `sscard_http_requests_total{code="ok",path="/v1/read"} 1`)
		require.Contains(t, w.Body.String(), `sscard_operations_total{function="read",operation="read",outcome="ok"} 1`)
		require.Contains(t, w.Body.String(), `sscard_cards_opened_total{generation="2",interface="contact"} 1`)
		requireProblem(t, d.do(call{path: "/metrics", authorization: none}), apitype.RequestUnauthorized, http.StatusUnauthorized)
		requireProblem(t, d.do(call{path: "/metrics", origins: []string{his}}), apitype.RequestOriginDenied, http.StatusForbidden)
		requireProblem(t, d.do(call{path: "/metrics", host: "evil.example:17420"}), apitype.RequestHostDenied, http.StatusForbidden)
	})
}

func TestReload(t *testing.T) {
	reload := call{method: "POST", path: "/v1/reload"}
	done := apitype.Reloaded{Changed: []string{"origins"}, Restart: []string{"listen"}}
	var err error
	change := func(c *httpapi.Config) {
		c.Operations.Reload = func() (apitype.Reloaded, error) { return done, err }
	}
	serveWith(t, reader.Config{}, change, func(t *testing.T, d *daemon) {
		require.Equal(t, done, requireDocument[apitype.Reloaded](t, d.do(reload)))
		requireProblem(t, d.do(call{method: "POST", path: "/v1/reload", authorization: none}), apitype.RequestUnauthorized, http.StatusUnauthorized)
		requireProblem(t, d.do(call{method: "POST", path: "/v1/reload", origins: []string{his}}), apitype.RequestOriginDenied, http.StatusForbidden)
		err = config.ErrInvalid
		problem := requireProblem(t, d.do(reload), apitype.RequestInvalid, http.StatusBadRequest)
		require.NotEmpty(t, problem.Detail)
	})
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		requireProblem(t, d.do(reload), apitype.RequestInvalid, http.StatusBadRequest)
	})
}
