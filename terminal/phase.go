package terminal

import (
	"context"
	"time"

	"sscard/apdu"
	"sscard/reader"
)

// Phases of an operation, beside those of package reader: what is asked of the card. That of authentication has the time
// in which a PSAM or an HSM's stand-in answers, too.
const (
	PhaseSelect       = "select"
	PhaseRead         = "read"
	PhaseWrite        = "write"
	PhaseAuthenticate = "authenticate"
	PhasePIN          = "pin"
	PhaseDebit        = "debit"
)

var phases = map[byte]string{
	apdu.InsSelect:     PhaseSelect,
	apdu.InsReadBinary: PhaseRead, apdu.InsReadRecord: PhaseRead, apdu.InsGetBalance: PhaseRead, apdu.InsGetProof: PhaseRead,
	apdu.InsUpdateBinary: PhaseWrite, apdu.InsUpdateRecord: PhaseWrite,
	apdu.InsGetChallenge: PhaseAuthenticate, apdu.InsInternalAuthenticate: PhaseAuthenticate, apdu.InsExternalAuthenticate: PhaseAuthenticate,
	apdu.InsVerify: PhasePIN, apdu.InsChangePIN: PhasePIN, apdu.InsReloadPIN: PhasePIN,
	apdu.InsInitialize: PhaseDebit, apdu.InsDebit: PhaseDebit, apdu.InsCredit: PhaseDebit,
}

// timed notes how long the card takes for each kind of command.
type timed struct {
	apdu.Transmitter
	spent func(phase string, d time.Duration)
	phase string // of the last command that was not the rest of another
}

// timing is the card, which notes it where it keeps account.
func timing(card Card) *timed {
	t := &timed{Transmitter: card, spent: func(string, time.Duration) {}}
	if account, ok := card.(interface{ Spent(string, time.Duration) }); ok {
		t.spent = account.Spent
	}
	return t
}

var _ interface{ Spent(string, time.Duration) } = (*reader.Lease)(nil)

// Transmit implements [apdu.Transmitter]. GET RESPONSE belongs to the command before it.
func (t *timed) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if phase, known := phases[command[1]]; known {
		t.phase = phase
	}
	defer t.during(t.phase)()
	return t.Transmitter.Transmit(ctx, command)
}

// during notes, when what it returns is called, how long something else took that belongs to the phase.
func (t *timed) during(phase string) (done func()) {
	begun := time.Now()
	return func() { t.spent(phase, time.Since(begun)) }
}
