package httpapi_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/httpapi"
)

// How far the doctor is, for who has the token.
func TestDoctorProgress(t *testing.T) {
	progress := apitype.DoctorProgress{Of: 15, Findings: []apitype.Finding{}}
	watch := call{path: "/v1/doctor"}
	change := func(c *httpapi.Config) { c.Operations.Examined = func() apitype.DoctorProgress { return progress } }
	serveWith(t, reader.Config{}, change, func(t *testing.T, d *daemon) {
		require.Equal(t, progress, requireDocument[apitype.DoctorProgress](t, d.do(watch)))
		progress.Running, progress.Done = true, 6
		progress.Findings = append(progress.Findings, apitype.Finding{Code: "reader.none", Level: apitype.FindingError, Title: apitype.ReaderNone.Entry().Title})
		require.Equal(t, progress, requireDocument[apitype.DoctorProgress](t, d.do(watch)))
		watch.authorization = none
		requireProblem(t, d.do(watch), apitype.RequestUnauthorized, http.StatusUnauthorized)
		watch.origins = []string{his}
		requireProblem(t, d.do(watch), apitype.RequestOriginDenied, http.StatusForbidden)
	})
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		requireProblem(t, d.do(call{path: "/v1/doctor"}), apitype.RequestInvalid, http.StatusNotFound)
	})
}

func TestDoctor(t *testing.T) {
	report := apitype.DoctorReport{System: "Example OS 1", Findings: []apitype.Finding{{Code: "reader.none", Level: apitype.FindingError, Title: apitype.ReaderNone.Entry().Title}}, Readers: []apitype.DoctorReader{}}
	var fail error
	asked := 0
	change := func(c *httpapi.Config) {
		c.Operations.Doctor = func(context.Context) (apitype.DoctorReport, error) { asked++; return report, fail }
	}
	serveWith(t, reader.Config{}, change, func(t *testing.T, d *daemon) {
		examine := call{method: "POST", path: "/v1/doctor"}
		require.Equal(t, report, requireDocument[apitype.DoctorReport](t, d.do(examine)))
		examine.body = "{}"
		require.Equal(t, report, requireDocument[apitype.DoctorReport](t, d.do(examine)))
		examine.body = `{"bundle": "/etc/passwd"}`
		requireProblem(t, d.do(examine), apitype.RequestInvalid, http.StatusBadRequest)
		require.Equal(t, 2, asked)
		examine.body = ""
		fail = context.Canceled
		requireProblem(t, d.do(examine), apitype.Timeout, http.StatusGatewayTimeout)
		examine.authorization = none
		requireProblem(t, d.do(examine), apitype.RequestUnauthorized, http.StatusUnauthorized)
		examine.origins = []string{his}
		requireProblem(t, d.do(examine), apitype.RequestOriginDenied, http.StatusForbidden)
		require.Equal(t, 3, asked)
	})
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		requireProblem(t, d.do(call{method: "POST", path: "/v1/doctor"}), apitype.RequestInvalid, http.StatusNotFound)
	})
}
