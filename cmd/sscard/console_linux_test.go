package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader/virtual"
	"sscard/terminal/apitype"
)

// browser is a fake one in the place of the person's, which writes down the address that it is to open, and ends so.
func browser(t *testing.T, status string) (opened func() string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "opened")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "xdg-open"), []byte("#!/bin/sh\necho \"$*\" >"+file+"\nexit "+status+"\n"), 0o700))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Setenv("DISPLAY", ":99")
	t.Setenv("SUDO_USER", "")
	return func() string {
		address, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			return ""
		}
		require.NoError(t, err)
		return strings.TrimSpace(string(address))
	}
}

// enters does what our page does with its address, and gives the status.
func enters(t *testing.T, url, address string) int {
	t.Helper()
	code, ours := strings.CutPrefix(address, url+"/#code=")
	require.True(t, ours, address)
	body, err := json.Marshal(apitype.OpenConsole{Code: code})
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/console/session", bytes.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Origin", url)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

func TestConsoleCommand(t *testing.T) {
	for _, row := range []struct {
		name   string
		args   []string
		env    [2]string // in the place of what it is
		status string    // of the browser
		opens  bool      // the browser, else the address is printed
	}{
		{"a browser", nil, [2]string{}, "0", true},
		{"a browser on Wayland", nil, [2]string{"WAYLAND_DISPLAY", "wayland-1"}, "0", true},
		{"no browser is wanted", []string{"--no-browser"}, [2]string{}, "0", false},
		{"no browser is there", nil, [2]string{"PATH", "/nowhere"}, "0", false},
		{"the browser fails", nil, [2]string{}, "3", false},
		{"no screen", nil, [2]string{"DISPLAY", ""}, "0", false},
		{"the screen of another user", nil, [2]string{"SUDO_USER", "somebody"}, "0", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("WAYLAND_DISPLAY", "")
			opened := browser(t, row.status)
			if row.env[0] != "" {
				t.Setenv(row.env[0], row.env[1])
			}
			s, flags := running(t, virtual.New())
			status, stdout, stderr := runs(t.Context(), append(append([]string{"console"}, row.args...), flags...)...)
			require.Equal(t, apitype.ExitDone, status, stderr)
			address := strings.TrimSpace(stdout)
			if row.opens {
				require.Empty(t, stdout)
				address = opened()
				require.Contains(t, stderr, "--no-browser")
			} else {
				require.Contains(t, stderr, "it is good once")
			}
			require.NotContains(t, stderr, address)
			require.NotContains(t, address, s.token)
			require.Equal(t, http.StatusOK, enters(t, s.url, address))
			require.Equal(t, http.StatusUnauthorized, enters(t, s.url, address), "a second time")
		})
	}
}

func TestConsoleCommandElsewhere(t *testing.T) {
	s, flags := running(t, virtual.New())
	stateDir := flags[2:]
	address := strings.TrimPrefix(s.url, "http://")
	for _, row := range []struct{ name, listen string }{
		{"an address", address},
		{"a name, which the browser might take for another address", strings.Replace(address, "127.0.0.1", "localhost", 1)},
	} {
		t.Run(row.name, func(t *testing.T) {
			status, stdout, stderr := runs(t.Context(), append([]string{"console", "--no-browser", "--listen", row.listen}, stateDir...)...)
			require.Equal(t, apitype.ExitDone, status, stderr)
			require.Equal(t, http.StatusOK, enters(t, s.url, strings.TrimSpace(stdout)))
		})
	}
}

func TestConsoleCommandRefuses(t *testing.T) {
	s, flags := running(t, virtual.New())
	here := strings.TrimPrefix(s.url, "http://")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close()) // where nobody listens now
	hostile := answering(t, `{"code":"X' & calc.exe","url":"file:///etc/passwd","expires":"2030-01-01T00:00:00Z"}`)
	stranger := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(stranger, "token"), []byte(strings.Repeat("0", 64)), 0o600))
	for _, row := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"nobody listens", append([]string{"--listen", free.Addr().String()}, flags...), apitype.ExitOther, "no daemon answers at " + free.Addr().String()},
		{"no token", []string{"--listen", here, "--state-dir", t.TempDir()}, apitype.ExitOther, "no daemon answers at " + here},
		{"another daemon's token", []string{"--listen", here, "--state-dir", stranger}, apitype.RequestUnauthorized.Entry().Exit, "request.unauthorized"},
		{"another machine", append([]string{"--listen", "192.0.2.1:17420"}, flags...), apitype.ExitUsage, "not a loopback address"},
		{"another program on the port", append([]string{"--listen", hostile}, flags...), apitype.ExitOther, "no daemon answers at " + hostile},
		{"an argument", append([]string{"open"}, flags...), apitype.ExitUsage, "the arguments do not fit"},
	} {
		t.Run(row.name, func(t *testing.T) {
			opened := browser(t, "0")
			status, stdout, stderr := runs(t.Context(), append([]string{"console"}, row.args...)...)
			require.Equal(t, row.status, status, stderr)
			require.Contains(t, stderr, row.says)
			require.Empty(t, stdout)
			require.Empty(t, opened())
		})
	}
}

// answering is the address of a program that answers everything alike.
func answering(t *testing.T, document string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(document))
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

// The demonstration tells the address of its page, and how to have another.
func TestDemoPage(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	said, says := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--listen", "127.0.0.1:0", "--lang", "en"}, io.Discard, says)
		_ = says.Close()
	}()
	var address string
	var again []string
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if page, told := strings.CutPrefix(lines.Text(), "sscard: page: "); told {
			address = page
		}
		if _, command, told := strings.Cut(lines.Text(), "for another: sscard "); told {
			again = strings.Fields(command)
		}
		if !strings.Contains(lines.Text(), "Ctrl-C") {
			continue
		}
		url, _, _ := strings.Cut(address, "/#")
		require.Equal(t, http.StatusOK, enters(t, url, address))
		status, stdout, stderr := runs(t.Context(), append(again, "--no-browser")...)
		require.Equal(t, apitype.ExitDone, status, stderr)
		require.Equal(t, http.StatusOK, enters(t, url, strings.TrimSpace(stdout)))
		end()
	}
	end()
	require.Equal(t, apitype.ExitDone, <-ended)
	require.NotEmpty(t, again)
}
