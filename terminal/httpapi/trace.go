package httpapi

import (
	"errors"
	"net/http"
	"slices"

	"sscard/reader"
	"sscard/terminal/apitype"
)

// Tape records what is said to cards while somebody wants it, for support.
type Tape interface {
	State() apitype.TraceState
	// Start records one reader, by its id, or all. Its error is [ErrTape] where it cannot.
	Start(readerID string) error
	// Stop ends it and gives what was recorded, without the persons on the cards. Its error is [ErrTape] where nothing was
	// recorded.
	Stop() (apitype.Trace, error)
	// Discard ends it and forgets what was recorded.
	Discard()
}

// ErrTape says that something is being recorded already, or that nothing is.
var ErrTape = errors.New("trace")

func (a *api) traceState(w http.ResponseWriter, r *http.Request) {
	if a.hasTape(w, r) {
		writeDocument(w, a.operations.Tape.State())
	}
}

func (a *api) startTrace(w http.ResponseWriter, r *http.Request) {
	if !a.hasTape(w, r) {
		return
	}
	var body apitype.StartTrace
	if err := readBody(r, &body); err != nil {
		writeBodyError(w, r, err)
		return
	}
	id, ok := a.readerID(w, r, body.Reader)
	if !ok {
		return
	}
	if err := a.operations.Tape.Start(id); err != nil {
		a.tapeFailed(w, r, err)
		return
	}
	writeDocument(w, a.operations.Tape.State())
}

// readerID finds the reader that the request names, or answers that there is none: nothing would be recorded.
func (a *api) readerID(w http.ResponseWriter, r *http.Request, named string) (id string, ok bool) {
	if named == "" {
		return "", true
	}
	readers, err := a.terminal.Readers()
	if err != nil {
		writeError(w, r, err)
		return "", false
	}
	i := slices.IndexFunc(readers, func(one reader.Reader) bool { return one.ID == named || one.Name == named })
	if i < 0 {
		writeCode(w, r, apitype.ReaderUnknown, "")
		return "", false
	}
	return readers[i].ID, true
}

func (a *api) stopTrace(w http.ResponseWriter, r *http.Request) {
	if !a.hasTape(w, r) {
		return
	}
	recorded, err := a.operations.Tape.Stop()
	if err != nil {
		a.tapeFailed(w, r, err)
		return
	}
	writeDocument(w, recorded)
}

func (a *api) discardTrace(w http.ResponseWriter, r *http.Request) {
	if a.hasTape(w, r) {
		a.operations.Tape.Discard()
		w.WriteHeader(http.StatusNoContent)
	}
}

// hasTape reports whether there is anything to record with, or answers that there is not.
func (a *api) hasTape(w http.ResponseWriter, r *http.Request) bool {
	if a.operations.Tape == nil {
		writeNoSuchPath(w, r)
	}
	return a.operations.Tape != nil
}

// tapeFailed answers for what cannot be. Where a recording cannot be redacted, which exchange it was is for the log: the recording is gone.
func (a *api) tapeFailed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrTape) {
		problem := apitype.NewProblem(apitype.RequestInvalid, err.Error())
		problem.Status = http.StatusConflict
		writeProblem(w, r, problem)
		return
	}
	a.log.Error("the recorded sessions cannot be redacted, and are forgotten", "err", err)
	writeCode(w, r, apitype.Internal, "the recorded sessions cannot be redacted, and are forgotten")
}
