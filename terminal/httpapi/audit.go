package httpapi

import (
	"net/http"

	"sscard/terminal/apitype"
)

// AuditTrail is the audit log, as it is shown.
type AuditTrail interface {
	// Last gives the last n lines, the oldest first.
	Last(n int) ([]apitype.AuditRecord, error)
	// Err is why the log cannot be written now; nil: it can.
	Err() error
}

// auditTail shows what was done lately, by every caller: it is for who has the token.
func (a *api) auditTail(w http.ResponseWriter, r *http.Request) {
	n, ok := number(w, r, "n", 1, maxLines, usualLines)
	if !ok {
		return
	}
	tail := apitype.AuditTail{Lines: []apitype.AuditRecord{}}
	if a.audit != nil {
		lines, err := a.audit.Last(n)
		if err != nil {
			a.log.Error("the audit log cannot be read", "err", err)
			writeCode(w, r, apitype.Internal, "the audit log cannot be read")
			return
		}
		tail.Lines = append(tail.Lines, lines...) // none is an empty list
	}
	writeDocument(w, tail)
}
