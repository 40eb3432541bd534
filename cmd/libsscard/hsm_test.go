//go:build cgo && linux

package main

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/sm"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
)

// backEnd has an HSM with the roots of every card, and knows the card that iReadCardBas has told it of.
type backEnd struct {
	t    testing.TB
	keys *sam.TestKeys
	card sam.Card
}

func newBackEnd(t testing.TB) *backEnd {
	var roots strings.Builder
	key := regexp.MustCompile(`(\w+): \{id: "\w+", root: (\w{32})`)
	for _, m := range key.FindAllStringSubmatch(string(description(t, "cards/gen3-full.yaml")), -1) {
		fmt.Fprintf(&roots, "%s: %s\n", m[1], m[2])
	}
	keys, err := sam.LoadTestKeys(strings.NewReader(roots.String()))
	require.NoError(t, err)
	return &backEnd{t: t, keys: keys}
}

// read answers the first step of iReadCardBas (38号文 §9.1.3).
func (b *backEnd) read(request string) string {
	fields := strings.Split(request, "|")
	require.Len(b.t, fields, 9, request)
	b.card = sam.Card{
		Region: fields[0], Historical: b.unhex(fields[1]), ID: b.unhex(fields[3]),
		Algorithm: map[string]sm.Algorithm{"01": sm.DES, "03": sm.SM4}[fields[2]],
	}
	answer := b.answer("IRK", fields[4], fields[5]) + "|"
	if fields[6] != "" {
		answer += b.answer("RKSSSE", fields[6], fields[7]) + "|"
	}
	return answer
}

// open answers 算法|密钥地址|外部因子|外部原始|.
func (b *backEnd) open(request string) string {
	fields := strings.Split(request, "|")
	require.Len(b.t, fields, 5, request)
	return b.answer(b.key(fields[1]), fields[2], fields[3])
}

// resetPIN answers 算法|密钥地址|随机数|8424000004|| and 算法|密钥地址|随机数|8424000114|新PIN|.
func (b *backEnd) resetPIN(request string) string {
	fields := strings.Split(request, "|")
	require.Len(b.t, fields, 6, request)
	reset := apdu.UnblockPIN()
	if digits := fields[4]; digits != "" {
		reset = apdu.ReloadPIN(b.unhex(digits + strings.Repeat("F", len(digits)%2)))
	}
	command, err := b.keys.Secured(b.t.Context(), b.card, sam.Key{Name: b.key(fields[1])},
		[8]byte(b.unhex(fields[2])), reset)
	require.NoError(b.t, err)
	secured, err := command.Bytes()
	require.NoError(b.t, err)
	return apdu.Hex(secured)
}

// debit answers 算法|密钥地址|伪随机数|交易序号|后两金额|类型|终端机编号|时间| with 终端序号|时间|MAC1|.
func (b *backEnd) debit(request string) string {
	const settled = "00000010" // how the back end numbers its settlements
	fields := strings.Split(request, "|")
	require.Len(b.t, fields, 9, request)
	dpk, err := sm.CardKey(b.card.Algorithm, b.unhex("01112233445566778899AABBCCDDEEFF"), b.card.Region, b.card.Historical)
	require.NoError(b.t, err)
	session, err := sm.SessionKey(b.card.Algorithm, dpk, b.unhex(fields[2]+fields[3]+settled[4:]))
	require.NoError(b.t, err)
	mac, err := sm.MAC(b.card.Algorithm, session, b.unhex("00000000"+fields[4]+fields[5]+fields[6]+fields[7]))
	require.NoError(b.t, err)
	return settled + "|" + fields[7] + "|" + apdu.Hex(mac[:]) + "|"
}

func (b *backEnd) answer(key, factor, original string) string {
	data, err := b.keys.Answer(b.t.Context(), b.card, sam.Key{Name: key},
		sam.Challenge{Factor: [8]byte(b.unhex(factor)), Original: [8]byte(b.unhex(original))})
	require.NoError(b.t, err)
	return apdu.Hex(data[:]) + original
}

// key is the name of the key at an address.
func (b *backEnd) key(address string) string {
	layouts, err := profile.Load("")
	require.NoError(b.t, err)
	keys := layouts.Layout("3.00", b.card.Region).Keys()
	i := slices.IndexFunc(keys, func(k profile.Key) bool { return slices.Contains(k.HSM, address) })
	require.GreaterOrEqual(b.t, i, 0, address)
	return keys[i].Name
}

func (b *backEnd) unhex(s string) []byte {
	data, err := hex.DecodeString(s)
	require.NoError(b.t, err)
	return data
}
