package httpapi

import (
	"net/http"
	"strconv"

	"sscard/terminal/apitype"
)

// Lines of a log.
const (
	usualLines = 100 // that are shown unless another number is asked for
	maxLines   = 1000
)

// howMany is how many lines the request asks for, or answers for what is wrong with it.
func howMany(w http.ResponseWriter, r *http.Request) (n int, ok bool) {
	text := r.URL.Query().Get("n")
	if text == "" {
		return usualLines, true
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxLines {
		writeCode(w, r, apitype.RequestInvalid, "n is not a number from 1 to "+strconv.Itoa(maxLines))
		return 0, false
	}
	return n, true
}

// logTail shows what the daemon has logged lately, for who has the token.
func (a *api) logTail(w http.ResponseWriter, r *http.Request) {
	n, ok := howMany(w, r)
	if !ok {
		return
	}
	tail := apitype.LogTail{Lines: []apitype.LogRecord{}}
	tail.Lines = append(tail.Lines, a.operations.Log(n)...)
	writeDocument(w, tail)
}

// quietly serves who only watches: a page that is open asks again and again, and is not to fill the log.
func quietly(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if o, ok := w.(*outcome); ok {
			o.quiet = true
		}
		serve(w, r)
	}
}
