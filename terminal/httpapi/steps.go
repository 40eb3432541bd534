package httpapi

import (
	"net/http"

	"sscard/terminal/apitype"
)

// beginRead and finishRead are a reading whose keys are in an HSM at the back end.
func (a *api) beginRead(w http.ResponseWriter, r *http.Request) {
	request, ctx, cancel, ok := decodeRead(w, r)
	if !ok {
		return
	}
	defer cancel()
	pending, err := a.terminal.BeginRead(ctx, request)
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeDocument(w, apitype.PendingRead{Session: pending.Session, Request: pending.Request})
}

func (a *api) finishRead(w http.ResponseWriter, r *http.Request) {
	var body apitype.FinishRead
	if err := readBody(r, &body); err != nil {
		writeBodyError(w, r, err)
		return
	}
	ctx, cancel := withTimeout(r, 0)
	defer cancel()
	reading, err := a.terminal.FinishRead(ctx, body.Session, body.Answer)
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeDocument(w, reading.Document())
}
