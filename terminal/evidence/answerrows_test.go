package evidence_test

import (
	"math/big"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/terminal/evidence"
)

const elsewhere = "https://other.example"

// askedRows are tokens that answer another question than the one asked.
func askedRows() []row {
	return []row{
		{
			name: "asked by another origin", before: func(s *sample) { s.evidence.Origin = elsewhere },
			step: evidence.StepOrigin, err: evidence.ErrOrigin,
		},
		{
			name: "origin with a slash", before: func(s *sample) { s.want.Origin += "/" },
			step: evidence.StepOrigin, err: evidence.ErrOrigin,
		},
		{
			name: "origin in capitals", before: func(s *sample) { s.want.Origin = strings.ToUpper(origin) },
			step: evidence.StepOrigin, err: evidence.ErrOrigin,
		},
		{
			name: "replayed for another nonce", before: func(s *sample) { s.want.Nonce = append(ascending(31), 0) },
			step: evidence.StepNonce, err: evidence.ErrNonce,
		},
		{
			name: "beginning of the nonce", before: func(s *sample) { s.evidence.Nonce = ascending(31) },
			step: evidence.StepNonce, err: evidence.ErrNonce,
		},
		{
			name: "too old", before: func(s *sample) { s.maxAge, s.now = time.Minute, noon.Add(time.Minute+time.Second) },
			step: evidence.StepAge, err: evidence.ErrAge,
		},
		{
			name: "from the future", before: func(s *sample) { s.maxAge, s.now = time.Minute, noon.Add(-time.Minute-time.Second) },
			step: evidence.StepAge, err: evidence.ErrAge,
		},
		{
			name: "unknown profile", before: func(s *sample) { s.evidence.Profile = "acse-iso7816-5" },
			step: evidence.StepProfile, err: evidence.ErrProfile,
		},
		{
			name: "dynamic data that the profile does not have", before: func(s *sample) { s.evidence.Dynamic = ascending(12) },
			step: evidence.StepProfile, err: evidence.ErrProfile,
		},
		{
			name: "dynamic data of another length",
			before: func(s *sample) {
				s.evidence.Profile, s.evidence.Dynamic = "template-pboc-dda", ascending(13)
			},
			step: evidence.StepProfile, err: evidence.ErrProfile,
		},
	}
}

// signatureRows are tokens whose card has not signed them.
func signatureRows() []row {
	rows := []row{
		{name: "origin changed", after: func(s *sample) { s.setOrigin(elsewhere) }},
		{name: "nonce changed", after: func(s *sample) { s.setNonce(append(ascending(31), 0)) }},
		{name: "card id changed", after: func(s *sample) { s.evidence.CardID[15] ^= 1 }},
		{name: "time changed", after: func(s *sample) { s.evidence.Time = noon.Add(time.Second) }},
		{name: "fields changed", before: (*sample).withFields, after: func(s *sample) {
			s.want.Fields["holder.name"] = "李四"
			digest, err := evidence.Digest(s.want.Fields)
			require.NoError(s.t, err)
			s.evidence.Fields = &digest
		}},
		{name: "dynamic data changed", before: func(s *sample) {
			s.evidence.Profile, s.evidence.Dynamic = "template-pboc-dda", ascending(12)
		}, after: func(s *sample) { s.evidence.Dynamic[11] ^= 1 }},
		{name: "dynamic data taken away", before: func(s *sample) {
			s.evidence.Profile, s.evidence.Dynamic = "template-pboc-dda", ascending(12)
		}, after: func(s *sample) { s.evidence.Profile, s.evidence.Dynamic = "acse-iso7816-4", nil }},
		{name: "a byte passed from the origin to the nonce", before: func(s *sample) { s.setNonce(ascending(31)) },
			after: func(s *sample) {
				last := len(origin) - 1
				s.setOrigin(origin[:last])
				s.setNonce(append([]byte{origin[last]}, ascending(31)...))
			}},
		{name: "v1 said to be v2", after: (*sample).withFields},
		{name: "v2 said to be v1", before: (*sample).withFields, after: func(s *sample) {
			s.evidence.Version, s.evidence.Fields, s.want.Fields = 1, nil, nil
		}},
		{name: "certificate of another card", after: func(s *sample) {
			s.evidence.Certificate = theWorld(s.t).otherCard(s.t)
		}},
		{name: "signed by another key", before: func(s *sample) { s.key = testKey(s.t, "another card") }},
		{name: "another user id", before: func(s *sample) { s.userID = "ALICE123@YAHOO.COM" }},
		{name: "without Z", after: func(s *sample) { s.signPlain() }},
		{name: "the nonce alone signed", after: func(s *sample) { s.signMessage(s.evidence.Nonce) }},
		{name: "the challenge hashed once more", after: func(s *sample) {
			challenge, err := s.evidence.Challenge()
			require.NoError(s.t, err)
			digest, err := sm.SM3(challenge[:])
			require.NoError(s.t, err)
			s.signMessage(digest[:])
		}},
		{name: "a bit of r", after: func(s *sample) { s.evidence.Signature[31] ^= 1 }},
		{name: "a bit of s", after: func(s *sample) { s.evidence.Signature[63] ^= 1 }},
		{name: "r and s exchanged", after: func(s *sample) {
			sig := s.evidence.Signature
			s.evidence.Signature = sm.Signature(append(append([]byte{}, sig[32:]...), sig[:32]...))
		}},
	}
	for i := range rows {
		rows[i].step, rows[i].err = evidence.StepSignature, sm.ErrVerification
	}
	return append(rows, rangeRows()...)
}

func (s *sample) signMessage(message []byte) {
	var err error
	s.evidence.Signature, err = s.key.Sign(nil, []byte(s.userID), message)
	require.NoError(s.t, err)
}

func (s *sample) signPlain() {
	message, err := s.evidence.Message()
	require.NoError(s.t, err)
	digest, err := sm.SM3(message)
	require.NoError(s.t, err)
	s.evidence.Signature, err = s.key.SignDigest(nil, digest)
	require.NoError(s.t, err)
}

// order is n of GB/T 32918.5: how many points the curve has.
const order = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123"

// rangeRows are signatures that no key can have made.
func rangeRows() []row {
	n, _ := new(big.Int).SetString(order, 16)
	part := func(from int, change func(x *big.Int) *big.Int) func(s *sample) {
		return func(s *sample) {
			half := s.evidence.Signature[from : from+32]
			change(new(big.Int).SetBytes(half)).FillBytes(half)
		}
	}
	set := func(x *big.Int) func(*big.Int) *big.Int { return func(*big.Int) *big.Int { return x } }
	largest := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	rows := []row{
		{name: "r = 0", after: part(0, set(new(big.Int)))},
		{name: "s = 0", after: part(32, set(new(big.Int)))},
		{name: "r = n", after: part(0, set(n))},
		{name: "s = n", after: part(32, set(n))},
		{name: "r = n + 1", after: part(0, set(new(big.Int).Add(n, big.NewInt(1))))},
		{name: "r of all ones", after: part(0, set(largest))},
		{name: "s of all ones", after: part(32, set(largest))},
		{name: "r + s = n", after: func(s *sample) {
			r := new(big.Int).SetBytes(s.evidence.Signature[:32])
			r.Sub(n, r).FillBytes(s.evidence.Signature[32:])
		}},
		{name: "no signature", after: func(s *sample) { s.evidence.Signature = sm.Signature{} }},
	}
	for i := range rows {
		rows[i].step, rows[i].err = evidence.StepSignature, sm.ErrSignature
	}
	return rows
}

// fieldRows are tokens that came with other fields than the terminal read.
func fieldRows() []row {
	change := func(change func(fields map[string]string)) func(s *sample) {
		return func(s *sample) {
			s.withFields()
			change(s.want.Fields)
		}
	}
	rows := []row{
		{name: "another value", before: change(func(f map[string]string) { f["holder.name"] = "李四" })},
		{name: "a field more", before: change(func(f map[string]string) { f["holder.sex"] = "" })},
		{name: "a field less", before: change(func(f map[string]string) { delete(f, "holder.name") })},
		{name: "no fields", before: change(func(f map[string]string) { clear(f) })},
		{name: "values exchanged", before: change(func(f map[string]string) {
			f["holder.name"], f["issuer.card_number"] = f["issuer.card_number"], f["holder.name"]
		})},
		{name: "a byte passed from the value to the name", before: change(func(f map[string]string) {
			delete(f, "issuer.card_number")
			f["issuer.card_number"+number[:1]] = number[1:]
		})},
		{name: "fields beside version 1", before: func(s *sample) { s.want.Fields = map[string]string{} }},
	}
	for i := range rows {
		rows[i].step, rows[i].err = evidence.StepFields, evidence.ErrFields
	}
	return rows
}
