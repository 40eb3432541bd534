package httpapi_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/httpapi"
)

func TestDoctor(t *testing.T) {
	words := apitype.Text{ZH: "没有卡", EN: "no card"}
	report := apitype.DoctorReport{
		Time: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), Version: apitype.Version{Version: "1.2.3", Go: "go1.26", OS: "linux", Arch: "amd64", API: "v1"},
		System: "Example OS 1", Headline: "card.absent", Exit: 0,
		Findings: []apitype.Finding{
			{Code: "reader.ok", Level: apitype.FindingOK, Title: words, Detail: slot},
			{Code: "card.absent", Level: apitype.FindingWarn, Title: words, Why: words, Hint: words},
		},
		Readers: []apitype.DoctorReader{
			{Name: slot, Role: "card", Interface: "contact", Card: true, ATR: "3B6D00000081544C9686845101........", Features: []string{"verify-pin"}},
			{Name: "Desk NFC 00 00", Role: "card", Interface: "contactless", Card: true, Mute: true},
		},
	}
	var fail error
	asked := 0
	change := func(c *httpapi.Config) {
		c.Operations.Doctor = func(context.Context) (apitype.DoctorReport, error) { asked++; return report, fail }
	}
	serveWith(t, reader.Config{}, change, func(t *testing.T, d *daemon) {
		examine := call{method: "POST", path: "/v1/doctor"}
		require.Equal(t, report, requireDocument[apitype.DoctorReport](t, d.do(examine)))
		fail = context.Canceled
		requireProblem(t, d.do(examine), apitype.Timeout, http.StatusGatewayTimeout)
		examine.authorization = none
		requireProblem(t, d.do(examine), apitype.RequestUnauthorized, http.StatusUnauthorized)
		examine.origins = []string{his}
		requireProblem(t, d.do(examine), apitype.RequestOriginDenied, http.StatusForbidden)
		require.Equal(t, 2, asked)
	})
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		requireProblem(t, d.do(call{method: "POST", path: "/v1/doctor"}), apitype.RequestInvalid, http.StatusNotFound)
	})
}
