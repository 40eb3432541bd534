package apitype

import "time"

// TraceState is the answer of GET and POST /v1/trace. Dropped are sessions for which there was no room.
type TraceState struct {
	Recording bool      `json:"recording"`
	Since     time.Time `json:"since,omitzero"`
	Reader    string    `json:"reader,omitempty"` // id; absent: all
	Sessions  int       `json:"sessions"`
	Dropped   int       `json:"dropped"`
}

// StartTrace is the body of POST /v1/trace.
type StartTrace struct {
	Reader string `json:"reader,omitempty"` // id or name
}

// Trace is the answer of POST /v1/trace/stop: what was said to cards, without the persons on them (docs/trace-format.md).
type Trace struct {
	Sessions int    `json:"sessions"`
	Dropped  int    `json:"dropped"`
	Trace    string `json:"trace"`
}
