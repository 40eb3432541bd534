package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

// watching is a run of sscard watch; stop ends it as Ctrl-C does.
type watching struct {
	t      testing.TB
	lines  *bufio.Scanner
	stop   context.CancelFunc
	status chan int
	stderr *bytes.Buffer
}

func watch(t testing.TB, args ...string) *watching {
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	w := &watching{t: t, lines: bufio.NewScanner(out), stop: cancel, status: make(chan int, 1), stderr: &bytes.Buffer{}}
	go func() {
		w.status <- run(ctx, append([]string{"watch"}, args...), in, w.stderr)
		in.Close()
	}()
	t.Cleanup(func() { cancel(); out.Close() })
	return w
}

func (w *watching) line() string {
	w.t.Helper()
	require.True(w.t, w.lines.Scan(), "it ended")
	return w.lines.Text()
}

func (w *watching) event() (e apitype.Event) {
	w.t.Helper()
	require.NoError(w.t, json.Unmarshal([]byte(w.line()), &e))
	return e
}

// ended stops it and gives what it said to the person.
func (w *watching) ended() (status int, stderr string) {
	w.stop()
	for w.lines.Scan() { // what it was about to say: the pipe holds nothing
	}
	status = <-w.status
	return status, w.stderr.String()
}

// running is a daemon over the driver, and what verbs need to find it.
func running(t testing.TB, d reader.Driver) (s *daemon, flags []string) {
	t.Helper()
	return runningWith(t, d, config.Default())
}

func runningWith(t testing.TB, d reader.Driver, cfg config.Config) (s *daemon, flags []string) {
	t.Helper()
	dir := t.TempDir()
	cfg.Listen = "127.0.0.1:0"
	s, err := startDaemon(context.Background(), cfg, d, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.wait(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-ended) })
	file := filepath.Join(dir, "sscard.yaml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, "listen: %s\n", s.ports[0].listener.Addr()), 0o600))
	return s, []string{"--config", file, "--state-dir", dir}
}

func TestWatchDaemon(t *testing.T) {
	const contact, nfc = "Window 1 Contact 00 00", "Window 1 NFC 00 00"
	d := virtual.New(contact, nfc)
	require.NoError(t, d.Insert(contact, builtIn(t, "gen3")))
	s, flags := running(t, d)
	w := watch(t, append(flags, "--lang", "zh")...)
	require.Contains(t, w.line(), "现状              "+contact+"  接触  有卡")
	require.Contains(t, w.line(), "现状              "+nfc+"  非接触  无卡")
	require.Contains(t, w.line(), "识别卡            "+contact+"  接触  3.0")
	require.NoError(t, d.Insert(nfc, builtIn(t, "gen3-contactless")))
	require.Contains(t, w.line(), "放入卡            "+nfc+"  非接触  3.0  与 "+contact+" 上的是同一张卡")
	d.RemoveReader(nfc)
	require.Contains(t, w.line(), "取出卡            "+nfc+"  非接触  3.0  与 "+contact)
	require.Contains(t, w.line(), "移除读卡器        "+nfc+"  非接触")
	d.Stop(reader.ErrNoService)
	require.Contains(t, w.line(), "智能卡服务中断    "+apitype.ServiceUnavailable.Entry().Title.ZH)
	status, stderr := w.ended()
	require.Equal(t, apitype.ExitDone, status)
	require.Contains(t, stderr, s.url)
}

func TestWatchRefused(t *testing.T) {
	_, flags := running(t, virtual.New())
	require.NoError(t, os.WriteFile(filepath.Join(flags[3], "token"), bytes.Repeat([]byte("00"), 32), 0o600))
	status, _, stderr := runs(t.Context(), append([]string{"watch"}, flags...)...)
	require.Equal(t, apitype.RequestUnauthorized.Entry().Exit, status, stderr)
	require.Contains(t, stderr, string(apitype.RequestUnauthorized))
}

// Without a daemon it looks itself.
func TestWatchAlone(t *testing.T) {
	hall := filepath.Join(t.TempDir(), "hall.yaml")
	require.NoError(t, os.WriteFile(hall, []byte(`readers: [{name: "Desk Contact 00", card: gen2}, {name: "Desk NFC 00", card: gen2, fault: mute-atr}]`), 0o600))
	w := watch(t, "--json", "--driver", "virtual:"+hall)
	snapshot := w.event()
	require.Equal(t, apitype.EventSnapshot, snapshot.Type)
	require.Len(t, snapshot.Readers, 2)
	require.Equal(t, apitype.CardMute, snapshot.Readers[1].Card.Code)
	identified := w.event()
	require.Equal(t, apitype.EventCardIdentified, identified.Type)
	require.Equal(t, 2, identified.Generation)
	status, stderr := w.ended()
	require.Equal(t, apitype.ExitDone, status)
	require.Contains(t, stderr, "without a daemon")
}
