package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader/virtual"
	"sscard/terminal/apitype"
	"sscard/terminal/audit"
	"sscard/terminal/client"
)

// The daemon and people at the same machine write one log, at the same time, and its chain holds.
func TestAuditOfTwoPrograms(t *testing.T) {
	const slot, each = "Window 1 Contact 00 00", 10
	d := virtual.New(slot)
	require.NoError(t, d.Insert(slot, builtIn(t, "gen2")))
	s, flags := running(t, d)
	file := filepath.Join(t.TempDir(), "one.yaml")
	require.NoError(t, os.WriteFile(file, []byte("readers: [{name: "+slot+", card: gen2}]"), 0o600))

	var all sync.WaitGroup
	all.Go(func() {
		for range each {
			if _, err := (&client.Client{BaseURL: s.url, Token: s.token}).Read(context.Background(), apitype.ReadRequest{}); err != nil {
				t.Error(err)
			}
		}
	})
	all.Go(func() {
		for range each {
			if status, _, stderr := runs(context.Background(), append([]string{"read", "--driver", "virtual:" + file}, flags...)...); status != 0 {
				t.Error(stderr)
			}
		}
	})
	all.Wait()

	status, stdout, stderr := runs(t.Context(), append([]string{"audit", "verify", "--json"}, flags...)...)
	require.Equal(t, apitype.ExitDone, status, stderr)
	var report audit.Report
	require.NoError(t, json.Unmarshal([]byte(stdout), &report))
	require.True(t, report.Intact)
	require.Equal(t, 1+each+2*each, report.Lines, "each program begins with a line of its own")
}
