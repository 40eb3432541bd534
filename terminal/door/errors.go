package door

import "errors"

// Errors of changing the list.
var (
	ErrConfigured = errors.New("the origin stands in the configuration: change it there")
	ErrUnknown    = errors.New("no such origin is allowed")
	errNoKeeper   = errors.New("nothing can be kept here")
)
