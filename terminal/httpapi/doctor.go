package httpapi

import (
	"context"
	"net/http"

	"sscard/terminal/apitype"
)

// doctorProgress tells who waits for the report how far it is.
func (a *api) doctorProgress(w http.ResponseWriter, r *http.Request) {
	if a.operations.Examined == nil {
		writeNoSuchPath(w, r)
		return
	}
	writeDocument(w, a.operations.Examined())
}

// doctor has the machine looked at, for who has the token: the report names its readers, files and programs.
func (a *api) doctor(w http.ResponseWriter, r *http.Request) {
	if a.operations.Doctor == nil {
		writeNoSuchPath(w, r)
		return
	}
	if err := readBody(r, &struct{}{}); err != nil {
		writeBodyError(w, r, err)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(a.ending, cancel)()
	report, err := a.operations.Doctor(ctx)
	if err != nil {
		writeCode(w, r, apitype.Timeout, "the doctor was called away: "+err.Error())
		return
	}
	writeDocument(w, report)
}
