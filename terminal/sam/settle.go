package sam

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"sscard/apdu"
)

// Settle holds the PSAM while the card is debited: no other settlement may come between MAC1 and MAC2.
func (p *PSAM) Settle(ctx context.Context, card Card, key Key, purchase apdu.SAMPurchase, debit Debit) error {
	var settled error
	err := p.with(ctx, card.Algorithm, func(channel *apdu.Channel) error {
		data, err := atLevel(ctx, channel, "INIT SAM PURCHASE", card, key, func(_ byte, factors [][8]byte) apdu.Command {
			purchase.Factors = factors
			return apdu.InitSAMPurchase(key.ID, purchase)
		})
		if err != nil {
			return err
		}
		// What comes now is not for the pool, which would start over, nor is it about the PSAM where debit fails.
		settled = settle(ctx, channel, data, debit)
		return nil
	})
	return errors.Join(err, settled)
}

// settle goes on from sequence4 ∥ MAC1 4.
func settle(ctx context.Context, channel *apdu.Channel, data []byte, debit Debit) error {
	const sequence, all = 4, 8
	if len(data) != all {
		return fmt.Errorf("PSAM: INIT SAM PURCHASE: %w: %d bytes", apdu.ErrMalformed, len(data))
	}
	mac2, err := debit(binary.BigEndian.Uint32(data), [4]byte(data[sequence:]))
	if err != nil {
		return err
	}
	_, err = channel.Do(ctx, "PSAM: CREDIT SAM", apdu.CreditSAM(mac2))
	if errors.Is(err, apdu.ErrVerification) {
		return ErrMAC2 // without the status word, which is not the card's
	}
	return orAbsent(err)
}
