package terminal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
	"sscard/terminal/sam"
)

// DebitRequest says what to debit a card with. Its time, to the second, tells it from others: a request that is made
// again with the same time and amounts is never debited again.
type DebitRequest struct {
	Reader    string
	Interface reader.Interface
	Card      CardIdentity
	Amounts   apdu.Amounts
	Time      time.Time
	Entry     PINEntry // of the PIN, which the card wants; nil: there is none
}

// Debit is a settlement with a card. Its TAC, over amounts, kind, terminal, terminal sequence and time, proves it to
// the back end.
type Debit struct {
	Card             CardIdentity
	Algorithm        string // 算法标识, such as 03
	Amounts          apdu.Amounts
	Kind             byte
	Terminal         string // 终端机编号
	Time             time.Time
	Sequence         uint16 // the card's number
	TerminalSequence uint32 // the terminal's
	MAC2, TAC        [4]byte
	TACKey           string // where an HSM has the key of the TAC
}

// DebitState is what is known of a debit: money and record are on the card both, or neither.
type DebitState int

// The states.
const (
	DebitUnknown DebitState = iota // only the card knows
	DebitDone
	DebitNotDone
)

func (s DebitState) String() string { return [...]string{"unknown", "done", "not done"}[s] }

// DebitError says what became of a debit that failed. Where the state is unknown, Debit is what to ask the card for
// ([Terminal.DebitProof]); where it is done, it has the TAC unless the card has made others since.
type DebitError struct {
	State DebitState
	Debit Debit
	Err   error
}

func (e *DebitError) Error() string { return fmt.Sprintf("debit %s: %v", e.State, e.Err) }

func (e *DebitError) Unwrap() error { return e.Err }

// errDebited says that a request was carried out before, and its answer lost.
var errDebited = errors.New("the card was debited for this request before")

// Debit debits the card with the keys of a PSAM. Where the card is lost in the middle, the terminal waits for it to
// come back, half a minute at most, and asks it what became of the debit; MAC2 is then no longer shown to the PSAM.
// Its errors wrap a [*DebitError].
func (t *Terminal) Debit(ctx context.Context, req DebitRequest) (Debit, error) {
	return audited(ctx, t, apitype.AuditDebit, "debit", func(ctx context.Context) (Debit, error) {
		s := &settlement{terminal: t}
		err := t.withCardOnce(ctx, req.Reader, req.Interface, func(lease *reader.Lease) error {
			return s.run(ctx, lease, req)
		})
		if errors.Is(err, errDebited) && s.recall() {
			err = nil
		}
		return s.end(ctx, err)
	})
}

// run debits the card with the PSAM.
func (s *settlement) run(ctx context.Context, lease *reader.Lease, req DebitRequest) error {
	keys := s.terminal.keys
	o, auth, err := s.terminal.openFor(ctx, lease, req.Card)
	if err != nil {
		return err
	}
	if keys == nil || errors.Is(auth.proof, errNotGenuine) {
		return auth.proof
	}
	number, err := keys.TerminalNumber(ctx, auth.card.Algorithm)
	if err != nil {
		return err
	}
	if err := s.begin(ctx, lease, o, req, number); err != nil {
		return err
	}
	key := sam.Key{Name: s.key.Name, Usage: s.key.Usage, ID: s.key.PSAM}
	return keys.Settle(ctx, auth.card, key, s.purchase(), func(sequence uint32, mac1 [4]byte) ([4]byte, error) {
		err := s.debit(ctx, sequence, mac1)
		return s.MAC2, err
	})
}

// end tells what became of the settlement, once that is found out.
func (s *settlement) end(ctx context.Context, err error) (Debit, error) {
	state := s.state(err)
	if state == DebitUnknown {
		var fails error
		state, fails = s.terminal.recover(ctx, s.reader, &s.Debit)
		switch {
		case state == DebitDone:
			err = nil
		case errors.Is(fails, errCardChanged):
			err = fails
		}
	}
	if state != DebitUnknown {
		s.terminal.debits.forget(s.Debit)
	}
	noteDebit(ctx, state)
	if err == nil {
		return s.Debit, nil
	}
	return s.Debit, &DebitError{state, s.Debit, err}
}
