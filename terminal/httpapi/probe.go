package httpapi

import (
	"net/http"

	"sscard/terminal/apitype"
)

// probe tells a page whether it may call, before it shows a button for it. A page that may not is told so by the door, and may read that.
func (a *api) probe(w http.ResponseWriter, r *http.Request) {
	c := callerOf(r)
	writeDocument(w, apitype.Probe{
		Version: a.version.Version, API: a.version.API, Origin: c.Origin, Fields: c.Fields,
		Functions: (c.Origin != "" || c.Token) && !c.limited(),
	})
}
