package softcard

import (
	"crypto/subtle"
	"encoding/binary"
	"math"
	"slices"

	"sscard/apdu"
	"sscard/sm"
)

// sam is what the application of a PSAM holds in one environment.
type sam struct {
	algorithm sm.Algorithm
	keys      []samKey
	terminal  []byte // 终端机编号, as in 0016
	sequence  *file  // 0019: the number of the next transaction
}

// samKey is a key at the level from which the PSAM diversifies it.
type samKey struct {
	usage, id, version byte
	value              []byte
}

// Type, in the low five bits of a usage, says what a key is for; the high three say how many factors
// diversify it.
const (
	typeDebit      byte = 2
	typeMAC        byte = 6
	typeEncrypt    byte = 7
	typeMACEncrypt byte = 8
	typeMask       byte = 0x1F
	levelShift          = 5
)

// session is the key that DELIVERY SESSION KEY made. It serves one computation.
type session struct {
	algorithm sm.Algorithm
	kind      byte // type of the key
	key       []byte
	chain     []byte // last block of a MAC that goes on; nil: none does
}

// find is the key with a type and an identifier. One that is diversified another number of times gives
// 6A80, which is how a terminal finds out which it is.
func (s *sam) find(usage, id byte) (samKey, apdu.StatusWord) {
	i := slices.IndexFunc(s.keys, func(k samKey) bool { return k.id == id && k.usage&typeMask == usage&typeMask })
	switch {
	case i < 0:
		return samKey{}, swKeyNotFound
	case s.keys[i].usage != usage:
		return samKey{}, swData
	}
	return s.keys[i], swDone
}

const factorLength = 8

// diversify applies factors in the order of a command, the card's first and the highest level's last.
func diversify(alg sm.Algorithm, key, factors []byte) (_ []byte, err error) {
	for n := len(factors); n > 0 && err == nil; n -= factorLength {
		key, err = sm.Diversify(alg, key, [factorLength]byte(factors[n-factorLength:]))
	}
	return key, err
}

// initEnvironment takes the first byte of the user card's 识别码 and, here, does nothing with it.
func (c *Card) initEnvironment(cmd apdu.Command) apdu.Response {
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(swP1P2)
	case len(cmd.Data) != 1:
		return status(swLength)
	case c.state.application.sam == nil:
		return status(swState)
	}
	return status(swDone)
}

// deliverSessionKey makes the session key of usage P1 and identifier P2 from factors ∥ session input.
func (c *Card) deliverSessionKey(cmd apdu.Command) apdu.Response {
	s := c.state.application.sam
	if s == nil {
		return status(swState)
	}
	c.state.session = nil
	size, err := s.algorithm.BlockSize()
	if err != nil {
		return status(swNotSupported)
	}
	key, sw := s.find(cmd.P1, cmd.P2)
	n := len(cmd.Data) - size
	switch {
	case !sw.OK():
		return status(sw)
	case n < 0 || n%factorLength != 0:
		return status(swLength)
	case n != factorLength*int(key.usage>>levelShift):
		return status(swData)
	}
	value, err := diversify(s.algorithm, key.value, cmd.Data[:n])
	if err == nil {
		value, err = sm.SessionKey(s.algorithm, value, cmd.Data[n:])
	}
	if err != nil {
		return status(swNotSupported)
	}
	c.state.session = &session{algorithm: s.algorithm, kind: key.usage & typeMask, key: value}
	return status(swDone)
}

// cipherMode is what a P1 of CIPHER DATA stands for, and which types of key may do it.
type cipherMode struct {
	types       []byte
	first, last bool
}

var cipherModes = map[apdu.CipherMode]cipherMode{
	apdu.CipherEncrypt:  {types: []byte{typeEncrypt, typeMACEncrypt}},
	apdu.CipherMACFirst: {types: []byte{typeMAC, typeMACEncrypt}, first: true},
	apdu.CipherMACNext:  {types: []byte{typeMAC, typeMACEncrypt}},
	apdu.CipherMACLast:  {types: []byte{typeMAC, typeMACEncrypt}, last: true},
	apdu.CipherMAC:      {types: []byte{typeMAC, typeMACEncrypt}, first: true, last: true},
}

// cipherData encrypts whole blocks, or puts them into a MAC. The terminal pads them.
func (c *Card) cipherData(cmd apdu.Command) apdu.Response {
	mode, known := cipherModes[apdu.CipherMode(cmd.P1)]
	s := c.state.session
	switch {
	case !known || cmd.P2 != 0:
		return status(swP1P2)
	case s == nil:
		return status(swState)
	case !slices.Contains(mode.types, s.kind):
		return status(swConditions)
	case len(cmd.Data) == 0 || len(cmd.Data)%len(s.key) != 0: // a session key is as wide as a block
		return status(swLength)
	case cmd.P1 == byte(apdu.CipherEncrypt):
		return c.encrypt(cmd)
	}
	return c.chain(cmd, mode)
}

func (c *Card) encrypt(cmd apdu.Command) apdu.Response {
	s := c.state.session
	c.state.session = nil
	encrypted, err := sm.EncryptBlocks(s.algorithm, s.key, cmd.Data)
	if err != nil {
		return status(swNotSupported)
	}
	return c.reply(cmd, encrypted)
}

func (c *Card) chain(cmd apdu.Command, mode cipherMode) apdu.Response {
	s, initial, blocks := c.state.session, c.state.session.chain, cmd.Data
	if mode.first {
		initial, blocks = blocks[:len(s.key)], blocks[len(s.key):]
	}
	switch {
	case initial == nil:
		return status(swState)
	case len(blocks) == 0:
		return status(swLength)
	}
	last, err := sm.ChainBlocks(s.algorithm, s.key, initial, blocks)
	if err != nil {
		return status(swNotSupported)
	}
	s.chain = last
	if !mode.last {
		return status(swDone)
	}
	c.state.session = nil
	mac, err := sm.ShortMAC(s.algorithm, last)
	if err != nil {
		return status(swNotSupported)
	}
	return c.reply(cmd, mac[:])
}

// Of INIT SAM PURCHASE: random4 ∥ sequence2 ∥ account4 ∥ self4 ∥ fund4 ∥ type1 ∥ time7 ∥ version1 ∥
// algorithm1, and then factors.
const (
	purchaseAmounts   = 6
	purchaseKind      = purchaseAmounts + 12
	purchaseTime      = purchaseKind + 1
	purchaseVersion   = purchaseTime + 7
	purchaseAlgorithm = purchaseVersion + 1
	purchaseFactors   = purchaseAlgorithm + 1
)

// initSAMPurchase makes the MAC1 of a settlement with the DPK P1. The number of the transaction is used
// up here, so that none is used twice whatever happens to the user card.
func (c *Card) initSAMPurchase(cmd apdu.Command) apdu.Response {
	s, data := c.state.application.sam, cmd.Data
	c.state.purchase = nil
	n := len(data) - purchaseFactors
	switch {
	case s == nil:
		return status(swState)
	case cmd.P2 != 0:
		return status(swP1P2)
	case n < 0 || n%factorLength != 0 || n > 3*factorLength:
		return status(swLength)
	}
	key, sw := s.find(byte(n/factorLength)<<levelShift|typeDebit, cmd.P1)
	switch {
	case !sw.OK():
		return status(sw)
	case data[purchaseVersion] != key.version || data[purchaseAlgorithm] != byte(s.algorithm):
		return status(swKeyNotFound)
	}
	sequence := slices.Clone(s.sequence.binary)
	next := binary.BigEndian.Uint32(sequence)
	if next == math.MaxUint32 {
		return status(swCounter)
	}
	t := newTransaction(data[purchaseKind], binary.BigEndian.Uint16(data[4:]),
		slices.Concat(data[purchaseAmounts:purchaseKind], s.terminal), data[:4])
	mac1, mac2, err := s.macs(key, t, sequence, data[purchaseTime:purchaseVersion], data[purchaseFactors:])
	if err != nil {
		return status(swNotSupported)
	}
	binary.BigEndian.PutUint32(s.sequence.binary, next+1)
	c.state.purchase = &mac2
	return c.reply(cmd, slices.Concat(sequence, mac1[:]))
}

func (s *sam) macs(key samKey, t *transaction, sequence, time, factors []byte) (mac1, mac2 [4]byte, err error) {
	dpk, err := diversify(s.algorithm, key.value, factors)
	if err != nil {
		return mac1, mac2, err
	}
	session, err := settlementKey(s.algorithm, dpk, t, sequence)
	if err != nil {
		return mac1, mac2, err
	}
	if mac1, err = sm.MAC(s.algorithm, session, settlementMAC1(t, time)); err == nil {
		mac2, err = sm.MAC(s.algorithm, session, settlementMAC2(t))
	}
	return mac1, mac2, err
}

// creditSAM checks the MAC2 of the debit, once.
func (c *Card) creditSAM(cmd apdu.Command) apdu.Response {
	want := c.state.purchase
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(swP1P2)
	case len(cmd.Data) != 4:
		return status(swLength)
	case want == nil:
		return status(swState)
	}
	c.state.purchase = nil
	if subtle.ConstantTimeCompare(want[:], cmd.Data) == 0 {
		return status(swMAC2)
	}
	return status(swDone)
}
