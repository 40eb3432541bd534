package httpapi

import "sscard/terminal/door"

// Route is a route, as the tests see it.
type Route struct {
	Method, Path string
	Access       door.Access
}

// Routes are those of the server.
func Routes() (list []Route) {
	a := &api{operations: Operations{}.orNothing()}
	for _, r := range a.routes() {
		list = append(list, Route{r.method, r.path, r.access})
	}
	return list
}
