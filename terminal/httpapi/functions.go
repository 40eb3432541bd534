package httpapi

import (
	"context"
	"errors"
	"net/http"

	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/function"
)

// function calls a function of 38号文 by its name, with its own parameters as members of the body. What the function
// itself fails with is its result; a problem is about the call.
func (a *api) function(w http.ResponseWriter, r *http.Request) {
	var params function.Params
	if err := readBody(r, &params); err != nil {
		writeBodyError(w, r, err)
		return
	}
	caller := callerOf(r)
	if caller.limited() {
		writeCode(w, r, apitype.RequestFieldDenied, "functions do not limit what they read: this origin has fields")
		return
	}
	name := r.PathValue("name")
	if function.TriesPIN(name, params) && !a.spendPIN(w, r) {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxTimeout)
	defer cancel()
	result, err := a.functions.Call(ctx, name, params)
	switch {
	case errors.Is(err, function.ErrUnknown):
		writeNoSuchPath(w, r)
	case err != nil:
		writeCode(w, r, apitype.RequestInvalid, err.Error())
	default:
		writeDocument(w, result)
	}
}

// limited reports whether the caller may not read everything.
func (c caller) limited() bool { return c.Fields != nil }

// named is the caller as the use cases and the audit log know it.
func (c caller) named(requestID string) terminal.Caller {
	named := terminal.Caller{Origin: c.Origin, RequestID: requestID}
	switch {
	case c.Console():
		named.User = "console"
	case c.Origin == "":
		named.User = "token"
	}
	return named
}
