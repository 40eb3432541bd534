package softcard

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"

	"sscard/apdu"
	"sscard/sm"
)

// medical is the accounts of medical insurance, which an application has beside its files.
type medical struct {
	balances           apdu.Amounts // what is in the account; what was paid by self and fund in year
	year               []byte       // 2 bytes
	settlements, loads uint16       // sequence numbers of the next ones
	dpk, dlk, dtk      *secret      // dlk nil: no loads
	details            *file        // EF08
	last               *proof       // nil: no transaction yet
}

// proof is what GET TRANSACTION PROOF tells of a transaction.
type proof struct {
	kind      byte
	sequence  uint16
	mac2, tac [4]byte
}

// initialize begins a transaction, which the very next command must complete.
func (c *Card) initialize(cmd apdu.Command) apdu.Response {
	const load, settlement = 0, 1
	m, sw := c.accounts()
	switch {
	case cmd.P1 > settlement || cmd.P2 != 1:
		return status(swP1P2)
	case !sw.OK():
		return status(sw)
	case cmd.P1 == load:
		return c.initializeLoad(m, cmd)
	}
	return c.initializeSettlement(m, cmd)
}

// accounts gives the accounts to one who has proven the PIN, if there is one.
func (c *Card) accounts() (*medical, apdu.StatusWord) {
	m := c.state.application.medical
	switch {
	case m == nil:
		return nil, swState
	case !c.unset() && !c.state.proven[c.pin]:
		return nil, swSecurityStatus
	}
	return m, swDone
}

func (c *Card) initializeSettlement(m *medical, cmd apdu.Command) apdu.Response {
	t, sw := c.begin(cmd, kindSettlement, m.dpk, m.settlements)
	switch {
	case !sw.OK():
		return status(sw)
	case t.amounts.Account > m.balances.Account:
		return status(swAmount)
	case overflows(m.balances.Self, t.amounts.Self) || overflows(m.balances.Fund, t.amounts.Fund):
		return status(swCounter)
	}
	c.state.transaction = t
	return c.reply(cmd, slices.Concat(m.balances.Append(nil), m.year, t.counter(), c.keyInfo(m.dpk), t.random))
}

func (c *Card) initializeLoad(m *medical, cmd apdu.Command) apdu.Response {
	t, sw := c.begin(cmd, kindLoad, m.dlk, m.loads)
	switch {
	case !sw.OK():
		return status(sw)
	case overflows(m.balances.Account, t.amounts.Account):
		return status(swCounter)
	}
	key, err := loadKey(c.algorithm, m.dlk.value, t)
	if err != nil {
		return status(swNotSupported)
	}
	mac1, err := sm.MAC(c.algorithm, key, loadMAC1(t, m.balances.Account))
	if err != nil {
		return status(swNotSupported)
	}
	c.state.transaction = t
	return c.reply(cmd, slices.Concat(bigEndian(m.balances.Account), t.counter(), c.keyInfo(m.dlk), t.random, mac1[:]))
}

func overflows(balance, amount uint32) bool { return amount > math.MaxUint32-balance }

// keyInfo is the version of a key and its algorithm.
func (c *Card) keyInfo(key *secret) []byte { return []byte{key.version, byte(c.algorithm)} }

// begin checks an INITIALIZE, key index1 ∥ amounts ∥ terminal6, and draws its random number.
func (c *Card) begin(cmd apdu.Command, kind byte, key *secret, next uint16) (*transaction, apdu.StatusWord) {
	lengths := map[byte]int{kindLoad: 11, kindSettlement: 19}
	random := make([]byte, 4)
	switch {
	case len(cmd.Data) != lengths[kind]:
		return nil, swLength
	case key == nil || key.id != cmd.Data[0]:
		return nil, swKeyIndex
	case next == math.MaxUint16:
		return nil, swCounter
	}
	if _, err := io.ReadFull(c.random, random); err != nil {
		return nil, swConditions
	}
	return newTransaction(kind, next, cmd.Data[1:], random), swDone
}

// begun gives the transaction that the command before began, if it is of a kind.
func (c *Card) begun(kind byte) (*transaction, bool) {
	t := c.state.transaction
	return t, t != nil && t.kind == kind
}

// debit completes a settlement: the terminal's sequence4 ∥ time7 ∥ MAC1 4 against TAC4 ∥ MAC2 4.
func (c *Card) debit(cmd apdu.Command) apdu.Response {
	t, begun := c.begun(kindSettlement)
	switch {
	case cmd.P1 != 1 || cmd.P2 != 0:
		return status(swP1P2)
	case len(cmd.Data) != 15:
		return status(swLength)
	case !begun:
		return status(swState)
	}
	m := c.state.application.medical
	sequence, time, mac1 := cmd.Data[:4], cmd.Data[4:11], cmd.Data[11:]
	key, err := settlementKey(c.algorithm, m.dpk.value, t, sequence)
	if err != nil {
		return status(swNotSupported)
	}
	if !isMAC(c.algorithm, key, settlementMAC1(t, time), mac1) {
		return status(swMAC)
	}
	mac2, err := sm.MAC(c.algorithm, key, settlementMAC2(t))
	tac, err2 := c.tac(m, settlementTAC(t, sequence, time))
	if errors.Join(err, err2) != nil {
		return status(swNotSupported)
	}

	m.balances.Account -= t.amounts.Account
	m.balances.Self += t.amounts.Self
	m.balances.Fund += t.amounts.Fund
	m.settlements++
	m.done(t, time, mac2, tac)
	return c.reply(cmd, slices.Concat(tac[:], mac2[:]))
}

// credit completes a load: time7 ∥ MAC2 4 against TAC4.
func (c *Card) credit(cmd apdu.Command) apdu.Response {
	t, begun := c.begun(kindLoad)
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(swP1P2)
	case len(cmd.Data) != 11:
		return status(swLength)
	case !begun:
		return status(swState)
	}
	m := c.state.application.medical
	time, mac2 := cmd.Data[:7], cmd.Data[7:]
	after := m.balances.Account + t.amounts.Account
	key, err := loadKey(c.algorithm, m.dlk.value, t)
	tac, err2 := c.tac(m, loadTAC(t, after, time))
	if errors.Join(err, err2) != nil {
		return status(swNotSupported)
	}
	if !isMAC(c.algorithm, key, loadMAC2(t, time), mac2) {
		return status(swMAC)
	}

	m.balances.Account = after
	m.loads++
	m.done(t, time, [4]byte(mac2), tac)
	return c.reply(cmd, tac[:])
}

func (c *Card) tac(m *medical, message []byte) ([4]byte, error) {
	key, err := sm.TACKey(c.algorithm, m.dtk.value)
	if err != nil {
		return [4]byte{}, err
	}
	return sm.MAC(c.algorithm, key, message)
}

// done keeps the record and the proof of a transaction.
func (m *medical) done(t *transaction, time []byte, mac2, tac [4]byte) {
	m.details.append(t.detail(time))
	m.last = &proof{kind: t.kind, sequence: t.sequence, mac2: mac2, tac: tac}
}

func (c *Card) getBalance(cmd apdu.Command) apdu.Response {
	m, sw := c.accounts()
	switch {
	case len(cmd.Data) > 0:
		return status(swLength)
	case !sw.OK():
		return status(sw)
	case cmd.P1 != 0:
		return status(swP1P2)
	}
	switch apdu.Balance(cmd.P2) {
	case apdu.BalanceAccount:
		return c.reply(cmd, bigEndian(m.balances.Account))
	case apdu.BalanceSelf:
		return c.reply(cmd, slices.Concat(bigEndian(m.balances.Self), m.year))
	case apdu.BalanceFund:
		return c.reply(cmd, slices.Concat(bigEndian(m.balances.Fund), m.year))
	}
	return status(swP1P2)
}

// getProof needs no PIN: it is asked after power was lost.
func (c *Card) getProof(cmd apdu.Command) apdu.Response {
	m := c.state.application.medical
	switch {
	case cmd.P1 != 0:
		return status(swP1P2)
	case len(cmd.Data) != 2:
		return status(swLength)
	case m == nil:
		return status(swState)
	case m.last == nil || m.last.kind != cmd.P2 || m.last.sequence != binary.BigEndian.Uint16(cmd.Data):
		return status(swNoProof)
	}
	return c.reply(cmd, slices.Concat(m.last.mac2[:], m.last.tac[:]))
}

// detailsFile is where an application with accounts writes its transactions down.
const detailsFile uint16 = 0xEF08

func (b *builder) medical(s medicalSpec, a *application) (*medical, error) {
	i := slices.IndexFunc(a.files, func(f *file) bool {
		return f.fid == detailsFile && f.structure == cyclic && f.length == detailLength
	})
	if i < 0 {
		return nil, errors.New("needs a cyclic EF08 of 28-byte records")
	}
	m := &medical{
		balances:    apdu.Amounts{Account: s.Account, Self: s.Self, Fund: s.Fund},
		settlements: s.Settlements, loads: s.Loads,
		details: a.files[i],
	}
	var err error
	if m.year, err = packDigits(s.Year); err != nil || len(s.Year) != 4 {
		return nil, within("year", errors.New("not four digits"))
	}
	if m.dpk, err = b.key(s.DPK); err != nil {
		return nil, within("DPK", err)
	}
	if m.dtk, err = b.key(s.DTK); err != nil {
		return nil, within("DTK", err)
	}
	if s.DLK != (keySpec{}) {
		m.dlk, err = b.key(s.DLK)
	}
	return m, within("DLK", err)
}
