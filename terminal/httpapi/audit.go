package httpapi

import (
	"net/http"
	"strconv"

	"sscard/terminal/apitype"
)

const (
	auditLines    = 100 // that are shown unless another number is asked for
	maxAuditLines = 1000
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
	n := auditLines
	if text := r.URL.Query().Get("n"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > maxAuditLines {
			writeCode(w, r, apitype.RequestInvalid, "n is not a number from 1 to "+strconv.Itoa(maxAuditLines))
			return
		}
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
