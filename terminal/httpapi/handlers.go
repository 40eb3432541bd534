package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"sscard/docs"
	"sscard/reader"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

func (a *api) getVersion(w http.ResponseWriter, _ *http.Request) { writeDocument(w, a.version) }

func (a *api) words(w http.ResponseWriter, _ *http.Request) { writeDocument(w, a.terminal.Words()) }

func serveOpenAPI(w http.ResponseWriter, r *http.Request) {
	serveEmbedded(w, r, ".yaml", []byte(docs.OpenAPI))
}

func (a *api) readers(w http.ResponseWriter, r *http.Request) {
	readers, err := a.terminal.Readers()
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeDocument(w, terminal.ReaderDocuments(readers))
}

// interfaces are the values of "interface" in a request.
var interfaces = map[string]reader.Interface{
	"": reader.Unknown, "auto": reader.Unknown, "contact": reader.Contact, "contactless": reader.Contactless,
}

func (a *api) read(w http.ResponseWriter, r *http.Request) {
	request, ctx, cancel, ok := decodeRead(w, r)
	if !ok {
		return
	}
	defer cancel()
	reading, err := a.terminal.Read(ctx, request)
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeDocument(w, reading.Document())
}

// decodeRead takes a request to read apart, or answers for what is wrong with it.
func decodeRead(w http.ResponseWriter, r *http.Request) (terminal.ReadRequest, context.Context, context.CancelFunc, bool) {
	var body apitype.ReadRequest
	if err := readBody(r, &body); err != nil {
		writeBodyError(w, r, err)
		return terminal.ReadRequest{}, nil, nil, false
	}
	is, ctx, cancel, ok := placeAndTime(w, r, body.Interface, body.TimeoutMS)
	return terminal.ReadRequest{Reader: body.Reader, Interface: is, Fields: body.Fields, Allowed: callerOf(r).Fields}, ctx, cancel, ok
}

// placeAndTime takes what every request for a card may say of the interface and of the time it has, or answers for
// what is wrong with it.
func placeAndTime(w http.ResponseWriter, r *http.Request, on string, milliseconds int) (reader.Interface, context.Context, context.CancelFunc, bool) {
	is, known := interfaces[on]
	if !known {
		writeCode(w, r, apitype.RequestInvalid, fmt.Sprintf("interface %q", on))
		return "", nil, nil, false
	}
	if milliseconds < 0 || milliseconds > int(maxTimeout.Milliseconds()) {
		writeCode(w, r, apitype.RequestInvalid, fmt.Sprintf("timeout_ms %d", milliseconds))
		return "", nil, nil, false
	}
	ctx, cancel := withTimeout(r, milliseconds)
	return is, ctx, cancel, true
}

// withTimeout bounds the work for a request; 0 is the usual time.
func withTimeout(r *http.Request, milliseconds int) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), cmp.Or(time.Duration(milliseconds)*time.Millisecond, defaultTimeout))
}
