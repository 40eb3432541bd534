package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
)

const (
	recoverWithin = 30 * time.Second
	recoverPause  = 500 * time.Millisecond // between two failures, as when a card is still being pushed in
	maxDebits     = 1024

	swNoProof apdu.StatusWord = 0x9406
)

// ProofRequest asks a card for a debit of it.
type ProofRequest struct {
	Reader    string
	Interface reader.Interface
	Debit     Debit // of a [DebitError]
}

// DebitProof asks the card what became of a debit (GET TRANSACTION PROOF) and completes it with its MAC2 and TAC where
// it is done. A card keeps the proof of its last transaction alone: one that has made others since says that the debit
// was not done. No PIN is wanted.
func (t *Terminal) DebitProof(ctx context.Context, req ProofRequest) (Debit, DebitState, error) {
	d := req.Debit
	state, err := audited(ctx, t, apitype.AuditDebit, "debit proof", func(ctx context.Context) (DebitState, error) {
		state, err := t.proof(ctx, req.Reader, req.Interface, &d)
		noteDebit(ctx, state)
		return state, err
	})
	if state != DebitUnknown {
		t.debits.forget(d)
	}
	return d, state, err
}

// recover waits for the card to come back, and asks it until it answers. Another card ends the waiting, and so does one
// that says no.
func (t *Terminal) recover(ctx context.Context, id string, d *Debit) (state DebitState, err error) {
	ctx, cancel := context.WithTimeout(ctx, recoverWithin)
	defer cancel()
	for {
		if _, err := t.pool.Await(ctx, func(s reader.Snapshot) bool { return holdsCard(s, id) }); err != nil {
			return DebitUnknown, err
		}
		state, err = t.proof(ctx, id, reader.Unknown, d)
		if err == nil || errors.Is(err, errCardChanged) || saidNo(err) || isAbsent(err) {
			return state, err
		}
		select {
		case <-time.After(recoverPause):
		case <-ctx.Done():
			return DebitUnknown, err
		}
	}
}

func holdsCard(s reader.Snapshot, id string) bool {
	return slices.ContainsFunc(s.Readers, func(r reader.Reader) bool { return r.ID == id && r.Card != nil })
}

// proof asks the card in the reader, once it is seen to be the one of the debit.
func (t *Terminal) proof(ctx context.Context, id string, is reader.Interface, d *Debit) (state DebitState, err error) {
	err = t.withCard(ctx, id, is, func(lease *reader.Lease) error {
		o, err := t.open(ctx, lease, t.everything())
		if err != nil {
			return err
		}
		if err := o.is(d.Card); err != nil {
			return err
		}
		if err := o.enterMedical(ctx, o.unlocker(nobody)); err != nil {
			return err
		}
		return d.prove(ctx, o.session)
	})
	var status *apdu.StatusError
	switch {
	case err == nil:
		return DebitDone, nil
	case errors.As(err, &status) && status.SW == swNoProof:
		return DebitNotDone, nil
	}
	return DebitUnknown, err
}

// prove takes MAC2 and TAC from the card's proof of the debit.
func (d *Debit) prove(ctx context.Context, s *session) error {
	data, err := s.channel.Do(ctx, "GET TRANSACTION PROOF", apdu.GetProof(d.Kind, d.Sequence))
	if err != nil {
		return err
	}
	const tac, length = 4, 8
	if len(data) != length {
		return fmt.Errorf("GET TRANSACTION PROOF: %w: %d bytes", errMalformed, len(data))
	}
	d.MAC2, d.TAC = [4]byte(data), [4]byte(data[tac:])
	return nil
}

// debits remembers, by card, those that went out and whose end nobody has learned. The card has all of them but the
// terminal's number, without which the TAC cannot be checked.
type debits struct {
	mu   sync.Mutex
	sent map[string]Debit
}

func (m *debits) remember(d Debit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sent == nil || len(m.sent) >= maxDebits {
		m.sent = make(map[string]Debit)
	}
	m.sent[d.Card.CardID] = d
}

func (m *debits) forget(d Debit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := m.sent[d.Card.CardID]
	if last.Sequence == d.Sequence && last.TerminalSequence == d.TerminalSequence {
		delete(m.sent, d.Card.CardID)
	}
}

// recall completes a debit that the card has by what is remembered of it.
func (s *settlement) recall() bool {
	m := &s.terminal.debits
	m.mu.Lock()
	defer m.mu.Unlock()
	last, known := m.sent[s.Card.CardID]
	if !known || !s.done || last.Sequence != s.Sequence {
		return false
	}
	s.TerminalSequence = last.TerminalSequence
	return true
}
