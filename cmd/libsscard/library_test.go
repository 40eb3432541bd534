//go:build cgo && linux

package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/function"
)

func TestDaemonURL(t *testing.T) {
	tests := []struct{ name, given, want string }{
		{"the configuration's", "", "http://127.0.0.1:17420"},
		{"an address", "http://127.0.0.1:9", "http://127.0.0.1:9"},
		{"with a slash", "http://localhost:9/", "http://localhost:9"},
		{"IPv6", "http://[::1]:9", "http://[::1]:9"},
		{"another machine", "http://192.0.2.1:9", ""},
		{"a name that only looks local", "http://localhost.example:9", ""},
		{"another scheme", "https://127.0.0.1:9", ""},
		{"a path", "http://127.0.0.1:9/v1", ""},
		{"no address", "127.0.0.1:9", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := daemonURL(test.given, config.Default())
			if test.want == "" {
				require.ErrorIs(t, err, config.ErrInvalid)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

// What the daemon answers in place of a result gets a number and a text too.
func TestDaemonAnswers(t *testing.T) {
	problem := func(code apitype.Code) string { return `{"code": "` + string(code) + `"}` }
	tests := []struct {
		name   string
		status int
		body   string
		want   function.Result
	}{
		{"a result", 200, `{"return": -2, "pOutInfo": "没有卡"}`, function.Result{Return: -2, OutInfo: "没有卡"}},
		{"an older daemon", 404, problem(apitype.RequestInvalid), function.Result{Return: -13, OutInfo: "不支持该命令"}},
		{"another token", 401, problem(apitype.RequestUnauthorized), function.Result{Return: -14, OutInfo: "未授权"}},
		{"too many", 429, problem(apitype.RequestRateLimited), function.Result{Return: -14, OutInfo: "请求过于频繁"}},
		{"no document", 200, "<html>", function.Result{Return: -11, OutInfo: "与 sscard 服务的连接中断"}},
		{"no problem", 500, "", function.Result{Return: -11, OutInfo: "与 sscard 服务的连接中断"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				require.Equal(t, "Bearer "+bearer, r.Header.Get("Authorization"))
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			defer server.Close()
			t.Setenv(envToken, bearer)
			l := library{way: newDaemon(server.URL)}
			require.Equal(t, test.want, l.call("iReadCardBas", []string{"1"}))
		})
	}
}

// A call whose answer was lost may have done its work: it is not made again elsewhere.
func TestDaemonBreaksOff(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer server.Close()
	t.Setenv(envToken, bearer)
	l := library{way: newDaemon(server.URL)}
	require.Equal(t, -11, l.call("iReadCardBas", []string{"1"}).Return)
	require.NotNil(t, l.way)
}

// What is there instead of a daemon is not taken for one.
func TestNotADaemon(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	require.False(t, newDaemon(server.URL).answers(t.Context()))
}

func TestSettings(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(bad, []byte("colour: red\n"), 0o600))
	for _, set := range []struct{ name, value string }{{envConfig, bad}, {envURL, "http://192.0.2.1:9"}} {
		t.Run(set.name, func(t *testing.T) {
			t.Setenv(set.name, set.value)
			result := new(library).call("iReadCardBas", []string{"1"})
			require.Equal(t, -5, result.Return)
			require.Contains(t, result.OutInfo, set.name)
		})
	}
}
