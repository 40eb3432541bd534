package terminal_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/sm"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/testdata"
)

var payment = terminal.DebitRequest{
	Amounts: apdu.Amounts{Self: 1234, Fund: 8766},
	Time:    time.Date(2026, 1, 1, 12, 30, 15, 0, time.UTC),
}

// paying is the payment, by a holder.
func paying() terminal.DebitRequest {
	p := payment
	p.Entry = &holder{pin: "123456"}
	return p
}

// books are what a card says of its money: balances of account, self and fund, and its newest record.
func books(t testing.TB, card *softcard.Card) (balances, newest string) {
	t.Helper()
	card.Reset()
	defer card.Reset()
	channel := apdu.NewChannel(card)
	ask := func(command apdu.Command) string {
		data, err := channel.Do(context.Background(), command.String(), command)
		require.NoError(t, err)
		return apdu.Hex(data)
	}
	ask(apdu.SelectFile(apdu.SelectByFID, 0xDF04))
	ask(apdu.Verify([]byte{0x12, 0x34, 0x56}))
	for _, which := range []apdu.Balance{apdu.BalanceAccount, apdu.BalanceSelf, apdu.BalanceFund} {
		balances += ask(apdu.GetBalance(which))[:8]
	}
	return balances, ask(apdu.ReadRecord(8, apdu.RecordByNumber, 1, 28))
}

const (
	booksBefore = "000249F0" + "00004E20" + "00013880"
	booksAfter  = "000249F0" + "000052F2" + "00015ABE"
	newest      = "0006"
	record      = "0007" + "31" + "510100000001" + "20260101123015" + "00000000" + "000004D2" + "0000223E"
)

// requireBooks sees that money and record agree with the state.
func requireBooks(t testing.TB, card *softcard.Card, state terminal.DebitState) {
	t.Helper()
	balances, last := books(t, card)
	if state == terminal.DebitDone {
		require.Equal(t, booksAfter, balances)
		require.Equal(t, record, last)
		return
	}
	require.Equal(t, booksBefore, balances)
	require.True(t, strings.HasPrefix(last, newest), last)
}

// tac is the TAC of a debit of a full card, as a back end computes it.
func tac(t testing.TB, name string, d terminal.Debit) string {
	t.Helper()
	alg := algorithms[d.Algorithm]
	historical, err := apdu.HistoricalBytes(card(t, name).ATR())
	require.NoError(t, err)
	dtk, err := sm.CardKey(alg, unhex(t.(*testing.T), "4C112233445566778899AABBCCDDEEFF"), "510100", historical)
	require.NoError(t, err)
	key, err := sm.TACKey(alg, dtk)
	require.NoError(t, err)
	message := d.Amounts.Append(nil)
	message = append(message, d.Kind)
	message = append(message, unhex(t.(*testing.T), d.Terminal+fmt.Sprintf("%08X", d.TerminalSequence)+d.Time.Format("20060102150405"))...)
	mac, err := sm.MAC(alg, key, message)
	require.NoError(t, err)
	return apdu.Hex(mac[:])
}

func TestDebit(t *testing.T) {
	for _, name := range fullCards {
		t.Run(name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.psam("psam")
				user := card(t, name)
				c.insert(user)
				request := paying()
				request.Card = identities[name]
				d, err := c.terminal.Debit(t.Context(), request)
				require.NoError(t, err)
				require.Equal(t, identities[name], d.Card)
				require.Equal(t, payment.Amounts, d.Amounts)
				require.Equal(t, "510100000001", d.Terminal)
				require.Equal(t, uint16(7), d.Sequence)
				require.Equal(t, uint32(16), d.TerminalSequence)
				require.Equal(t, "00B5", d.TACKey)
				require.Equal(t, tac(t, name, d), apdu.Hex(d.TAC[:]))
				requireBooks(t, user, terminal.DebitDone)
			})
		})
	}
}

func TestDebitRefused(t *testing.T) {
	tests := []struct {
		name, card, psam string
		change           [2]string
		request          func(*terminal.DebitRequest)
		code             apitype.Code
	}{
		{name: "no PSAM", card: "gen3-full", code: apitype.SAMAbsent},
		{name: "a PSAM without SM4", card: "gen3-full", psam: "psam-des", code: apitype.SAMAlgorithm},
		{name: "a PSAM without the DPK", card: "gen3-full", psam: "psam-no-rksssse", code: apitype.SAMKey},
		{name: "a forged card", card: "gen3-full", psam: "psam", change: [2]string{"root: 404142434445464748494A4B4C4D4E4F", "root: 404142434445464748494A4B4C4D4EFF"}, code: apitype.AuthFailed},
		{name: "a card with another DPK", card: "gen3-full", psam: "psam", change: [2]string{"root: 01112233445566778899AABBCCDDEEFF", "root: 01112233445566778899AABBCCDDEE00"}, code: apitype.AuthFailed},
		{name: "a DPK of another version", card: "gen3-full", psam: "psam", change: [2]string{"01112233445566778899AABBCCDDEEFF}", "01112233445566778899AABBCCDDEEFF, version: 2}"}, code: apitype.SAMLevel},
		{name: "another card", card: "gen3-full", psam: "psam", request: func(r *terminal.DebitRequest) { r.Card.CardNumber = "A00000003" }, code: apitype.CardChanged},
		{name: "no PIN", card: "gen3-full", psam: "psam", request: func(r *terminal.DebitRequest) { r.Entry = nil }, code: apitype.AuthRequired},
		{name: "more than the account has", card: "gen3-full", psam: "psam", request: func(r *terminal.DebitRequest) { r.Amounts.Account = 150001 }, code: apitype.CardUnsupported},
		{name: "a card without accounts", card: "gen3", psam: "psam", code: apitype.CardUnsupported},
		{name: "a reader that is not there", card: "gen3-full", psam: "psam", request: func(r *terminal.DebitRequest) { r.Reader = "elsewhere" }, code: apitype.ReaderUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				if test.psam != "" {
					c.psam(test.psam)
				}
				description := describe(t, test.card)
				if test.change[0] != "" {
					description = describe(t, test.card, test.change[:]...)
				}
				user := parse(t, description)
				c.insert(user)
				request := paying()
				if test.request != nil {
					test.request(&request)
				}
				_, err := c.terminal.Debit(t.Context(), request)
				require.Equal(t, test.code, code(err), "%v", err)
				require.Equal(t, terminal.DebitNotDone, state(t, err))
				if test.card == "gen3-full" {
					requireBooks(t, user, terminal.DebitNotDone)
				}
			})
		})
	}
}

// state is what the error says of a debit.
func state(t testing.TB, err error) terminal.DebitState {
	t.Helper()
	if err == nil {
		return terminal.DebitDone
	}
	var failed *terminal.DebitError
	require.ErrorAs(t, err, &failed)
	return failed.State
}

// wherever runs test with each fault of a kind, from the first command on, until it says that none struck.
func wherever(t *testing.T, kind string, test func(t *testing.T, fault softcard.Fault) (struck bool)) {
	for at, struck := 1, true; struck; at++ {
		t.Run(fmt.Sprintf("%s@%d", kind, at), func(t *testing.T) {
			fault, err := softcard.ParseFault(fmt.Sprintf("%s@%d", kind, at))
			require.NoError(t, err)
			struck = test(t, fault)
		})
		require.Less(t, at, 60)
	}
}

// A card is lost at every command, and comes back: the caller learns what became of the debit, which is what the card
// has. What was not done is then done by the same request, and what was done is not done again.
func TestDebitLost(t *testing.T) {
	lost := []string{"removed", "torn"}
	for _, test := range []struct {
		name, description string
		kinds             []string
	}{
		{"DES", describe(t, "gen2-full"), lost},
		{"SM4", describe(t, "gen3-full"), append(lost, "mute", "wrong-length", "more", "short-record", "no-answer")},
		{"T=0", describe(t, "gen3-full") + "quirks: {manners: t0}\n", lost},
	} {
		for _, kind := range test.kinds {
			done := 0
			t.Run(test.name, func(t *testing.T) {
				wherever(t, kind, func(t *testing.T, fault softcard.Fault) (struck bool) {
					open(t, "", func(t *testing.T, c *counter) {
						c.psam("psam")
						user := parse(t, test.description)
						c.insert(softcard.WithFault(user, fault))
						defer time.AfterFunc(10*time.Second, func() { _ = c.driver.Insert(slot, user) }).Stop()
						_, err := c.terminal.Debit(t.Context(), paying())
						struck = len(c.asked) >= fault.At
						became := state(t, err)
						require.NotEqual(t, terminal.DebitUnknown, became, "%v", err)
						time.Sleep(time.Minute)
						requireBooks(t, user, became)
						if became == terminal.DebitDone {
							done++
						}

						_, err = c.terminal.Debit(t.Context(), paying())
						if became == terminal.DebitDone {
							require.Equal(t, terminal.DebitDone, state(t, err))
						} else {
							require.NoError(t, err)
						}
						requireBooks(t, user, terminal.DebitDone)
					})
					return struck
				})
			})
			require.Positive(t, done)
		}
	}
}

// A card that stays away leaves the state unknown. The same request, or the proof, settles it.
func TestDebitUnknown(t *testing.T) {
	for _, kind := range []string{"removed", "torn"} {
		for _, way := range []string{"the same request", "the proof"} {
			t.Run(kind+", "+way, func(t *testing.T) {
				open(t, "", func(t *testing.T, c *counter) {
					c.psam("psam")
					user := card(t, "gen3-full")
					c.insert(softcard.WithFault(user, softcard.Fault{Kind: softcard.Kind(kind), At: debitCommand}))
					start := time.Now()
					_, err := c.terminal.Debit(t.Context(), paying())
					require.Equal(t, 30*time.Second, time.Since(start))
					require.Equal(t, apitype.CardRemoved, code(err))
					var failed *terminal.DebitError
					require.ErrorAs(t, err, &failed)
					require.Equal(t, terminal.DebitUnknown, failed.State)

					c.insert(user)
					want := map[string]terminal.DebitState{"removed": terminal.DebitNotDone, "torn": terminal.DebitDone}[kind]
					requireBooks(t, user, want)
					if way == "the same request" {
						d, err := c.terminal.Debit(t.Context(), paying())
						require.NoError(t, err)
						require.Equal(t, tac(t, "gen3-full", d), apdu.Hex(d.TAC[:]), "whole, the terminal's number included")
						requireBooks(t, user, terminal.DebitDone)
						return
					}
					d, got, err := c.terminal.DebitProof(t.Context(), terminal.ProofRequest{Debit: failed.Debit})
					require.NoError(t, err)
					require.Equal(t, want, got)
					if want == terminal.DebitDone {
						require.Equal(t, tac(t, "gen3-full", d), apdu.Hex(d.TAC[:]))
					}
				})
			})
		}
	}
}

// debitCommand is which command to a full card is DEBIT, with a PSAM.
const debitCommand = 12

// Another card in the place of the one that was debited ends the waiting, and is not taken for it.
func TestDebitAnotherCard(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.psam("psam")
		user := card(t, "gen3-full")
		c.insert(softcard.WithFault(user, softcard.Fault{Kind: softcard.Torn, At: debitCommand}))
		defer time.AfterFunc(time.Second, func() { _ = c.driver.Insert(slot, card(t, "gen2-full")) }).Stop()
		_, err := c.terminal.Debit(t.Context(), paying())
		require.Equal(t, apitype.CardChanged, code(err))
		var failed *terminal.DebitError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, terminal.DebitUnknown, failed.State)
		_, _, err = c.terminal.DebitProof(t.Context(), terminal.ProofRequest{Debit: failed.Debit})
		require.Equal(t, apitype.CardChanged, code(err))
	})
}

// A card that was debited, and a terminal that has forgotten: the request is not carried out again.
func TestDebitIsNotRepeated(t *testing.T) {
	user := card(t, "gen3-full")
	for i, want := range []apitype.Code{"", apitype.RequestInvalid} {
		open(t, "", func(t *testing.T, c *counter) {
			c.psam("psam")
			c.insert(user)
			d, err := c.terminal.Debit(t.Context(), paying())
			require.Equal(t, want, code(err), "%d", i)
			require.Equal(t, terminal.DebitDone, state(t, err))
			require.NotZero(t, d.TAC)
			requireBooks(t, user, terminal.DebitDone)
		})
	}
	open(t, "", func(t *testing.T, c *counter) {
		c.psam("psam")
		c.insert(user)
		for _, later := range []time.Duration{time.Second, time.Hour} {
			next := paying()
			next.Time = next.Time.Add(later)
			_, err := c.terminal.Debit(t.Context(), next)
			require.NoError(t, err, "another time is another payment")
		}
		_, err := c.terminal.Debit(t.Context(), paying())
		require.Equal(t, terminal.DebitDone, state(t, err), "though others came after")
		require.Equal(t, apitype.RequestInvalid, code(err))
	})
}

// The PSAM is lost at every command: before DEBIT nothing is done, and after it all is.
func TestDebitLosesPSAM(t *testing.T) {
	b, err := testdata.SAMs.ReadFile("sams/psam.yaml")
	require.NoError(t, err)
	var states []terminal.DebitState
	wherever(t, "removed", func(t *testing.T, fault softcard.Fault) (struck bool) {
		open(t, "", func(t *testing.T, c *counter) {
			module, err := softcard.Parse(b)
			require.NoError(t, err)
			count := 0
			require.NoError(t, c.driver.Insert(samSlot, softcard.WithLog(softcard.WithFault(module, fault), func(_, _ []byte) { count++ })))
			synctest.Wait()
			user := card(t, "gen3-full")
			c.insert(user)
			d, err := c.terminal.Debit(t.Context(), paying())
			struck = count >= fault.At
			require.Equal(t, struck, err != nil)
			became := state(t, err)
			requireBooks(t, user, became)
			if struck {
				require.Equal(t, apitype.SAMAbsent, code(err), "%v", err)
				states = append(states, became)
			}
			if became == terminal.DebitDone {
				require.Equal(t, tac(t, "gen3-full", d), apdu.Hex(d.TAC[:]))
			}
		})
		return struck
	})
	require.Equal(t, terminal.DebitDone, states[len(states)-1])
	require.NotContains(t, states[:len(states)-1], terminal.DebitDone)
	require.NotContains(t, states, terminal.DebitUnknown)
}

// liar answers DEBIT with another MAC2.
type liar struct{ softcard.Answerer }

func (l liar) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := l.Answerer.Transmit(ctx, command)
	if command[0] == apdu.ClassMedical && command[1] == apdu.InsDebit && len(answer) == 10 {
		answer[7] ^= 1
	}
	return answer, err
}

func TestDebitWrongMAC2(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.psam("psam")
		user := card(t, "gen3-full")
		c.insert(liar{user})
		_, err := c.terminal.Debit(t.Context(), paying())
		require.Equal(t, apitype.AuthFailed, code(err), "%v", err)
		require.Equal(t, terminal.DebitDone, state(t, err))
		requireBooks(t, user, terminal.DebitDone)
	})
}

// reset is another program that resets the card as soon as it was debited.
type reset struct {
	softcard.Answerer
	now func()
}

func (r reset) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := r.Answerer.Transmit(ctx, command)
	if command[0] == apdu.ClassMedical && command[1] == apdu.InsDebit {
		r.now()
	}
	return answer, err
}

func TestDebitAndReset(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.psam("psam")
		user := card(t, "gen3-full")
		c.insert(reset{user, func() { _ = c.driver.ResetCard(slot) }})
		d, err := c.terminal.Debit(t.Context(), paying())
		require.NoError(t, err)
		require.Equal(t, tac(t, "gen3-full", d), apdu.Hex(d.TAC[:]))
		debits := slices.DeleteFunc(c.updates(), func(command string) bool { return !strings.HasPrefix(command, "B02C") })
		require.Len(t, debits, 1, "never twice")
		requireBooks(t, user, terminal.DebitDone)
	})
}
