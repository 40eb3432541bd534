package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/wiring"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
)

// hallFile describes readers in memory.
func hallFile(t testing.TB, yaml string) (driver string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hall.yaml")
	require.NoError(t, os.WriteFile(file, []byte(yaml), 0o600))
	return virtualPrefix + file
}

// What systemd is told, from the start to the end.
func TestSupervised(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sscard.yaml")
	require.NoError(t, os.WriteFile(file, []byte("log: {format: json}\n"), 0o600))
	hall := hallFile(t, `readers: [{name: "Desk Contact 00", card: gen2}, {name: "Desk NFC 00"}]`)
	p := serveProcess(t, []string{"WATCHDOG_USEC=600000"}, "--config", file, "--driver", hall)
	require.Contains(t, p.waitFor("WATCHDOG=1"), "STATUS=ok: 2 readers, 1 cards")

	p.signal(syscall.SIGHUP)
	require.Contains(t, p.waitFor("RELOADING=1"), "MONOTONIC_USEC=")
	require.Contains(t, p.waitFor("READY=1"), "STATUS=ok")
	require.NoError(t, os.WriteFile(file, []byte("lisen: 1\n"), 0o600))
	p.signal(syscall.SIGHUP)
	p.waitFor("RELOADING=1")
	require.Contains(t, p.waitFor("READY=1"), "STATUS=degraded: 2 readers, 1 cards; the changed configuration is wrong")
	require.Contains(t, p.stderr.String(), `"msg":"THE CHANGED CONFIGURATION IS WRONG: the one before is in force"`)
	p.waitFor("WATCHDOG=1")

	p.signal(syscall.SIGTERM)
	p.waitFor("STOPPING=1")
	require.Zero(t, p.ended().ExitCode())
}

// socketFor listens as systemd does for us.
func socketFor(t *testing.T, address string) (*os.File, string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	require.NoError(t, err)
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f, l.Addr().String()
}

// Sockets that systemd has opened are served, each as its name says, in the place of the configured addresses.
func TestSocketActivation(t *testing.T) {
	http1, address := socketFor(t, "127.0.0.1:0")
	old, oldAddress := socketFor(t, "127.0.0.1:0")
	p := spawn(t, []string{"LISTEN_FDS=2", "LISTEN_FDNAMES=compat:http"}, []*os.File{old, http1}, "--driver", hallFile(t, "readers: []"))
	p.waitFor("READY=1")
	p.Client = p.client()
	require.Equal(t, "http://"+address, p.BaseURL)
	version, err := p.Version(t.Context())
	require.NoError(t, err)
	require.Equal(t, wiring.Release, version.Version)

	_, err = (&client.Client{BaseURL: "http://" + oldAddress, Token: p.Token}).Version(t.Context())
	require.Error(t, err, "there is nothing but the WebSocket of old pages")
	p.BaseURL = "http://" + oldAddress
	p.socket("/compat")
}

func TestSocketActivationRefused(t *testing.T) {
	for _, row := range []struct{ name, fdName, address, says string }{
		{"a name that is none", "sscard.socket", "127.0.0.1:0", "FileDescriptorName must be http, compat"},
		{"HTTPS that is off", "https", "127.0.0.1:0", "tls.mode: local"},
		{"every address", "http", "0.0.0.0:0", "not a loopback address"},
	} {
		t.Run(row.name, func(t *testing.T) {
			socket, _ := socketFor(t, row.address)
			p := spawn(t, []string{"LISTEN_FDS=1", "LISTEN_FDNAMES=" + row.fdName}, []*os.File{socket}, "--driver", hallFile(t, "readers: []"), "--listen", "127.0.0.1:0")
			require.Equal(t, apitype.ExitUsage, p.ended().ExitCode())
			require.Contains(t, p.stderr.String(), row.says)
		})
	}
}

// The first caller starts the daemon, and is answered.
func TestSystemdSocketActivate(t *testing.T) {
	activate, err := exec.LookPath("systemd-socket-activate")
	if err != nil {
		t.Skip(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address, dir := free.Addr().String(), t.TempDir()
	require.NoError(t, free.Close())
	c := exec.Command(activate, "--listen="+address, "--fdname=http", "--setenv=PATH",
		"sscard", "serve", "--state-dir", dir, "--driver", hallFile(t, "readers: []"))
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	said, err := c.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	line := make([]byte, 200)
	n, err := said.Read(line)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(line[:n]), "Listening on "+address), "%s", line[:n])

	response, err := http.Get("http://" + address + "/v1/health")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// stuckWatch is a driver whose watch gives no sign of life until it is told to.
type stuckWatch struct {
	*virtual.Driver
	alive atomic.Bool
}

func (s *stuckWatch) Heard() time.Time {
	if s.alive.Load() {
		return time.Now()
	}
	return time.Time{}
}

// A daemon that would not notice a reader any more lets systemd start another.
func TestWatchdogOfTheWatch(t *testing.T) {
	at := &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"}
	systemd, err := net.ListenUnixgram("unixgram", at)
	require.NoError(t, err)
	defer systemd.Close()
	t.Setenv("NOTIFY_SOCKET", at.Name)
	t.Setenv("WATCHDOG_USEC", "300000")
	p := &process{t: t, notified: systemd}

	d := &stuckWatch{Driver: virtual.New()}
	s, _ := running(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go s.attend(ctx, nil)
	p.waitFor("READY=1")
	for message := p.waitFor("STATUS=ok: 0 readers, 0 cards"); strings.Contains(message, "WATCHDOG=1"); {
		message = p.waitFor("STATUS=ok: 0 readers, 0 cards")
	}
	d.alive.Store(true)
	p.waitFor("WATCHDOG=1")
}
