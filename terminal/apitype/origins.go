package apitype

import (
	"encoding/json"
	"errors"
	"time"
)

// Origins is the answer of GET /v1/origins and of `sscard origin list --json`.
type Origins struct {
	Allowed []AllowedOrigin `json:"allowed"`
	Refused []RefusedOrigin `json:"refused"`
}

// AllowedOrigin is a web origin that may call. No fields is no limit; an empty list is nothing at all. Source is config, or state: allowed
// while the daemon ran, and kept beside the token.
type AllowedOrigin struct {
	Origin string    `json:"origin"`
	Fields FieldList `json:"fields,omitzero"`
	Source string    `json:"source"`
}

// RefusedOrigin is one that was turned away. Origin is what somebody sent, cut short: show it as text only. Command would
// allow it, and is absent where no browser sends such an origin.
type RefusedOrigin struct {
	Origin  string    `json:"origin"`
	Count   int       `json:"count"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Asked   string    `json:"asked"` // last: "POST /v1/read"
	Command string    `json:"command,omitempty"`
}

// AllowOrigin is the body of POST /v1/origins.
type AllowOrigin struct {
	Origin string    `json:"origin"`
	Fields FieldList `json:"fields,omitzero"`
}

// DenyOrigin is the body of DELETE /v1/origins.
type DenyOrigin struct {
	Origin string `json:"origin"`
}

// FieldList limits what may be read. Absent it is no limit; null is refused, for who writes that does not mean everything.
type FieldList []string

// UnmarshalJSON implements [json.Unmarshaler].
func (f *FieldList) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return errors.New("fields: null is neither a list nor its absence")
	}
	return json.Unmarshal(b, (*[]string)(f))
}
