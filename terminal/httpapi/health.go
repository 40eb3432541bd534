package httpapi

import (
	"net/http"

	"sscard/terminal"
	"sscard/terminal/apitype"
)

// health is open to all who reach the door: it counts, and says what is wrong. It names readers to who has the token.
func (a *api) health(w http.ResponseWriter, r *http.Request) {
	h := a.state()
	if !callerOf(r).Token {
		for i := range h.Problems {
			h.Problems[i].Reader, h.Problems[i].Detail = nil, ""
		}
	}
	writeDocument(w, h)
}

// Health is what GET /v1/health tells to who has the token.
func (s *Server) Health() apitype.Health { return s.api.state() }

func (a *api) state() apitype.Health {
	h := apitype.Health{Status: apitype.HealthOK, Version: a.version.Version, TestKeys: a.testKeys}
	readers, err := a.terminal.Readers()
	if err != nil {
		problem := terminal.AsError(err).Problem()
		h.Problem = &problem
	}
	for _, r := range readers {
		h.Readers++
		if r.Card != nil {
			h.Cards++
		}
	}
	h.Problems = append(a.terminal.Troubles(), a.troubles()...)
	if len(h.Problems) > 0 {
		h.Status = apitype.HealthDegraded
	}
	return h
}

// troubles are those that are not the readers'.
func (a *api) troubles() (list []apitype.Trouble) {
	if a.testKeys {
		list = append(list, apitype.TestKeysTrouble())
	}
	if a.audit != nil {
		if err := a.audit.Err(); err != nil {
			trouble := apitype.AuditTrouble()
			trouble.Detail = err.Error()
			list = append(list, trouble)
		}
	}
	return append(list, a.operations.Troubles()...)
}
