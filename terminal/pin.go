package terminal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/apitype"
)

// A PIN has 4 to 16 digits (LD/T 33): two to eight bytes on the card.
const (
	minPIN = 4
	maxPIN = 16
)

// PIN is what a holder entered, as digits. It cannot print itself, and whoever has it clears it.
type PIN []byte

// Clear overwrites the digits.
func (p PIN) Clear() { clear(p) }

// Format masks the digits under every verb.
func (PIN) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[PIN]") }

// MarshalText masks the digits.
func (PIN) MarshalText() ([]byte, error) { return []byte("[PIN]"), nil }

// coded is the PIN as cards take it: packed BCD, an odd one filled with F.
func (p PIN) coded() []byte {
	coded := bytes.Repeat([]byte{0xFF}, (len(p)+1)/2)
	for i, digit := range p {
		shift := 4 * (1 - i%2)
		coded[i/2] = coded[i/2]&^(0x0F<<shift) | (digit-'0')<<shift
	}
	return coded
}

func (p PIN) check() error {
	if len(p) < minPIN || len(p) > maxPIN || !allDigits(string(p)) {
		return ErrPINLength
	}
	return nil
}

// What keeps a PIN from being entered.
var (
	ErrPINCancelled = errors.New("entering the PIN was cancelled")
	ErrPINTimeout   = errors.New("the PIN was not entered in time")
	ErrPINLength    = errors.New("a PIN has 4 to 16 digits")
	ErrPINMismatch  = errors.New("the two entries of the new PIN differ")
	ErrPINNoEntry   = errors.New("there is no way to enter a PIN here")

	errPINWrong   = errors.New("the PIN is wrong")
	errPINBlocked = errors.New("the PIN is blocked")
)

// PINKind is which PIN the holder is asked for.
type PINKind string

// The kinds.
const (
	PINCurrent PINKind = "current"
	PINNew     PINKind = "new"
	PINRepeat  PINKind = "repeat"
)

// PINPrompt is what the holder is asked for, and for the card in which reader: there may be cards in others.
type PINPrompt struct {
	Kind   PINKind
	Reader reader.Reader
}

// PINEntry has the holder enter a PIN. The program never makes one up, keeps one, or tries one twice.
type PINEntry interface {
	// Enter asks for one PIN. The caller clears it. It fails with one of the errors above. The end of ctx, which comes too
	// when the card is taken out, ends the asking; for whom the PIN is asked is in ctx ([CallerOf]).
	Enter(ctx context.Context, prompt PINPrompt) (PIN, error)
}

// directPIN is a PINEntry whose reader talks to the card by itself, so that the PIN never reaches this program
// (PC/SC part 10). It gives the card's status word.
type directPIN interface {
	VerifyDirect(ctx context.Context, lease *reader.Lease) (apdu.StatusWord, error)
}

// Tries is how many wrong PINs the card still takes; -1 where it does not say.
type Tries struct{ Before, After int }

const untold = -1

// PINRequest says on which card, and how, a PIN is to be used.
type PINRequest struct {
	Reader    string
	Interface reader.Interface
	Card      CardIdentity
	Entry     PINEntry
}

// VerifyPIN has the holder enter the PIN and the card check it. A blocked PIN is not asked for.
func (t *Terminal) VerifyPIN(ctx context.Context, req PINRequest) (Tries, error) {
	return t.withPIN(ctx, "verify PIN", req, func(ctx context.Context, s *session, lease *reader.Lease) (Tries, error) {
		return s.verifyPIN(ctx, lease, req.Entry)
	})
}

// ChangePIN has the holder enter the PIN, and a new one twice, and the card change it.
func (t *Terminal) ChangePIN(ctx context.Context, req PINRequest) (Tries, error) {
	return t.withPIN(ctx, "change PIN", req, func(ctx context.Context, s *session, lease *reader.Lease) (Tries, error) {
		return s.changePIN(ctx, lease, req.Entry)
	})
}

// withPIN opens the card for something with its PIN.
func (t *Terminal) withPIN(ctx context.Context, op string, req PINRequest,
	fn func(context.Context, *session, *reader.Lease) (Tries, error)) (Tries, error) {
	return audited(ctx, t, apitype.AuditPIN, op, func(ctx context.Context) (tries Tries, err error) {
		err = t.withCardOnce(ctx, req.Reader, req.Interface, func(lease *reader.Lease) error {
			o, _, err := t.openFor(ctx, lease, req.Card)
			if err != nil {
				return err
			}
			tries, err = fn(ctx, o.session, lease)
			return err
		})
		return tries, err
	})
}

// withCardOnce is withCard for what must not be started over: a PIN would be tried twice.
func (t *Terminal) withCardOnce(ctx context.Context, id string, is reader.Interface, fn func(*reader.Lease) error) error {
	r, err := t.pick(ctx, id, is)
	if err != nil {
		return err
	}
	lease, err := t.pool.Acquire(ctx, r.ID)
	if err != nil {
		return err
	}
	defer lease.Release()
	return fn(lease)
}

func (s *session) verifyPIN(ctx context.Context, lease *reader.Lease, entry PINEntry) (Tries, error) {
	tries, err := s.triesLeft(ctx)
	if err != nil {
		return tries, err
	}
	s.resetAtEnd()
	if direct, ok := entry.(directPIN); ok {
		sw, err := direct.VerifyDirect(ctx, lease)
		return s.pinAnswer(ctx, tries, sw, err)
	}
	pin, err := enter(ctx, lease, entry, PINCurrent)
	if err != nil {
		return tries, err
	}
	defer pin.Clear()
	return s.sendPIN(ctx, tries, apdu.Verify(pin.coded()))
}

func (s *session) changePIN(ctx context.Context, lease *reader.Lease, entry PINEntry) (Tries, error) {
	tries, err := s.triesLeft(ctx)
	if err != nil {
		return tries, err
	}
	current, err := enter(ctx, lease, entry, PINCurrent)
	if err != nil {
		return tries, err
	}
	defer current.Clear()
	replacement, err := enterNew(ctx, lease, entry)
	if err != nil {
		return tries, err
	}
	defer replacement.Clear()
	return s.sendPIN(ctx, tries, apdu.ChangePIN(current.coded(), replacement.coded()))
}

// enter has one PIN entered for the card of the lease. Where the card does not stay for it, what was entered is for no card.
func enter(ctx context.Context, lease *reader.Lease, entry PINEntry, kind PINKind) (PIN, error) {
	if entry == nil {
		return nil, ErrPINNoEntry
	}
	there, stop := attend(ctx, lease)
	pin, err := entry.Enter(there, PINPrompt{kind, lease.Reader()})
	if lost := stop(); lost != nil {
		pin.Clear()
		return nil, lost
	}
	if err != nil {
		return nil, err
	}
	if err := pin.check(); err != nil {
		pin.Clear()
		return nil, err
	}
	return pin, nil
}

// enterNew asks for a new PIN twice.
func enterNew(ctx context.Context, lease *reader.Lease, entry PINEntry) (PIN, error) {
	pin, err := enter(ctx, lease, entry, PINNew)
	if err != nil {
		return nil, err
	}
	again, err := enter(ctx, lease, entry, PINRepeat)
	if err == nil && !bytes.Equal(pin, again) {
		err = ErrPINMismatch
	}
	again.Clear()
	if err != nil {
		pin.Clear()
		return nil, err
	}
	return pin, nil
}

// triesLeft asks the card without costing a try (VERIFY without data, LD/T 32).
func (s *session) triesLeft(ctx context.Context) (Tries, error) {
	response, err := s.channel.Send(ctx, apdu.PINTries())
	if err != nil {
		return Tries{untold, untold}, err
	}
	left, told := response.SW.TriesLeft()
	if !told {
		left = untold
	}
	tries := Tries{left, left}
	if left == 0 || response.SW == swBlocked {
		return Tries{0, 0}, errPINBlocked
	}
	return tries, nil
}

const swBlocked apdu.StatusWord = 0x6983

// sendPIN sends a command that holds a PIN, and clears it.
func (s *session) sendPIN(ctx context.Context, tries Tries, command apdu.Command) (Tries, error) {
	defer clear(command.Data)
	response, err := s.channel.Send(ctx, command)
	return s.pinAnswer(ctx, tries, response.SW, err)
}

// pinAnswer tells what the card made of a PIN.
func (s *session) pinAnswer(_ context.Context, tries Tries, sw apdu.StatusWord, err error) (Tries, error) {
	if err != nil {
		return tries, err
	}
	if left, wrong := sw.TriesLeft(); wrong {
		tries.After = left
		return tries, errors.Join(errPINWrong, &apdu.StatusError{Command: "VERIFY", SW: sw})
	}
	switch {
	case sw == swBlocked:
		tries.After = 0
		return tries, errPINBlocked
	case !sw.OK():
		return tries, &apdu.StatusError{Command: "VERIFY", SW: sw}
	}
	return tries, nil
}
