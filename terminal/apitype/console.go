package apitype

import "time"

// ConsoleCode is the answer of POST /v1/console: a code that is good once, until Expires, and the address of the daemon's page with
// it. Whoever has the code can have the session.
type ConsoleCode struct {
	Code    string    `json:"code"`
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

// OpenConsole is the body of POST /v1/console/session.
type OpenConsole struct {
	Code string `json:"code"`
}

// ConsoleSession is its answer: what the daemon's page sends in the place of the token.
type ConsoleSession struct {
	Session string    `json:"session"`
	Expires time.Time `json:"expires"`
}

// Probe is the answer of GET /v1/probe: what is there, and what the caller may do. Origin is absent for programs, and Fields where
// they are not limited. Functions tells whether the caller may call the functions of 38号文.
type Probe struct {
	Version   string    `json:"version"`
	API       string    `json:"api"`
	Origin    string    `json:"origin,omitempty"`
	Fields    FieldList `json:"fields,omitzero"`
	Functions bool      `json:"functions"`
}
