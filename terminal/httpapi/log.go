package httpapi

import (
	"net/http"

	"sscard/terminal/apitype"
)

// Lines of a log.
const (
	usualLines = 100 // that are shown unless another number is asked for
	maxLines   = 1000
)

// logTail shows what the daemon has logged lately, for who has the token.
func (a *api) logTail(w http.ResponseWriter, r *http.Request) {
	n, ok := number(w, r, "n", 1, maxLines, usualLines)
	if !ok {
		return
	}
	tail := apitype.LogTail{Lines: []apitype.LogRecord{}}
	tail.Lines = append(tail.Lines, a.operations.Log(n)...)
	writeDocument(w, tail)
}
