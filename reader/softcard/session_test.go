package softcard_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
)

// challenges are what the card of the standard session draws.
const challenges = "A0A1A2A3A4A5A6A7 B0B1B2B3B4B5B6B7 C0C1C2C3C4C5C6C7 D0D1D2D3D4D5D6D7"

// standardSession is a whole read of a 3.0 card, with the answers of an HSM that holds the test keys.
func standardSession(algorithm, internal, external string) []row {
	zeros := func(n int) string { return strings.Repeat("00", n) }
	return []row{
		{"SSSE", selectSSSE, "6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C038601" + algorithm + "9000"},
		{"EF05", "00A4020002EF05", "9000"},
		{"卡的识别码", "00B2010012", "0110510100D15600000500000001FFFFFFFF9000"},
		{"规范版本", "00B2030006", "0304332E30309000"},
		{"卡号", "00B207000B", "07094130303030303030339000"},
		{"internal original", "0084000008", "A0A1A2A3A4A5A6A79000"},
		{"internal factor", "0084000008", "B0B1B2B3B4B5B6B79000"},
		{"INTERNAL AUTHENTICATE", "0088000010B0B1B2B3B4B5B6B7A0A1A2A3A4A5A6A7", internal + "9000"},
		{"external original", "0084000008", "C0C1C2C3C4C5C6C79000"},
		{"external factor", "0084000008", "D0D1D2D3D4D5D6D79000"},
		{"EXTERNAL AUTHENTICATE", "0082000A10" + external + "C0C1C2C3C4C5C6C7", "9000"},
		{"发卡日期", "00B2050006", "0504202001019000"},
		{"卡有效期", "00B2060006", "0604203001019000"},
		{"EF06", "00A4020002EF06", "9000"},
		{"社会保障号码", "00B2080014", "08123531303130303230303030313031303031399000"},
		{"姓名", "00B2090020", "091ED5C5C8FD" + zeros(26) + "9000"},
		{"姓名扩展", "00B24E0016", "4E14" + zeros(20) + "9000"},
		{"性别", "00B20A0003", "0A01319000"},
	}
}

func TestStandardSession(t *testing.T) {
	for _, variant := range []struct {
		name, card, atr string
		des             bool
		session         []row
	}{
		{
			name: "SM4, contact", card: "gen3", atr: "3B6D00000081544C968684510100000001",
			session: standardSession("03", "CD4D57EC070CD94B", "C7FDDBEB3A95A6B4"),
		},
		{
			name: "SM4, contactless", card: "gen3-contactless", atr: "3B8D80010081544C96868451010000000150",
			session: standardSession("03", "CD4D57EC070CD94B", "C7FDDBEB3A95A6B4"),
		},
		{
			name: "3DES", card: "gen3", atr: "3B6D00000081544C968684510100000001", des: true,
			session: standardSession("01", "9062C02EA5EE9BA4", "F993C2276DB6D78A"),
		},
	} {
		t.Run(variant.name, func(t *testing.T) {
			description := describe(t, variant.card)
			if variant.des {
				description = describe(t, variant.card, "algorithm: SM4", "algorithm: DES")
			}
			card := parse(t, description, softcard.WithRandom(bytes.NewReader(unhex(t, challenges))))
			require.Equal(t, variant.atr, apdu.Hex(card.ATR()))
			play(t, card, variant.session)
		})
	}
}

func TestStandardSessionWithoutAuthentication(t *testing.T) {
	play(t, open(t, "gen3"), []row{
		{"SSSE", selectSSSE, "6F1C…"},
		{"EF06", "00A4020002EF06", "9000"},
		{"社会保障号码", "00B2080014", "6982"},
		{"EF05 stays free", "00B2012812", "0110510100D15600000500000001FFFFFFFF9000"},
	})
}
