package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/doctor"
	"sscard/reader/softcard"
	"sscard/reader/vpcd"
	"sscard/terminal/apitype"
)

// The doctor over the real stack: a service, its readers, and cards in them.
func TestDoctorThroughTheStack(t *testing.T) {
	e := watched(t)
	slot := stack.Readers()[0]
	bank, err := softcard.Parse([]byte("{interface: contact, atr: 3B6800000073C84012009000, applications: {PSE: {name: 315041592E5359532E4444463031, files: {}}}}"))
	require.NoError(t, err)
	mute, err := softwareCard{name: "gen2", fault: "mute-atr"}.make()
	require.NoError(t, err)
	for _, row := range []struct {
		name     string
		card     vpcd.Card
		headline string
		exit     int
		found    []string
	}{
		{"no card", nil, "card.absent", apitype.ExitDone, []string{"service.ok", "reader.ok"}},
		{"a card of 3.0", builtIn(t, "gen3"), "sam.absent", apitype.ExitDone, []string{"service.ok", "reader.ok", "card.ok", "profile.ok"}},
		{"a bank card", bank, "card.unsupported", apitype.ExitUnsupported, []string{"service.ok", "reader.ok"}},
		{"a mute card", mute, "card.mute", apitype.ExitCard, []string{"service.ok", "reader.ok"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.card != nil {
				defer put(t, e, slot, row.card)()
			}
			status, stdout, stderr := runs(t.Context(), "doctor", "--json", "--listen", "127.0.0.1:9")
			var report doctor.Report
			require.NoError(t, json.Unmarshal([]byte(stdout), &report), stderr)
			require.Equal(t, row.headline, report.Headline, stderr)
			require.Equal(t, row.exit, status)
			require.Len(t, report.Readers, len(stack.Readers()))
			for _, code := range row.found {
				require.Contains(t, codesOf(report), code)
			}
		})
	}
}

func codesOf(r doctor.Report) (codes []string) {
	for _, f := range r.Findings {
		codes = append(codes, f.Code)
	}
	return codes
}

// A socket that a service has left behind when it died. libpcsclite reads the socket's name once, so this is another
// process.
func TestDoctorAtAStaleSocket(t *testing.T) {
	needStack(t)
	socket := filepath.Join(t.TempDir(), "pcscd.comm")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	require.NoError(t, err)
	l.SetUnlinkOnClose(false)
	require.NoError(t, l.Close())

	var stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), "sscard", "doctor", "--lang", "en", "--state-dir", t.TempDir(), "--listen", "127.0.0.1:9")
	c.Env, c.Stderr = append(c.Environ(), "PCSCLITE_CSOCK_NAME="+socket), &stderr
	err = c.Run()
	exit, is := errors.AsType[*exec.ExitError](err)
	require.True(t, is, "%v", err)
	require.Equal(t, apitype.ExitService, exit.ExitCode())
	require.Contains(t, stderr.String(), "service.stale_socket")
}

// A service that is stopped in the middle, as when a driver hangs, hangs neither the doctor nor its answer.
func TestDoctorAtASilentService(t *testing.T) {
	needStack(t)
	socket := filepath.Join(t.TempDir(), "pcscd.comm")
	l, err := net.Listen("unix", socket) // which takes connections and says nothing
	require.NoError(t, err)
	defer l.Close()

	c := exec.CommandContext(t.Context(), "sscard", "doctor", "--json", "--lang", "en", "--state-dir", t.TempDir(), "--listen", "127.0.0.1:9")
	c.Env = append(c.Environ(), "PCSCLITE_CSOCK_NAME="+socket)
	out, err := c.Output()
	exit, is := errors.AsType[*exec.ExitError](err)
	require.True(t, is, "%v", err)
	require.Equal(t, apitype.ExitService, exit.ExitCode())
	var report doctor.Report
	require.NoError(t, json.Unmarshal(out, &report))
	require.Equal(t, "service.hung", report.Headline)
}
