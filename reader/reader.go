// Package reader knows card readers: which there are, whether they hold a card, who may talk to it now,
// and what to do when it fails.
//
// A [Pool] watches a [Driver] and hands out leases: one at a time a reader, in the order of asking, each
// a fresh shared connection inside a transaction. A [Lease] transmits APDUs; the first failure poisons it.
// Readers never wait for each other: what hangs, hangs alone and is abandoned at its caller's deadline, and while it
// hangs nobody else is let in (hang.go).
//
// The package is pure Go and imports nothing of this project. Drivers live beside it: reader/pcsc over
// a PC/SC service, reader/virtual in memory. Names follow PC/SC part 5 and ISO/IEC 7816-3.
// A Pool is safe for concurrent use; a Lease belongs to one goroutine.
package reader

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Role is what a slot is for.
type Role string

// A slot with the role of a SAM is never offered for a person's card.
const (
	RoleCard Role = "card"
	RoleSAM  Role = "sam"
)

// Reader is a snapshot of one slot.
type Reader struct {
	ID        string // stable for a name and opaque: callers compare it, nothing else
	Name      string // as the PC/SC service gives it
	Role      Role
	Interface Interface
	Card      *Card // nil: empty
	State     State
	Hang      *Hang // why the state is hung
}

// State is whether a reader can be had.
type State string

// Busy: one of our own leases has it. Hung: a call to it was abandoned and does not come back; see [Hang].
const (
	StateOK   State = "ok"
	StateBusy State = "busy"
	StateHung State = "hung"
)

// Card is what a slot knows of the card in it. Mute: a card is there and gave no valid answer to reset.
type Card struct {
	ATR   []byte
	Since time.Time
	Mute  bool

	insertion uint64 // tells two insertions of the same card apart
}

// IDOf is the id of the reader with this name.
func IDOf(name string) string { return idOf(name) }

// idOf derives the reader's id from its name, so that it survives restarts and replugging.
func idOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "r" + hex.EncodeToString(sum[:6])
}

// Slot is what a driver reports of one reader.
type Slot struct {
	Name    string
	Present bool
	Mute    bool
	ATR     []byte
	Events  uint32 // counts insertions and removals; 0 where the service does not, and only the ATR tells a new card
}

// Driver is what this package needs of a PC/SC service.
type Driver interface {
	// Watch calls report with all slots at once and then after each change, until ctx ends or the service
	// is lost. It is called by one goroutine only and returns an error that wraps a sentinel of
	// this package, or ctx's.
	Watch(ctx context.Context, report func([]Slot)) error
	// Open makes a connection to the named reader without touching the service.
	Open(reader string) Conn
}

// Witness is what a Driver may be besides: one that sees who else uses the service.
type Witness interface {
	// Holder names the program that a busy reader is busy with, such as "scdaemon (pid 4711)", or those that it may be;
	// "" where that cannot be told.
	Holder() string
}

// Conn is one connection to one reader. One goroutine calls it. Errors wrap sentinels of this package or
// are those of ctx; a call that its ctx ended has poisoned the connection, and what hangs behind it is
// given back when the service lets go of it. Connect may answer that with ErrNoService: it is not a reader that hangs.
type Conn interface {
	// Connect powers the card where needed, and begins a transaction, shared, with any protocol. It
	// gives the answer to reset.
	Connect(ctx context.Context) (atr []byte, err error)
	// Transmit sends one command APDU of 4 bytes or more; the response belongs to the caller.
	Transmit(ctx context.Context, command []byte) ([]byte, error)
	// Touch asks for the card's state, which keeps Windows from resetting a card that is idle in a transaction
	// for five seconds, and tells where it was pulled or reset. The card itself notices nothing.
	Touch(ctx context.Context) error
	// ResetOnClose has the card reset at the end, so that nothing that was opened in it stays open.
	ResetOnClose()
	// Close ends the transaction and the connection. It does not wait for it: Done tells.
	Close()
	// Done is closed when nothing of the connection is left.
	Done() <-chan struct{}
}
