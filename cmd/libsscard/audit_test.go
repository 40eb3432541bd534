//go:build cgo && linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/audit"
)

// requireAudited requires that the daemon and the library, two programs at one log, have kept its chain, and have both
// a line in it.
func requireAudited(t *testing.T) {
	t.Helper()
	path := filepath.Join(programs, "state", "audit.log")
	report, err := audit.VerifyFiles(audit.Check{Whole: true}, path)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	log, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Regexp(t, `"caller":\{"user":"token"\},"function":"iReadCardBas",.*"outcome":"ok"`, string(log))
	require.Regexp(t, `"caller":\{"user":"[^"]+"\},"function":"iReadCardBas",.*"outcome":"ok","prev"`, string(log), "without a request id")
}
