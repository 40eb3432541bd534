package httpapi

import (
	"errors"
	"fmt"
	"net/http"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
	"sscard/terminal/door"
)

// The door is worked from within: by programs with the token, and by our own page with it.

func (a *api) origins(w http.ResponseWriter, _ *http.Request) { writeDocument(w, a.door.Origins()) }

func (a *api) allowOrigin(w http.ResponseWriter, r *http.Request) {
	var body apitype.AllowOrigin
	if err := readBody(r, &body); err != nil {
		writeBodyError(w, r, err)
		return
	}
	if err := a.checkFields(body.Fields); err != nil {
		writeCode(w, r, apitype.RequestInvalid, err.Error())
		return
	}
	a.changed(w, r, a.door.Allow(config.Origin{Origin: body.Origin, Fields: body.Fields}))
}

func (a *api) denyOrigin(w http.ResponseWriter, r *http.Request) {
	var body apitype.DenyOrigin
	if err := readBody(r, &body); err != nil {
		writeBodyError(w, r, err)
		return
	}
	a.changed(w, r, a.door.Deny(body.Origin))
}

func (a *api) rotateToken(w http.ResponseWriter, r *http.Request) { a.changed(w, r, a.door.Rotate()) }

// checkFields finds a field that no layout knows: a limit with a slip of the pen in it is none that was meant.
func (a *api) checkFields(fields []string) error {
	for _, field := range fields {
		if !a.terminal.KnownField(field) {
			return fmt.Errorf("no such field: %.100q", field)
		}
	}
	return nil
}

// changed answers for a change at the door.
func (a *api) changed(w http.ResponseWriter, r *http.Request, err error) {
	var problem apitype.Problem
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	case errors.Is(err, config.ErrInvalid):
		problem = apitype.NewProblem(apitype.RequestInvalid, err.Error())
	case errors.Is(err, door.ErrConfigured):
		problem = apitype.NewProblem(apitype.RequestInvalid, err.Error())
		problem.Status = http.StatusConflict
	case errors.Is(err, door.ErrUnknown):
		problem = apitype.NewProblem(apitype.RequestInvalid, err.Error())
		problem.Status = http.StatusNotFound
	default:
		a.log.Error("the door cannot be changed", "err", err)
		problem = apitype.NewProblem(apitype.Internal, err.Error())
	}
	writeProblem(w, r, problem)
}
