package metrics

import (
	"sscard/terminal"
	"sscard/terminal/apitype"
)

// audited counts operations where they are told of anyway.
type audited struct {
	terminal.Auditor
	metrics *Metrics
}

// Audited counts the operations that log is told of.
func (m *Metrics) Audited(log terminal.Auditor) terminal.Auditor { return audited{log, m} }

// Record implements [terminal.Auditor].
func (a audited) Record(r apitype.AuditRecord) error {
	a.metrics.operations.WithLabelValues(string(r.Event), r.Function, r.Outcome).Inc()
	return a.Auditor.Record(r)
}
