package apitype

import "time"

// LogTail is the answer of GET /v1/log.
type LogTail struct {
	Lines []LogRecord `json:"lines"`
}

// LogRecord is one line of the daemon's log. Attributes in groups have their names joined: "a.b".
type LogRecord struct {
	Time       time.Time `json:"time"`
	Level      string    `json:"level"` // debug, info, warn, error
	Message    string    `json:"message"`
	Attributes Fields    `json:"attributes"`
}
