package apitype

import "time"

// AuditEvent is what a line of the audit log tells of.
type AuditEvent string

// The events: what was done with a card, and what became of the log itself.
const (
	AuditRead   AuditEvent = "read"
	AuditVerify AuditEvent = "verify"
	AuditPIN    AuditEvent = "pin"
	AuditWrite  AuditEvent = "write"
	AuditDebit  AuditEvent = "debit"

	AuditStart  AuditEvent = "start"  // a program begins to write
	AuditRotate AuditEvent = "rotate" // the last line of a file: the next goes on in another
	AuditTorn   AuditEvent = "torn"   // what stands between this line and the one before is half a line
	AuditGap    AuditEvent = "gap"    // lines could not be written for a time
)

// AuditOK is the outcome of what did not fail; others are codes.
const AuditOK = "ok"

// AuditRecord is a line of the audit log. It has names of fields and never what a card says in them.
type AuditRecord struct {
	Seq       uint64       `json:"seq"` // from 1, without a gap
	Time      time.Time    `json:"time"`
	Event     AuditEvent   `json:"event"`
	Caller    *AuditCaller `json:"caller,omitempty"`
	Function  string       `json:"function,omitempty"` // as it was called: "read", "iReadCardBas"
	Reader    *ReaderRef   `json:"reader,omitempty"`
	Interface string       `json:"interface,omitempty"`

	CardNumber   string        `json:"card_number,omitempty"` // its first and last character
	RegionCode   string        `json:"region_code,omitempty"`
	Authenticity *Authenticity `json:"authenticity,omitempty"`

	Asked     []string `json:"asked,omitempty"`   // fields or groups; files and items of them
	Given     []string `json:"given,omitzero"`    // of what was read; absent where nothing was given
	Written   []string `json:"written,omitempty"` // to the card, also where it then failed
	Debit     string   `json:"debit,omitempty"`   // done, not done, unknown
	Outcome   string   `json:"outcome,omitempty"` // ok, or a code
	RequestID string   `json:"request_id,omitempty"`

	Version string         `json:"version,omitempty"` // start
	Oldest  uint64         `json:"oldest,omitempty"`  // rotate: the first line that is kept
	Torn    *AuditTornPart `json:"torn,omitempty"`
	Gap     *AuditGapPart  `json:"gap,omitempty"`

	Prev string `json:"prev"` // SM3 of the line before with its line feed, in hexadecimal
}

// AuditCaller is who called: a web page by its origin, or a program by its user.
type AuditCaller struct {
	Origin string `json:"origin,omitempty"`
	User   string `json:"user,omitempty"`
}

// AuditTornPart is half a line that a crash has left, with the line feed that now ends it.
type AuditTornPart struct {
	Bytes int    `json:"bytes"`
	SM3   string `json:"sm3"`
}

// AuditGapPart is a time in which the log could not be written.
type AuditGapPart struct {
	Since   time.Time `json:"since"`
	Late    int       `json:"late"`    // lines that stand before this one, with their own times
	Lost    int       `json:"lost"`    // lines that were too many to be kept
	Refused int       `json:"refused"` // operations that were refused for it, and have no line
}

// AuditTail is the answer of GET /v1/audit: the last lines, the oldest first.
type AuditTail struct {
	Lines []AuditRecord `json:"lines"`
}
