package terminal

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"sscard/apdu"
	"sscard/reader"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

const (
	applicationMedical = "DF04" // 社会保险 2
	fileDetails        = "EF08" // 医疗费用结算交易明细, which the card writes itself
	keyDPK             = "DPK1" // of MAC1 and MAC2; its id in a PSAM is its index in the card too
	keyDTK             = "DTK"  // of the TAC

	// kindSettlement is the type of transaction (an1). The standard's values are not public.
	kindSettlement byte = '1'

	stampForm = "20060102150405"
)

// settlement is a debit on its way between card and terminal.
type settlement struct {
	Debit
	terminal *Terminal
	reader   string // its id
	opened   *opened
	key      profile.Key // DPK

	random             [4]byte // the card's
	version, algorithm byte    // of its DPK

	sent bool // DEBIT has gone out, and was not refused: only the card knows what became of it
	done bool // the card has said so
}

// begin brings the card to where DEBIT must be the next thing it hears. A request that it was debited for before ends
// with errDebited.
func (s *settlement) begin(ctx context.Context, lease *reader.Lease, o *opened, req DebitRequest, number string) error {
	s.reader, s.opened = lease.Reader().ID, o
	s.Debit = Debit{
		Card:      CardIdentity{o.cardID, decodedAs(o.issuer.file, fieldCardNumber, o.issuer.got)},
		Algorithm: algorithmCode(o.reading.Algorithm), Amounts: req.Amounts, Kind: kindSettlement, Terminal: number,
		Time: req.Time,
	}
	var known bool
	if s.key, known = o.layout.Key(keyDPK); !known {
		return fmt.Errorf("%w: %s", sam.ErrKey, keyDPK)
	}
	if dtk, known := o.layout.Key(keyDTK); known && len(dtk.HSM) > 0 {
		s.TACKey = dtk.HSM[0]
	}
	u := o.unlocker(o.session.withPIN(nobody, lease, req.Entry))
	if err := o.enterMedical(ctx, u); err != nil {
		return err
	}
	return u.read(ctx, profile.Access{{profile.PIN}}, func() error {
		if err := s.notBefore(ctx); err != nil {
			return err
		}
		return s.initialize(ctx)
	})
}

func (o *opened) enterMedical(ctx context.Context, u *unlocker) error {
	app, known := o.layout.Application(applicationMedical)
	if !known {
		return fmt.Errorf("%w: %s", errNotInLayout, applicationMedical)
	}
	return u.enter(ctx, app)
}

// detail is the part of a record of EF08 that tells a settlement from others: type1 ∥ terminal6 ∥ time7 ∥ amounts12.
func (s *settlement) detail() []byte {
	number, stamp := s.number(), s.stamp()
	return s.Amounts.Append(slices.Concat([]byte{s.Kind}, number[:], stamp[:]))
}

// notBefore looks for the request among the card's settlements, from the newest to those of its own time.
func (s *settlement) notBefore(ctx context.Context) error {
	const sequence, time, timeEnd, length = 2, 9, 16, 28
	o := s.opened
	app, _ := o.layout.Application(applicationMedical)
	file, known := app.File(fileDetails)
	if !known || file.Length != length {
		return nil
	}
	if err := o.session.selectFile(ctx, file); err != nil {
		return ifPresent(err)
	}
	stamp := s.stamp()
	for number := 1; number <= maxRecordNumber; number++ {
		record, err := o.session.readNumber(ctx, file, number)
		switch {
		case err != nil:
			return ifPresent(err)
		case bytes.Equal(record[sequence:], s.detail()):
			s.Sequence = binary.BigEndian.Uint16(record)
			err := s.prove(ctx, o.session)
			s.done = err == nil
			return errors.Join(errDebited, err)
		case bytes.Compare(record[time:timeEnd], stamp[:]) < 0:
			return nil
		}
	}
	return nil
}

// ifPresent takes what a card does not have for an answer.
func ifPresent(err error) error {
	if isAbsent(err) {
		return nil
	}
	return err
}

// initialize takes the card's part: balances12 ∥ year2 ∥ sequence2 ∥ version1 ∥ algorithm1 ∥ random4. It changes nothing.
func (s *settlement) initialize(ctx context.Context) error {
	const sequence, version, algorithm, random, length = 14, 16, 17, 18, 22
	data, err := s.opened.session.channel.Do(ctx, "INITIALIZE FOR PURCHASE", apdu.InitSettlement(s.key.PSAM, s.Amounts, s.number()))
	if err != nil {
		return err
	}
	if len(data) != length {
		return fmt.Errorf("INITIALIZE FOR PURCHASE: %w: %d bytes", errMalformed, len(data))
	}
	s.Sequence = binary.BigEndian.Uint16(data[sequence:])
	s.version, s.algorithm, s.random = data[version], data[algorithm], [4]byte(data[random:])
	return nil
}

// purchase is what the PSAM is told of the card's part.
func (s *settlement) purchase() apdu.SAMPurchase {
	return apdu.SAMPurchase{
		Random: s.random, Sequence: s.Sequence, Amounts: s.Amounts, Kind: s.Kind, Time: s.stamp(),
		Version: s.version, Algorithm: s.algorithm,
	}
}

// debit is the one command that takes money.
func (s *settlement) debit(ctx context.Context, sequence uint32, mac1 [4]byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.TerminalSequence, s.sent = sequence, true
	s.terminal.debits.remember(s.Debit)
	data, err := s.opened.session.channel.Do(ctx, "DEBIT", apdu.Debit(sequence, s.stamp(), mac1))
	if err != nil {
		s.sent = !saidNo(err)
		return err
	}
	const mac2, length = 4, 8 // TAC4 ∥ MAC2 4
	if len(data) != length {
		return fmt.Errorf("DEBIT: %w: %d bytes", errMalformed, len(data))
	}
	s.TAC, s.MAC2, s.done = [4]byte(data), [4]byte(data[mac2:]), true
	return nil
}

// state is what follows from err alone.
func (s *settlement) state(err error) DebitState {
	switch {
	case err == nil, s.done, errors.Is(err, errDebited):
		return DebitDone
	case !s.sent:
		return DebitNotDone
	}
	return DebitUnknown
}

// saidNo reports a status word by which a card has refused a command, and not one by which it has failed at it.
func saidNo(err error) bool {
	for _, refusal := range []error{
		apdu.ErrVerification, apdu.ErrSecurityStatus, apdu.ErrAuthBlocked, apdu.ErrKeyNotFound, apdu.ErrNotSupported,
		apdu.ErrParameters, apdu.ErrConditions,
	} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// number is the 终端机编号 in BCD, or zeros.
func (d Debit) number() (bcd [6]byte) {
	_, _ = hex.Decode(bcd[:], []byte(d.Terminal)[:min(len(d.Terminal), hex.EncodedLen(len(bcd)))])
	return bcd
}

// stamp is the time in BCD.
func (d Debit) stamp() (bcd [7]byte) {
	_, _ = hex.Decode(bcd[:], []byte(d.Time.Format(stampForm)))
	return bcd
}
