package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/wiring"
	"sscard/terminal/client"
)

// patience is how long something may take before a test gives it up; nothing depends on it that works.
const patience = 30 * time.Second

// process is the program in a process of its own, as systemd starts it.
type process struct {
	*client.Client
	t        testing.TB
	cmd      *exec.Cmd
	dir      string // of its state
	notified *net.UnixConn
	stderr   said
	exited   chan struct{}
}

// said is the file that a process writes to, so that what it has said can be read at once.
type said struct{ *os.File }

func (s said) String() string {
	text, err := os.ReadFile(s.Name())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// spawn runs a command that becomes `sscard serve`, with the flags put behind, and listens where systemd would.
func spawn(t testing.TB, env []string, files []*os.File, flags ...string) *process {
	t.Helper()
	p := &process{t: t, dir: t.TempDir(), exited: make(chan struct{})}
	at := &net.UnixAddr{Name: filepath.Join(p.dir, "notify"), Net: "unixgram"}
	var err error
	p.notified, err = net.ListenUnixgram("unixgram", at)
	require.NoError(t, err)
	// The shell is who LISTEN_PID means, and then is the program.
	p.cmd = exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ exec sscard serve "$@"`, "sh", "--state-dir", p.dir}, flags...)...)
	p.cmd.Env = append(append(os.Environ(), "NOTIFY_SOCKET="+at.Name), env...)
	p.cmd.ExtraFiles = files
	p.stderr.File, err = os.Create(filepath.Join(p.dir, "stderr"))
	require.NoError(t, err)
	p.cmd.Stderr = p.stderr.File
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, p.cmd.Start())
	go func() { _ = p.cmd.Wait(); close(p.exited) }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
		p.notified.Close()
		p.stderr.Close()
		if t.Failed() {
			t.Log(p.stderr)
		}
	})
	return p
}

// serveProcess is spawn for one that is up, at any port, over the readers of driver.
func serveProcess(t testing.TB, env []string, flags ...string) *process {
	t.Helper()
	p := spawn(t, env, nil, append([]string{"--listen", "127.0.0.1:0"}, flags...)...)
	p.waitFor("READY=1")
	p.Client = p.client()
	return p
}

// client calls it where it says that it listens.
func (p *process) client() *client.Client {
	p.t.Helper()
	_, rest, _ := strings.Cut(p.stderr.String(), "listening on ")
	url, _, found := strings.Cut(rest, ",")
	require.True(p.t, found, p.stderr.String())
	token, err := wiring.ReadToken(p.dir)
	require.NoError(p.t, err)
	return &client.Client{BaseURL: url, Token: token}
}

// waitFor gives the next message to systemd that has the line.
func (p *process) waitFor(line string) (message string) {
	p.t.Helper()
	require.NoError(p.t, p.notified.SetReadDeadline(time.Now().Add(patience)))
	buffer := make([]byte, 4096)
	for {
		n, err := p.notified.Read(buffer)
		require.NoError(p.t, err, "waiting for %q", line)
		message = string(buffer[:n])
		for one := range strings.SplitSeq(message, "\n") {
			if one == line {
				return message
			}
		}
	}
}

func (p *process) signal(s syscall.Signal) { require.NoError(p.t, p.cmd.Process.Signal(s)) }

// ended waits for its end.
func (p *process) ended() *os.ProcessState {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		require.Fail(p.t, "it does not end")
	}
	return p.cmd.ProcessState
}

// socket opens a WebSocket with the token.
func (p *process) socket(path string) *websocket.Conn {
	p.t.Helper()
	c, _, err := websocket.Dial(p.t.Context(), p.BaseURL+path, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + p.Token}}})
	require.NoError(p.t, err)
	p.t.Cleanup(func() { c.CloseNow() })
	return c
}

// closing reads what still comes and gives the status that the other side closes with.
func closing(t *testing.T, c *websocket.Conn) websocket.StatusCode {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		_, _, err := c.Read(ctx)
		var closed websocket.CloseError
		if errors.As(err, &closed) {
			return closed.Code
		}
		require.NoError(t, err)
	}
}

// quiet is a configuration that has the daemon leave cards alone until somebody asks for them.
func quiet(t testing.TB) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "sscard.yaml")
	require.NoError(t, os.WriteFile(file, []byte("events: {identify: false}\n"), 0o600))
	return file
}
