package softcard_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/sm"
)

// operation is a whole job at a counter, and how a card looks before and after it.
type operation struct {
	name          string
	run           func(t *testing.T, card apdu.Transmitter) error // to the first error
	prepare, look []string                                        // commands
	before, after []string                                        // answers to look
}

// operations are the jobs that change a card. The command that does so is the last of each.
func operations(t *testing.T) []operation {
	key := cardKey(t, sm.SM4, open(t, "gen3-full"), rootUKSSSE)
	puk := cardKey(t, sm.SM4, open(t, "gen3-full"), rootPUK)
	stk := cardKey(t, sm.SM4, open(t, "gen3-full"), rootSTKSSSE)
	return []operation{
		{
			name: "write", run: func(t *testing.T, card apdu.Transmitter) error {
				return steps(t, card, selectSSSE, externally(0x04, key), always("00DC052806050420220101"))
			},
			prepare: []string{selectSSSE},
			look:    []string{"00B2052806"},
			before:  []string{"0504202103019000"},
			after:   []string{"0504202201019000"},
		},
		{
			name: "reload", run: func(t *testing.T, card apdu.Transmitter) error {
				return steps(t, card, selectSSSE, externally(0x06, puk), reloaded(stk))
			},
			look:   []string{verifyWrong}, // the new PIN
			before: []string{"63C2"}, after: []string{"9000"},
		},
		{
			name: "debit", run: func(t *testing.T, card apdu.Transmitter) error {
				return steps(t, card, selectDF04, always(verifyRight), always(initSettle),
					always("B02C01000F0000001020260203101112DA9E808C"))
			},
			prepare: []string{selectDF04, verifyRight},
			look:    []string{account, "00B201441C", "B02E0031020007"},
			before:  []string{"000249F09000", "00063151010000000920260105101500000009C40000000000001D4C9000", "9406"},
			after:   []string{"0002402C9000", "00073151010000000120260203101112000009C40000006400001D4C9000", "157EE70AF4CDB5A89000"},
		},
	}
}

// TestEveryTear takes a card out at every command of every job, before its effect and after, puts the
// same card in again, and finds all of the change or nothing of it.
func TestEveryTear(t *testing.T) {
	for _, op := range operations(t) {
		last := 0
		counted := softcard.WithLog(tornCard(t), func(_, _ []byte) { last++ })
		require.NoError(t, op.run(t, counted), "undisturbed")
		for _, kind := range []softcard.Kind{softcard.Removed, softcard.Torn} {
			for at := 1; at <= last; at++ {
				t.Run(fmt.Sprintf("%s, %s@%d", op.name, kind, at), func(t *testing.T) {
					card := tornCard(t)
					err := op.run(t, softcard.WithFault(card, softcard.Fault{Kind: kind, At: at}))
					require.ErrorIs(t, err, softcard.ErrRemoved)

					want := op.before
					if kind == softcard.Torn && at == last {
						want = op.after
					}
					again := softcard.WithFault(card, softcard.Fault{Kind: softcard.Removed, At: 1000})
					for _, command := range op.prepare {
						ask(t, again, command)
					}
					for i, command := range op.look {
						require.Equal(t, want[i], ask(t, again, command))
					}
				})
			}
		}
	}
}

func tornCard(t *testing.T) *softcard.Card {
	random := softcard.WithRandom(bytes.NewReader(bytes.Repeat([]byte{0xE0, 0xE1, 0xE2, 0xE3}, 64)))
	return open(t, "gen3-full", random)
}

// step gives the next command, for which it may ask the card first.
type step func(card apdu.Transmitter) (apdu.Command, error)

func steps(t *testing.T, card apdu.Transmitter, selectDF string, rest ...step) error {
	channel := apdu.NewChannel(card)
	for _, next := range append([]step{always(selectDF)}, rest...) {
		cmd, err := next(card)
		if err == nil {
			_, err = channel.Do(t.Context(), cmd.String(), cmd)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func always(command string) step {
	return func(apdu.Transmitter) (apdu.Command, error) {
		b, err := apdu.ParseHex(command)
		if err != nil {
			return apdu.Command{}, err
		}
		return apdu.Parse(b)
	}
}

// sessionOf draws a challenge and makes the session key from it.
func sessionOf(card apdu.Transmitter, key []byte) ([]byte, error) {
	challenge, err := apdu.NewChannel(card).Do(context.Background(), "GET CHALLENGE", apdu.GetChallenge(8))
	if err != nil {
		return nil, err
	}
	return sm.SessionKey(sm.SM4, key, challenge)
}

func externally(keyID byte, key []byte) step {
	return func(card apdu.Transmitter) (apdu.Command, error) {
		session, err := sessionOf(card, key)
		if err != nil {
			return apdu.Command{}, err
		}
		auth, err := sm.AuthData(sm.SM4, session, [8]byte{})
		return apdu.ExternalAuthenticate(keyID, auth, [8]byte{}), err
	}
}

func reloaded(stk []byte) step {
	return func(card apdu.Transmitter) (apdu.Command, error) {
		session, err := sessionOf(card, stk)
		if err != nil {
			return apdu.Command{}, err
		}
		encrypted, err := sm.EncryptData(sm.SM4, session, []byte{0x65, 0x43, 0x21})
		if err != nil {
			return apdu.Command{}, err
		}
		cmd := apdu.ReloadPIN(encrypted)
		mac, err := sm.MAC(sm.SM4, session, cmd.MACInput())
		return cmd.WithMAC(mac), err
	}
}

// TestTornPSAM shows that a PSAM that lost power in a settlement does not use a number again.
func TestTornPSAM(t *testing.T) {
	const purchase = "8070010024 E0E1E2E3 0007 000009C4 00000064 00001D4C 31 20260203101112 0101 8684510100000022"
	sam := open(t, "psam")
	torn := softcard.WithFault(sam, softcard.Fault{Kind: softcard.Torn, At: 2})
	ask(t, torn, "00A4000002DF01")
	_, err := torn.Transmit(t.Context(), unhex(t, purchase))
	require.ErrorIs(t, err, softcard.ErrRemoved)
	play(t, sam, []row{{"DF01", "00A4000002DF01", "6F…"}, {"next number", purchase, "00000011…"}})
}
