package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
)

// BenchmarkStart is the time from the start of the real program to its word that it is ready, over a real pcscd with twelve
// readers, and the memory that it then has: at once, and after readings.
func BenchmarkStart(b *testing.B) {
	needStack(b)
	const readings = 200
	const most = 60 << 10 // KiB: twice what it is to need, for other machines
	dir := b.TempDir()
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "sscard"), "sscard/cmd/sscard").CombinedOutput()
	require.NoError(b, err, "%s", out)
	path := "PATH=" + dir + string(filepath.ListSeparator) + os.Getenv("PATH")

	var ready []time.Duration
	var idle, used int
	for b.Loop() {
		begun := time.Now()
		p := serveProcess(b, []string{path}, "--config", quiet(b))
		ready = append(ready, time.Since(begun))
		idle = max(idle, p.resident())
		b.StopTimer()
		if used == 0 {
			p.insert(stack.Readers()[0], builtIn(b, "gen2"))
			for range readings {
				_, err := p.Read(b.Context(), apitype.ReadRequest{})
				require.NoError(b, err)
			}
			used = p.resident()
		}
		p.signal(syscall.SIGTERM)
		require.Zero(b, p.ended().ExitCode())
		b.StartTimer()
	}
	b.ReportMetric(milliseconds(ready), "ms-to-ready")
	b.ReportMetric(float64(idle)/1024, "MiB-idle")
	b.ReportMetric(float64(used)/1024, fmt.Sprintf("MiB-after-%d-reads", readings))
	require.Less(b, max(idle, used), most)
}

// resident is the memory of the process, in KiB.
func (p *process) resident() (kib int) {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(p.t, err)
	for line := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kib); n == 1 {
			return kib
		}
	}
	require.Fail(p.t, "no VmRSS")
	return 0
}
