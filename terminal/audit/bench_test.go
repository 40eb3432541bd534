package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/audit"
)

// What a line costs: of a reading, and of what changed a card, which is on the disk before it is done with.
func BenchmarkRecord(b *testing.B) {
	for _, event := range []apitype.AuditEvent{apitype.AuditRead, apitype.AuditWrite} {
		b.Run(string(event), func(b *testing.B) {
			cfg, _ := configure(b)
			l := audit.New(cfg)
			defer l.Close()
			r := reading(1)
			r.Event = event
			for b.Loop() {
				require.NoError(b, l.Record(r))
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	cfg, _ := configure(b)
	cfg.MaxSize = 1 << 30
	l := audit.New(cfg)
	record(b, l, 10_000)
	l.Close()
	for b.Loop() {
		report, err := audit.VerifyFiles(audit.Check{}, cfg.Path)
		require.NoError(b, err)
		require.True(b, report.Intact)
	}
	b.ReportMetric(10_000*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
