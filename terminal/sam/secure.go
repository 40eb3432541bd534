package sam

import (
	"context"
	"fmt"

	"sscard/apdu"
	"sscard/sm"
)

const (
	macLength = 4

	// A type of PSAM keys, in the low five bits of the usage (LD/T 32, PSAM).
	typeMACEncrypt = 8 // MAC and encryption; type 6 is for MACs only
)

// Secured has the PSAM encrypt the data of a command, where it has any, and put the MAC behind it, under a session
// key from the card's random. A PSAM keeps the key that does both under another usage than the one for MACs.
func (p *PSAM) Secured(ctx context.Context, card Card, key Key, random [8]byte, command apdu.Command) (secured apdu.Command, err error) {
	if len(command.Data) > 0 {
		key.Usage = key.Usage&^usageMask | typeMACEncrypt
	}
	err = p.with(ctx, card.Algorithm, func(channel *apdu.Channel) error {
		if len(command.Data) > 0 {
			blocks, err := sm.DataBlocks(card.Algorithm, command.Data)
			if err != nil {
				return err
			}
			if err := deliver(ctx, channel, card, key, random[:]); err != nil {
				return err
			}
			if command.Data, err = channel.Do(ctx, "PSAM: CIPHER DATA", apdu.CipherData(apdu.CipherEncrypt, blocks)); err != nil {
				return err
			}
		}
		secured, err = withMAC(ctx, channel, card, key, random, command)
		return err
	})
	return secured, err
}

// withMAC has the PSAM make the MAC in one computation, which begins with a block of zeros.
func withMAC(ctx context.Context, channel *apdu.Channel, card Card, key Key, random [8]byte, command apdu.Command) (apdu.Command, error) {
	if err := deliver(ctx, channel, card, key, random[:]); err != nil {
		return command, err
	}
	blocks, err := sm.MACBlocks(card.Algorithm, command.MACInput())
	if err != nil {
		return command, err
	}
	input := append(block(card.Algorithm, nil), blocks...)
	mac, err := channel.Do(ctx, "PSAM: CIPHER DATA (MAC)", apdu.CipherData(apdu.CipherMAC, input))
	if err != nil {
		return command, err
	}
	if len(mac) != macLength {
		return command, fmt.Errorf("PSAM: CIPHER DATA: %w: MAC of %d bytes", apdu.ErrMalformed, len(mac))
	}
	return command.WithMAC([4]byte(mac)), nil
}

// Secured encrypts and makes the MAC with the diversified root.
func (k *TestKeys) Secured(_ context.Context, card Card, key Key, random [8]byte, command apdu.Command) (apdu.Command, error) {
	session, err := k.session(card, key, random[:])
	if err != nil {
		return command, err
	}
	if len(command.Data) > 0 {
		if command.Data, err = sm.EncryptData(card.Algorithm, session, command.Data); err != nil {
			return command, err
		}
	}
	mac, err := sm.MAC(card.Algorithm, session, command.MACInput())
	return command.WithMAC(mac), err
}
