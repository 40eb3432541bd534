package softcard_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/sm"
)

const (
	selectSX1 = selectSSSE
	selectSX3 = "00A404000F7378332E73682EC9E7BBE1B1A3D5CF"
	selectSAM = "00A4020002DF01"
)

// environments are the two sides of each algorithm: a user card, and the PSAM's environment for it.
var environments = []struct {
	alg       sm.Algorithm
	card, env string
}{
	{sm.DES, "gen2-full", selectSX1},
	{sm.SM4, "gen3-full", selectSX3},
}

// openSAM is a PSAM with the application of an environment selected.
func openSAM(t *testing.T, name, env string, options ...softcard.Option) *softcard.Card {
	t.Helper()
	sam := open(t, name, options...)
	require.True(t, strings.HasPrefix(ask(t, sam, env), "6F"))
	require.True(t, strings.HasPrefix(ask(t, sam, "00A4000002DF01"), "6F"))
	return sam
}

// factors are those of a card of Chengdu, as many as levels, the card's first.
func factors(t *testing.T, card softcard.Answerer, levels int) [][8]byte {
	t.Helper()
	historical, err := apdu.HistoricalBytes(card.ATR())
	require.NoError(t, err)
	own, err := sm.CardFactor(historical)
	require.NoError(t, err)
	city, err := sm.CityFactor("510100")
	require.NoError(t, err)
	province, err := sm.ProvinceFactor("510100")
	require.NoError(t, err)
	return [][8]byte{own, city, province}[:levels]
}

// block is 8 bytes made up to a block with zeros.
func block(t *testing.T, alg sm.Algorithm, b []byte) []byte {
	t.Helper()
	size, err := alg.BlockSize()
	require.NoError(t, err)
	return append(append([]byte{}, b...), make([]byte, size-len(b))...)
}

// deliver makes a session key of the PSAM for card and challenge.
func deliver(t *testing.T, alg sm.Algorithm, sam, card softcard.Answerer, usage, id byte, challenge []byte) {
	t.Helper()
	levels := factors(t, card, int(usage>>5))
	data(t, sam, apdu.DeliverSessionKey(usage, id, levels, block(t, alg, challenge)))
}

// samAuth has the PSAM answer for a key: the original under the session key, folded.
func samAuth(t *testing.T, alg sm.Algorithm, sam, card softcard.Answerer, usage, id byte, challenge, original []byte) (auth [8]byte) {
	t.Helper()
	deliver(t, alg, sam, card, usage, id, challenge)
	for i, b := range data(t, sam, apdu.CipherData(apdu.CipherEncrypt, block(t, alg, original))) {
		auth[i%8] ^= b
	}
	return auth
}

// samMAC has the PSAM make a MAC over message, in one piece.
func samMAC(t *testing.T, alg sm.Algorithm, sam softcard.Answerer, message []byte) [4]byte {
	t.Helper()
	size, err := alg.BlockSize()
	require.NoError(t, err)
	padded := append(make([]byte, size), append(message, 0x80)...)
	padded = append(padded, make([]byte, (size-len(padded)%size)%size)...)
	return [4]byte(data(t, sam, apdu.CipherData(apdu.CipherMAC, padded)))
}

var original = []byte{0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7}

// TestPSAMMeetsCard has both cards of each algorithm authenticate each other, over PSAMs whose keys lie at
// every level.
func TestPSAMMeetsCard(t *testing.T) {
	for _, env := range environments {
		for _, row := range []struct {
			name, sam   string
			irk, rk, uk byte
			oldnew      []string
		}{
			{"three levels", "psam", 0x67, 0x67, 0x48, nil},
			{"two levels", "psam-city", 0x47, 0x47, 0x28, nil},
			{"one level", "psam-city", 0x27, 0x27, 0x28, []string{`usage: "47"`, `usage: "27"`}},
		} {
			t.Run(env.alg.String()+", "+row.name, func(t *testing.T) {
				card := open(t, env.card)
				sam := parse(t, describe(t, row.sam, row.oldnew...))
				ask(t, sam, env.env)
				ask(t, sam, selectSAM)
				ask(t, sam, "00A4000002DF01")
				ask(t, card, selectSSSE)

				factor := data(t, card, apdu.GetChallenge(8))
				internal := data(t, card, apdu.InternalAuthenticate([8]byte(factor), [8]byte(original)))
				want := samAuth(t, env.alg, sam, card, row.irk, 0x08, factor, original)
				require.Equal(t, apdu.Hex(want[:]), apdu.Hex(internal))

				for keyID, usage := range map[byte][2]byte{0x0A: {row.rk, 0x0A}, 0x04: {row.uk, 0x12}, 0x06: {row.uk, 0x10}} {
					factor = data(t, card, apdu.GetChallenge(8))
					external := samAuth(t, env.alg, sam, card, usage[0], usage[1], factor, original)
					require.Equal(t, "9000", tell(t, card, apdu.ExternalAuthenticate(keyID, external, [8]byte(original))))
				}
				require.True(t, strings.HasPrefix(ask(t, card, "00B2083014"), "0812"))
				require.Equal(t, "9000", ask(t, card, "00DC052806 0504 20220101"))
			})
		}
	}
}

// TestPSAMReloadsPIN follows PIN RELOAD and UNBLOCK with the PUK and the STKSSSE in the PSAM.
func TestPSAMReloadsPIN(t *testing.T) {
	for _, env := range environments {
		for _, usage := range []byte{0x28, 0x26} {
			t.Run(env.alg.String()+", MAC under "+apdu.Hex([]byte{usage}), func(t *testing.T) {
				card, sam := open(t, env.card), openSAM(t, "psam", env.env)
				ask(t, card, selectSSSE)
				factor := data(t, card, apdu.GetChallenge(8))
				puk := samAuth(t, env.alg, sam, card, 0x48, 0x10, factor, original)
				require.Equal(t, "9000", tell(t, card, apdu.ExternalAuthenticate(0x06, puk, [8]byte(original))))

				challenge := data(t, card, apdu.GetChallenge(8))
				deliver(t, env.alg, sam, card, 0x28, 0x09, challenge)
				reload := apdu.ReloadPIN(data(t, sam, apdu.CipherData(apdu.CipherEncrypt,
					block(t, env.alg, []byte{3, 0x65, 0x43, 0x21, 0x80}))))
				deliver(t, env.alg, sam, card, usage, 0x09, challenge)
				require.Equal(t, "9000", tell(t, card, reload.WithMAC(samMAC(t, env.alg, sam, reload.MACInput()))))
				require.Equal(t, "9000", ask(t, card, verifyWrong), "the new PIN")

				ask(t, card, verifyRight)
				deliver(t, env.alg, sam, card, usage, 0x09, data(t, card, apdu.GetChallenge(8)))
				unblock := apdu.UnblockPIN()
				require.Equal(t, "9000", tell(t, card, unblock.WithMAC(samMAC(t, env.alg, sam, unblock.MACInput()))))
				require.Equal(t, "63C3", ask(t, card, askTries))
			})
		}
	}
}

// TestPSAMSettles follows a settlement end to end.
func TestPSAMSettles(t *testing.T) {
	for _, env := range environments {
		t.Run(env.alg.String(), func(t *testing.T) {
			card, sam := payer(t, env.card), openSAM(t, "psam", env.env)
			terminal := [6]byte{0x51, 0x01, 0, 0, 0, 0x01}
			p := apdu.SAMPurchase{
				Amounts: apdu.Amounts{Account: 2500, Self: 100, Fund: 7500}, Kind: '1',
				Time: [7]byte{0x20, 0x26, 0x02, 0x03, 0x10, 0x11, 0x12}, Factors: factors(t, card, 1),
			}
			begun := data(t, card, apdu.InitSettlement(1, p.Amounts, terminal))
			p.Sequence, p.Version, p.Algorithm = binary.BigEndian.Uint16(begun[14:]), begun[16], begun[17]
			p.Random = [4]byte(begun[18:])

			answer := data(t, sam, apdu.InitSAMPurchase(1, p))
			sequence := binary.BigEndian.Uint32(answer)
			require.Equal(t, uint32(16), sequence)
			paid := data(t, card, apdu.Debit(sequence, p.Time, [4]byte(answer[4:])))
			mac2 := [4]byte(paid[4:])
			require.Equal(t, "9000", tell(t, sam, apdu.CreditSAM(mac2)))
			require.Equal(t, "6901", tell(t, sam, apdu.CreditSAM(mac2)), "once only")
			require.Equal(t, paid, append(data(t, card, apdu.GetProof('1', 7))[4:], mac2[:]...))

			data(t, sam, apdu.InitSAMPurchase(1, p))
			mac2[3] ^= 1
			require.Equal(t, "63CF", tell(t, sam, apdu.CreditSAM(mac2)))
			play(t, sam, []row{
				{"the number is used up for good", reset, ""}, {"environment", env.env, "6F…"}, {"DF01", "00A4000002DF01", "6F…"},
				{"0019", "00A40200020019", "9000"}, {"next", "00B0000004", "00000012 9000"},
			})
		})
	}
}

func TestPSAMFiles(t *testing.T) {
	for _, script := range []struct {
		name, sam string
		rows      []row
	}{
		{"at power-on", "psam", []row{
			{"0015", "00A40200020015", "9000"}, {"public", "00B000000F", "01 51010000000000000001 02 01 0000 9000"},
			{"0016", "00A40200020016", "9000"}, {"terminal", "00B0000006", "510100000001 9000"},
			{"by SFI", "00B0960006", "510100000001 9000"}, {"DF01", "00A4040006D15600000590", "6F088406D15600000590 9000"},
		}},
		{"sx1", "psam", []row{
			{"environment", selectSX1, "6F11840F7378312E73682EC9E7BBE1B1A3D5CF 9000"}, {"terminal", "00B0960006", "510100000001 9000"},
			{"DF01 as an EF", "00A4020002DF01", "6F…"}, {"DF01 again", "00A4000002DF01", "6F…"},
			{"0016 is not here", "00A40200020016", "6A82"}, {"0019", "00B0990004", "00000010 9000"},
			{"INIT ENV", "BFEC00000151", "9000"}, {"INIT ENV, Lc", "BFEC0000025101", "6700"}, {"INIT ENV, P1", "BFEC01000151", "6A86"},
			{"MF", selectMF, "6F…"}, {"INIT ENV, not under DF01", "BFEC00000151", "6901"},
		}},
		{"sx3", "psam", []row{{"environment", selectSX3, "6F…"}, {"terminal", "00B0960006", "510100000001 9000"}, {"DF01", "00A4000002DF01", "6F…"}}},
		{"no sx2", "psam", []row{{"environment", "00A404000F7378322E73682EC9E7BBE1B1A3D5CF", "6A82"}}},
		{"no sx3", "psam-des", []row{{"environment", selectSX3, "6A82"}, {"sx1", selectSX1, "6F…"}}},
		{"not a user card", "psam", []row{
			{"READ RECORD", "00B2012812", "6D00"}, {"GET CHALLENGE", challenge8, "6D00"}, {"VERIFY", verifyRight, "6D00"},
			{"UPDATE BINARY", "00D6960001AA", "6D00"}, {"class", "00FA000008 0000000000000000", "6E00"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) { play(t, open(t, script.sam), script.rows) })
	}
}

func TestDeliverSessionKey(t *testing.T) {
	const card, city, province, challenge = "8684510100000023", "3531303130307378", "3531303030307368", "B0B1B2B3B4B5B6B7"
	const three, two = card + city + province, card + city
	const zeros = "0000000000000000"
	for _, script := range []struct {
		name, sam, env string
		rows           []row
	}{
		{"DES", "psam", selectSX1, []row{
			{"three levels", "BFDE670820" + three + challenge, "9000"}, {"two levels", "BFDE481218" + two + challenge, "9000"},
			{"one level", "BFDE260910" + card + challenge, "9000"},
		}},
		{"SM4", "psam", selectSX3, []row{
			{"three levels", "BFDE670B28" + three + challenge + zeros, "6A88"}, {"RKSSSE", "BFDE670A28" + three + challenge + zeros, "9000"},
			{"two levels", "BFDE481220" + two + challenge + zeros, "9000"}, {"one level", "BFDE260918" + card + challenge + zeros, "9000"},
			{"the form of DES", "BFDE670820" + three + challenge, "6A80"},
		}},
		{"levels", "psam-city", selectSX1, []row{
			{"67", "BFDE670A20" + three + challenge, "6A80"}, {"47", "BFDE470A18" + two + challenge, "9000"}, {"27", "BFDE270A10" + card + challenge, "6A80"},
			{"factors of three in 47", "BFDE470A20" + three + challenge, "6A80"}, {"not whole factors", "BFDE470A17" + two + challenge[:14], "6700"},
			{"no input", "BFDE470A07" + challenge[:14], "6700"},
		}},
		{"absent", "psam-no-rksssse", selectSX3, []row{
			{"RKSSSE", "BFDE670A28" + three + challenge + zeros, "6A88"}, {"at another level", "BFDE470A20" + two + challenge + zeros, "6A88"},
			{"another type", "BFDE680828" + three + challenge + zeros, "6A88"}, {"IRK", "BFDE670828" + three + challenge + zeros, "9000"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) { play(t, openSAM(t, script.sam, script.env), script.rows) })
	}
	t.Run("not under DF01", func(t *testing.T) {
		play(t, open(t, "psam"), []row{{"IRK", "BFDE670820" + three + challenge, "6901"}})
	})
}

// TestCipherData goes through the modes with the session key of the published vectors.
func TestCipherData(t *testing.T) {
	sam := func(t *testing.T, usage string) *softcard.Card {
		description := describe(t, "psam", `IRK: {usage: "67"`, `IRK: {usage: "`+usage+`"`)
		card := parse(t, description)
		ask(t, card, selectSX1)
		ask(t, card, "00A4000002DF01")
		return card
	}
	const deliver = "0820 8684510100000001 3531303130307378 3531303030307368 1122334455667788"
	const iv, message = "0000000000000000", "842400010CA466225B66A96777800000"
	for _, script := range []struct {
		name, usage string
		rows        []row
	}{
		{"encrypts", "67", []row{
			{"no key", "80FA000008 99AABBCCDDEEFF00", "6901"},
			{"deliver", "BFDE67" + deliver, "9000"}, {"block", "80FA000008 99AABBCCDDEEFF00", "592E7FFE139EDFA3 9000"},
			{"one computation a key", "80FA000008 99AABBCCDDEEFF00", "6901"},
			{"deliver", "BFDE67" + deliver, "9000"}, {"two blocks", "80FA000010 99AABBCCDDEEFF00 0312345680000000", "592E7FFE139EDFA3 A466225B66A96777 9000"},
			{"deliver", "BFDE67" + deliver, "9000"}, {"half a block", "80FA000004 99AABBCC", "6700"}, {"nothing", "80FA0000", "6700"},
			{"P1", "80FA020008 99AABBCCDDEEFF00", "6A86"}, {"P2", "80FA000108 99AABBCCDDEEFF00", "6A86"},
			{"does no MAC", "80FA050018" + iv + message, "6985"}, {"block", "80FA000008 99AABBCCDDEEFF00", "592E…"},
		}},
		{"makes a MAC", "66", []row{
			{"deliver", "BFDE66" + deliver, "9000"}, {"in one", "80FA050018" + iv + message, "E515A5C3 9000"}, {"once", "80FA050018" + iv + message, "6901"},
			{"deliver", "BFDE66" + deliver, "9000"}, {"first", "80FA070010" + iv + message[:16], "9000"}, {"last", "80FA010008" + message[16:], "E515A5C3 9000"},
			{"deliver", "BFDE66" + deliver, "9000"}, {"first", "80FA070010" + iv + message[:16], "9000"}, {"next", "80FA030008" + message[16:], "9000"},
			{"first again", "80FA070010" + iv + message[:16], "9000"}, {"last", "80FA010008" + message[16:], "E515A5C3 9000"},
			{"deliver", "BFDE66" + deliver, "9000"}, {"last without first", "80FA010008" + message[16:], "6901"},
			{"nothing behind the initial block", "80FA050008" + iv, "6700"}, {"does not encrypt", "80FA000008 99AABBCCDDEEFF00", "6985"},
		}},
		{"does both", "68", []row{
			{"deliver", "BFDE68" + deliver, "9000"}, {"block", "80FA000008 99AABBCCDDEEFF00", "592E7FFE139EDFA3 9000"},
			{"deliver", "BFDE68" + deliver, "9000"}, {"MAC", "80FA050018" + iv + message, "E515A5C3 9000"},
			{"deliver", "BFDE68" + deliver, "9000"}, {"another environment", selectSX3, "6F…"}, {"forgets the key", "80FA000008 99AABBCCDDEEFF00", "6901"},
		}},
	} {
		t.Run(script.name, func(t *testing.T) { play(t, sam(t, script.usage), script.rows) })
	}
}

func TestInitSAMPurchaseRefused(t *testing.T) {
	const body = "E0E1E2E3 0007 000009C4 00000064 00001D4C 31 20260203101112"
	const factor = "8684510100000022"
	play(t, openSAM(t, "psam", selectSX1), []row{
		{"nothing to credit", "807200000400000000", "6901"},
		{"right", "8070010024" + body + "0101" + factor, "00000010 590CC9AD 9000"}, {"MAC2", "8072000004 B921A1B9", "9000"},
		{"another version", "8070010024" + body + "0201" + factor, "6A88"}, {"another algorithm", "8070010024" + body + "0103" + factor, "6A88"},
		{"another key", "8070020024" + body + "0101" + factor, "6A88"}, {"two levels", "807001002C" + body + "0101" + factor + factor, "6A80"},
		{"no level", "807001001C" + body + "0101", "6A80"}, {"half a factor", "8070010020" + body + "0101" + factor[:8], "6700"},
		{"too short", "8070010004 E0E1E2E3", "6700"}, {"P2", "8070010124" + body + "0101" + factor, "6A86"},
		{"no number was used", "8070010024" + body + "0101" + factor, "00000011…"},
		{"P1 of CREDIT SAM", "807201000400000000", "6A86"}, {"Lc of CREDIT SAM", "8072000003000000", "6700"},
		{"MAC2 of the one before", "8072000004 B921A1B9", "63CF"},
	})
	full := parse(t, describe(t, "psam", "sequence: 16", "sequence: 4294967295"))
	play(t, full, []row{{"DF01", "00A4000002DF01", "6F…"}, {"numbers at their end", "8070010024" + body + "0101" + factor, "9402"}})
	play(t, open(t, "psam"), []row{{"not under DF01", "8070010024" + body + "0101" + factor, "6901"}})
}

// TestPSAMOverT0 shows that a PSAM has manners too.
func TestPSAMOverT0(t *testing.T) {
	sam := parse(t, append(describe(t, "psam"), "quirks: {manners: t0}\n"...))
	play(t, sam, []row{
		{"DF01", "00A4000002DF01", "610A"},
		{"deliver", "BFDE670820 8684510100000001 3531303130307378 3531303030307368 1122334455667788", "9000"},
		{"block", "80FA000008 99AABBCCDDEEFF00", "6108"}, {"its answer", "00C0000008", "592E7FFE139EDFA3 9000"},
	})
}
