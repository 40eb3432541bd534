package audit_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/terminal/apitype"
	"sscard/terminal/audit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal is the log that people read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// configure is a configuration in a directory of the test's own.
func configure(t testing.TB) (audit.Config, *journal) {
	said := &journal{}
	return audit.Config{
		Path: filepath.Join(t.TempDir(), "state", "audit.log"), MaxSize: 1 << 20, Keep: 3, Version: "1.2.3", User: "counter",
		Log: slog.New(slog.NewTextHandler(said, nil)),
	}, said
}

func reading(n int) apitype.AuditRecord {
	return apitype.AuditRecord{
		Event: apitype.AuditRead, Function: "read", Caller: &apitype.AuditCaller{Origin: "https://hall.example"},
		Reader: &apitype.ReaderRef{ID: fmt.Sprintf("r%d", n), Name: "Counter <1> & 2"}, Interface: "contact",
		Asked: []string{"holder"}, Given: []string{"holder.name"}, CardNumber: "A*******8", Outcome: apitype.AuditOK,
	}
}

// record writes n readings.
func record(t testing.TB, l *audit.Log, n int) {
	t.Helper()
	for i := range n {
		require.NoError(t, l.Record(reading(i)))
	}
}

func lines(t testing.TB, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return strings.SplitAfter(strings.TrimSuffix(string(b), "\n"), "\n")
}

// verify verifies all the files.
func verify(t testing.TB, path string) audit.Report {
	t.Helper()
	report, err := audit.VerifyLog(audit.Check{}, path)
	require.NoError(t, err)
	return report
}

func requireIntact(t testing.TB, report audit.Report, lines int) {
	t.Helper()
	require.Empty(t, report.Problems)
	require.True(t, report.Intact)
	require.Equal(t, lines, report.Lines)
}
