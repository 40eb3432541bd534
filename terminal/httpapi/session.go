package httpapi

import (
	"net/http"

	"sscard/terminal/apitype"
	"sscard/terminal/door"
)

// Our page comes in without the token: a program that has it asks for a code, and opens the page with that.

func (a *api) newConsoleCode(w http.ResponseWriter, r *http.Request) {
	if err := readBody(r, &struct{}{}); err != nil {
		writeBodyError(w, r, err)
		return
	}
	code, expires, refusal := a.door.NewCode(callerOf(r).Caller, door.CodeTime)
	if refusal != nil {
		writeRefusal(w, r, refusal)
		return
	}
	writeDocument(w, apitype.ConsoleCode{Code: code, URL: door.ConsoleURL(door.OwnOrigin(r), code), Expires: expires})
}

func (a *api) openConsole(w http.ResponseWriter, r *http.Request) {
	var body apitype.OpenConsole
	if err := readBody(r, &body); err != nil {
		writeCode(w, r, apitype.RequestInvalid, `want {"code": "…"}`) // the error itself may quote the code
		return
	}
	session, expires, refusal := a.door.OpenSession(body.Code)
	if refusal != nil {
		writeRefusal(w, r, refusal)
		return
	}
	writeDocument(w, apitype.ConsoleSession{Session: session, Expires: expires})
}

func (a *api) closeConsole(w http.ResponseWriter, r *http.Request) {
	if refusal := a.door.EndSession(callerOf(r).Caller); refusal != nil {
		writeRefusal(w, r, refusal)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
