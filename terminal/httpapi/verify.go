package httpapi

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"net/http"

	"sscard/terminal"
	"sscard/terminal/apitype"
)

// verify answers with what the card's proof came to: a card that fails it is an answer.
func (a *api) verify(w http.ResponseWriter, r *http.Request) {
	var body apitype.VerifyRequest
	if err := readBody(r, &body); err != nil {
		writeBodyError(w, r, err)
		return
	}
	nonce, err := hex.DecodeString(body.Nonce)
	if err != nil {
		writeCode(w, r, apitype.RequestInvalid, "nonce: not hexadecimal")
		return
	}
	caller := callerOf(r)
	origin := cmp.Or(caller.Origin, body.Origin, terminal.LocalOrigin)
	if body.Origin != "" && body.Origin != origin {
		writeCode(w, r, apitype.RequestOriginDenied, fmt.Sprintf("origin: a page speaks for itself only, which is %s", caller.Origin))
		return
	}
	on, ctx, cancel, ok := placeAndTime(w, r, body.Interface, body.TimeoutMS)
	if !ok {
		return
	}
	defer cancel()
	verification, err := a.terminal.Verify(ctx, terminal.VerifyRequest{
		Reader: body.Reader, Interface: on, Nonce: nonce, Origin: origin,
		Fields: body.Fields, Allowed: caller.Fields, PIN: a.functions.PIN(),
	})
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeDocument(w, verification.Document())
}
