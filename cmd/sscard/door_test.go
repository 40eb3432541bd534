package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/localtls"
	"sscard/cmd/internal/wiring"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
)

const evil = "https://evil.example"

// asked is the status of a page's request.
func asked(t *testing.T, url, origin string) int {
	t.Helper()
	return statusOf(t, http.DefaultClient, url, http.Header{"Origin": {origin}})
}

func statusOf(t *testing.T, c *http.Client, url string, header http.Header) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/readers", nil)
	require.NoError(t, err)
	r.Header = header
	answer, err := c.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

func listed(t *testing.T, flags []string) (list apitype.Origins) {
	t.Helper()
	status, stdout, stderr := runs(t.Context(), append([]string{"origin", "list", "--json"}, flags...)...)
	require.Equal(t, apitype.ExitDone, status, stderr)
	require.NoError(t, json.Unmarshal([]byte(stdout), &list))
	return list
}

// An administrator sees which page was refused, and lets it in with the command that the list tells.
func TestOriginCommand(t *testing.T) {
	s, flags := running(t, virtual.New())
	require.Equal(t, http.StatusForbidden, asked(t, s.url, evil))
	refused := listed(t, flags).Refused
	require.Len(t, refused, 1)
	command := strings.Fields(strings.ReplaceAll(refused[0].Command, "'", ""))
	require.Equal(t, "sscard", command[0])

	status, _, stderr := runs(t.Context(), append(command[1:], flags...)...)
	require.Equal(t, apitype.ExitDone, status, stderr)
	require.Contains(t, stderr, evil)
	require.Equal(t, http.StatusOK, asked(t, s.url, evil))

	status, _, stderr = runs(t.Context(), append([]string{"origin", "deny", evil}, flags...)...)
	require.Equal(t, apitype.ExitDone, status, stderr)
	require.Equal(t, http.StatusForbidden, asked(t, s.url, evil))
	require.Empty(t, listed(t, flags).Allowed)
}

func TestOriginCommandRefuses(t *testing.T) {
	_, flags := running(t, virtual.New())
	for _, row := range []struct {
		name, says string
		args       []string
	}{
		{"a look-alike", "is not scheme://host", []string{"allow", evil + "/"}},
		{"an unknown field", "no such field", []string{"allow", evil, "--fields", "holder.shoe_size"}},
		{"what is not allowed", "no such origin", []string{"deny", evil}},
		{"no origin", "the arguments do not fit", []string{"allow"}},
		{"two", "the arguments do not fit", []string{"deny", evil, evil}},
		{"another verb", "unknown", []string{"grant", evil}},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, stdout, stderr := runs(t.Context(), append(append([]string{"origin"}, row.args...), flags...)...)
			require.Equal(t, apitype.ExitUsage, status, stderr)
			require.Contains(t, stderr, row.says)
			require.Empty(t, stdout)
			require.Empty(t, listed(t, flags).Allowed)
		})
	}
}

// Without a daemon the same is done to the files that the next one reads.
func TestOriginCommandWithoutDaemon(t *testing.T) {
	dir := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	file := filepath.Join(dir, "sscard.yaml")
	require.NoError(t, os.WriteFile(file, []byte("listen: "+listener.Addr().String()+"\norigins: [{origin: https://hall.example}]\n"), 0o600))
	require.NoError(t, listener.Close()) // where nobody listens now
	flags := []string{"--config", file, "--state-dir", dir}

	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"allow", []string{"origin", "allow", evil, "--fields", "holder.name"}, apitype.ExitDone, "changes hold from its next start"},
		{"an unknown field", []string{"origin", "allow", evil, "--fields", "shoe_size"}, apitype.ExitUsage, "no such field"},
		{"a look-alike", []string{"origin", "allow", "null"}, apitype.ExitUsage, "is not scheme://host"},
		{"one of the configuration", []string{"origin", "allow", "https://hall.example"}, apitype.ExitOther, "stands in the configuration"},
		{"what is not allowed", []string{"origin", "deny", "https://his.example"}, apitype.ExitOther, "no such origin"},
		{"rotate", []string{"token", "rotate"}, apitype.ExitDone, "the new token is in"},
		{"allow another, now that there is a token", []string{"origin", "allow", "https://his.example"}, apitype.ExitDone, "no daemon of that directory"},
		{"deny", []string{"origin", "deny", evil}, apitype.ExitDone, "may not call any more"},
	} {
		status, stdout, stderr := runs(t.Context(), append(row.args, flags...)...)
		require.Equal(t, row.status, status, "%s: %s", row.name, stderr)
		require.Contains(t, stderr, row.says, row.name)
		require.Empty(t, stdout, row.name)
	}
	kept, err := wiring.State{Dir: dir}.Origins()
	require.NoError(t, err)
	require.Equal(t, []config.Origin{{Origin: "https://his.example"}}, kept)
	require.Len(t, listed(t, flags).Allowed, 2)
}

func TestTokenCommand(t *testing.T) {
	s, flags := running(t, virtual.New())
	status, stdout, _ := runs(t.Context(), append([]string{"token", "path"}, flags...)...)
	require.Equal(t, apitype.ExitDone, status)
	read := func() http.Header {
		token, err := os.ReadFile(strings.TrimSpace(stdout))
		require.NoError(t, err)
		return http.Header{"Authorization": {"Bearer " + strings.TrimSpace(string(token))}}
	}
	old := read()
	require.Equal(t, http.StatusOK, statusOf(t, http.DefaultClient, s.url, old))

	status, _, stderr := runs(t.Context(), append([]string{"token", "rotate"}, flags...)...)
	require.Equal(t, apitype.ExitDone, status, stderr)
	require.Equal(t, http.StatusUnauthorized, statusOf(t, http.DefaultClient, s.url, old))
	require.Equal(t, http.StatusOK, statusOf(t, http.DefaultClient, s.url, read()))
	require.NotContains(t, stderr, old.Get("Authorization")[len("Bearer "):])
}

// HTTPS is another port with the same door: what is allowed at one is allowed at the other, and each has an origin of its own.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"--state-dir", dir}
	status, _, stderr := runs(t.Context(), append([]string{"tls", "show"}, flags...)...)
	require.Equal(t, apitype.ExitOther, status)
	require.Contains(t, stderr, "tls: {mode: local}")

	cfg := config.Default()
	cfg.Listen, cfg.TLS = "127.0.0.1:0", config.TLS{Mode: config.TLSLocal, Listen: "127.0.0.1:0"}
	var log bytes.Buffer
	s, err := startDaemon(context.Background(), cfg, virtual.New(), dir, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.wait(ctx) }()
	defer func() { cancel(); require.NoError(t, <-ended) }()

	status, stdout, stderr := runs(t.Context(), append([]string{"tls", "show", "--json"}, flags...)...)
	require.Equal(t, apitype.ExitDone, status, stderr)
	var shown shownTLS
	require.NoError(t, json.Unmarshal([]byte(stdout), &shown))
	require.Contains(t, log.String(), shown.SHA256)
	for _, lang := range []string{"zh", "en"} {
		_, stdout, _ = runs(t.Context(), append([]string{"tls", "show", "--lang", lang}, flags...)...)
		require.Contains(t, stdout, shown.SHA256)
		require.Contains(t, stdout, `certutil -addstore -f Root "`+shown.Path+`"`)
		require.NotContains(t, stdout, "%!")
	}

	certificate, err := os.ReadFile(shown.Path)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(certificate))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	browser := &http.Client{Transport: transport}
	secure := s.ports[1].url()
	require.True(t, strings.HasPrefix(secure, "https://"), secure)
	token := "Bearer " + s.token
	for _, row := range []struct {
		name   string
		header http.Header
		status int
	}{
		{"the token", http.Header{"Authorization": {token}}, http.StatusOK},
		{"no token", http.Header{}, http.StatusUnauthorized},
		{"our own page", http.Header{"Authorization": {token}, "Origin": {secure}}, http.StatusOK},
		{"our own page of the other port", http.Header{"Authorization": {token}, "Origin": {s.url}}, http.StatusForbidden},
		{"an evil page", http.Header{"Origin": {evil}}, http.StatusForbidden},
	} {
		require.Equal(t, row.status, statusOf(t, browser, secure, row.header), row.name)
	}
	list, err := (&client.Client{BaseURL: s.url, Token: s.token}).Origins(t.Context())
	require.NoError(t, err)
	require.Equal(t, evil, list.Refused[0].Origin, "the door is one")
	_, err = http.Get(secure)
	require.ErrorAs(t, err, new(*tls.CertificateVerificationError))

	again, made, err := localtls.LoadOrMake(wiring.State{Dir: dir})
	require.NoError(t, err)
	require.False(t, made)
	require.Equal(t, shown.SHA256, again.Fingerprint())
}
