package httpapi

import (
	"cmp"
	"net/http"

	"sscard/terminal/apitype"
)

// handshake keeps back the text with which a request is refused that cannot become a WebSocket: callers get a problem.
type handshake struct {
	http.ResponseWriter
	refused int // status
}

func (h *handshake) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		h.ResponseWriter.WriteHeader(status)
		return
	}
	h.refused = status
}

func (h *handshake) Write(b []byte) (int, error) {
	if h.refused != 0 {
		return len(b), nil
	}
	return h.ResponseWriter.Write(b)
}

// Unwrap lets the connection be taken over.
func (h *handshake) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// refuse answers with the status that was kept back.
func (h *handshake) refuse(r *http.Request, why error) {
	problem := apitype.NewProblem(apitype.RequestInvalid, why.Error())
	problem.Status = cmp.Or(h.refused, problem.Status)
	writeProblem(h.ResponseWriter, r, problem)
}
