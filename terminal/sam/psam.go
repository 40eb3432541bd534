package sam

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sscard/apdu"
	"sscard/reader"
	"sscard/sm"
)

// PSAM answers with the terminal's security access module, a card in a slot with the role sam (LD/T 32, PSAM).
type PSAM struct{ pool *reader.Pool }

var _ Answerer = (*PSAM)(nil)

// NewPSAM returns an answerer over the pool's slots with the role sam; which of them holds a card is asked each time.
func NewPSAM(pool *reader.Pool) *PSAM { return &PSAM{pool: pool} }

// The application environments of a PSAM, by the algorithm of the user card (sx1.sh.社会保障, sx2, sx3).
var environments = map[sm.Algorithm]string{
	sm.DES:   "sx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF",
	sm.SSF33: "sx2.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF",
	sm.SM4:   "sx3.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF",
}

const (
	applicationFID = 0xDF01
	terminalFID    = 0x0016 // 终端机编号, 6 bytes BCD
	terminalLength = 6

	levelShift = 5 // in the usage byte
	usageMask  = 1<<levelShift - 1
)

// Present reports whether there is a PSAM.
func (p *PSAM) Present() bool {
	_, err := p.slot()
	return err == nil
}

func (p *PSAM) slot() (reader.Reader, error) {
	s := p.pool.Snapshot()
	i := slices.IndexFunc(s.Readers, func(r reader.Reader) bool { return r.Role == reader.RoleSAM && r.Card != nil })
	if i < 0 {
		return reader.Reader{}, errors.Join(ErrAbsent, s.Err)
	}
	return s.Readers[i], nil
}

// with runs fn on the PSAM, with the application for the algorithm selected.
func (p *PSAM) with(ctx context.Context, alg sm.Algorithm, fn func(*apdu.Channel) error) error {
	return p.within(ctx, alg, func(channel *apdu.Channel) error {
		if err := selectApplication(ctx, channel); err != nil {
			return err
		}
		return fn(channel)
	})
}

// within runs fn on the PSAM, with the environment for the algorithm selected.
func (p *PSAM) within(ctx context.Context, alg sm.Algorithm, fn func(*apdu.Channel) error) error {
	slot, err := p.slot()
	if err != nil {
		return err
	}
	err = p.pool.Do(ctx, slot.ID, func(lease *reader.Lease) error {
		channel := apdu.NewChannel(lease)
		if _, err := channel.Do(ctx, "PSAM: SELECT environment", apdu.SelectDF([]byte(environments[alg]))); err != nil {
			if errors.Is(err, apdu.ErrFileNotFound) {
				return fmt.Errorf("%w: %s", ErrAlgorithm, alg)
			}
			return err
		}
		return fn(channel)
	})
	return orAbsent(err)
}

// orAbsent says of an error that the PSAM has left, where it is of that.
func orAbsent(err error) error {
	if errors.Is(err, reader.ErrNoCard) || errors.Is(err, reader.ErrRemoved) || errors.Is(err, reader.ErrUnknownReader) {
		return errors.Join(ErrAbsent, err)
	}
	return err
}

// selectApplication selects DF01 under the environment, in the form that the PSAM takes.
func selectApplication(ctx context.Context, channel *apdu.Channel) (err error) {
	for _, form := range []byte{apdu.SelectEFByID, apdu.SelectByFID} {
		_, err = channel.Do(ctx, "PSAM: SELECT DF01", apdu.SelectFile(form, applicationFID))
		var refused *apdu.StatusError
		if !errors.As(err, &refused) {
			return err
		}
	}
	return err
}

// Answer has the PSAM make the session key and encrypt the original with it. A PSAM holds keys of the nation, of a
// province or of a city: how many levels are to be diversified is tried from the top (67, 47, 27).
func (p *PSAM) Answer(ctx context.Context, card Card, key Key, c Challenge) (answer [8]byte, err error) {
	err = p.with(ctx, card.Algorithm, func(channel *apdu.Channel) error {
		if err := deliver(ctx, channel, card, key, c.Factor[:]); err != nil {
			return err
		}
		answer, err = cipher(ctx, channel, card.Algorithm, c.Original)
		return err
	})
	return answer, err
}

// deliver makes the session key in the PSAM.
func deliver(ctx context.Context, channel *apdu.Channel, card Card, key Key, random []byte) error {
	_, err := atLevel(ctx, channel, "DELIVERY SESSION KEY", card, key, func(usage byte, factors [][8]byte) apdu.Command {
		return apdu.DeliverSessionKey(usage, key.ID, factors, block(card.Algorithm, random))
	})
	return err
}

// atLevel sends a command for as many levels as are to be diversified. The refusal of every level tells what is
// wrong: the key is not there at all (6A88 each time), or it is of another level than any that was tried.
func atLevel(ctx context.Context, channel *apdu.Channel, label string, card Card, key Key,
	command func(usage byte, factors [][8]byte) apdu.Command) (data []byte, err error) {
	factors, err := factorsOf(card)
	if err != nil {
		return nil, err
	}
	cause := ErrKey
	for levels := len(factors); levels > 0; levels-- {
		usage := key.Usage&usageMask | byte(levels)<<levelShift
		data, err = channel.Do(ctx, "PSAM: "+label+" "+key.Name, command(usage, factors[:levels]))
		switch {
		case errors.Is(err, apdu.ErrKeyNotFound):
		case errors.Is(err, apdu.ErrParameters):
			cause = ErrLevel
		default:
			return data, err
		}
	}
	return nil, fmt.Errorf("%w: %w", cause, err)
}

// factorsOf gives the factors as the PSAM wants them: card, city, province.
func factorsOf(card Card) ([][8]byte, error) {
	own, err := sm.CardFactor(card.Historical)
	if err != nil {
		return nil, err
	}
	city, err := sm.CityFactor(card.Region)
	if err != nil {
		return nil, err
	}
	province, err := sm.ProvinceFactor(card.Region)
	if err != nil {
		return nil, err
	}
	return [][8]byte{own, city, province}, nil
}

// block fills the data to the algorithm's block with zeros.
func block(alg sm.Algorithm, data []byte) []byte {
	return append(slices.Clone(data), make([]byte, blockSize(alg)-len(data))...)
}

func blockSize(alg sm.Algorithm) int {
	if alg == sm.DES {
		return 8
	}
	return 16
}

// cipher encrypts one block with the session key (CIPHER DATA). A block of 16 is folded to 8 bytes by XOR.
func cipher(ctx context.Context, channel *apdu.Channel, alg sm.Algorithm, original [8]byte) (answer [8]byte, err error) {
	encrypted, err := channel.Do(ctx, "PSAM: CIPHER DATA", apdu.CipherData(apdu.CipherEncrypt, block(alg, original[:])))
	if err != nil {
		return answer, err
	}
	if len(encrypted) != blockSize(alg) {
		return answer, fmt.Errorf("PSAM: CIPHER DATA: %w: %d bytes", apdu.ErrMalformed, len(encrypted))
	}
	for i, b := range encrypted {
		answer[i%len(answer)] ^= b
	}
	return answer, nil
}

// TerminalNumber reads the 终端机编号, 12 digits, which lies in the algorithm's environment.
func (p *PSAM) TerminalNumber(ctx context.Context, alg sm.Algorithm) (number string, err error) {
	err = p.within(ctx, alg, func(channel *apdu.Channel) error {
		if _, err := channel.Do(ctx, "PSAM: SELECT 0016", apdu.SelectFile(apdu.SelectByFID, terminalFID)); err != nil {
			return err
		}
		data, err := channel.Do(ctx, "PSAM: READ BINARY 0016", apdu.Command{INS: apdu.InsReadBinary, Ne: terminalLength})
		number = apdu.Hex(data)
		return err
	})
	return number, err
}
