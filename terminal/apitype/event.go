package apitype

import "time"

// EventType says what a message of GET /v1/events is about.
type EventType string

// The first three are about the connection and have no number of their own; the others are events.
const (
	EventSnapshot  EventType = "snapshot"  // all readers, as after event Seq
	EventResumed   EventType = "resumed"   // the events after Seq follow
	EventHeartbeat EventType = "heartbeat" // nothing has happened since Seq

	EventServiceLost     EventType = "service.lost" // Code says why
	EventServiceRestored EventType = "service.restored"
	EventReaderAdded     EventType = "reader.added"
	EventReaderRemoved   EventType = "reader.removed"
	EventCardInserted    EventType = "card.inserted"
	EventCardIdentified  EventType = "card.identified" // Generation, or Code where it is none of ours
	EventCardRemoved     EventType = "card.removed"
)

// Event is one message of GET /v1/events. Events are numbered without gaps for the life of a daemon. They tell of
// readers and cards, never of persons.
type Event struct {
	Type EventType `json:"type"`
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time,omitzero"`

	Life    string       `json:"life,omitempty"`   // of a snapshot and of resumed: whose numbers these are
	Reset   bool         `json:"reset,omitempty"`  // of a snapshot: events were missed
	Readers []SeenReader `json:"readers,omitzero"` // of a snapshot

	Reader     *ReaderRef `json:"reader,omitempty"`
	Role       string     `json:"role,omitempty"`      // card, sam
	Interface  string     `json:"interface,omitempty"` // contact, contactless, unknown
	Card       string     `json:"card,omitempty"`      // see [SeenCard]
	Generation int        `json:"generation,omitempty"`
	Also       []Place    `json:"also,omitempty"` // where the same card is too: the other interface of a dual-interface card
	Code       Code       `json:"code,omitempty"`
}

// SeenReader is a reader in a snapshot; Card is null while it is empty.
type SeenReader struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	Interface string    `json:"interface"`
	Card      *SeenCard `json:"card"`
}

// SeenCard is a card in a snapshot. Card is an opaque reference: it is the same on both interfaces of a dual-interface
// card, and means nothing to another life of the daemon.
type SeenCard struct {
	Card       string    `json:"card"`
	Since      time.Time `json:"since"`
	Generation int       `json:"generation,omitempty"` // 0: not known yet
	Code       Code      `json:"code,omitempty"`       // why it cannot be read, such as card.mute
}

// Place is a reader and how the card touches it.
type Place struct {
	Reader    ReaderRef `json:"reader"`
	Interface string    `json:"interface"`
}
