package softcard_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
)

// commands splits a fuzzed session: a length byte, so many bytes of a command, and on.
func commands(session []byte) [][]byte {
	var list [][]byte
	for len(session) > 0 {
		n := min(int(session[0]), len(session)-1)
		list = append(list, session[1:1+n])
		session = session[1+n:]
	}
	return list
}

// accounts is an application that pays, to stand first under applications.
const accounts = `
  DF04:
    name: D15600000503
    fid: DF04
    medical:
      account: 150000
      year: "2026"
      DPK: {id: "01", root: 01112233445566778899AABBCCDDEEFF}
      DLK: {id: "01", root: 4B112233445566778899AABBCCDDEEFF}
      DTK: {id: "01", root: 4C112233445566778899AABBCCDDEEFF}
    files:
      EF08: {sfi: 8, structure: cyclic, read: PIN, update: free, room: 3, length: 28}`

// signers are applications that sign, each in its form, to stand first under applications.
const signers = `
  PSO:
    name: D156000005A1
    sm2: {form: pso, key: 3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8}
  DDA:
    name: D156000005A2
    sm2: {form: dda, layout: der, key: 3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8}
  VENDOR:
    name: D156000005A3
    sm2: {form: vendor, key: 3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8}
    files:
      "0018": {structure: transparent, certificate: 3003020101, size: 1024}`

// FuzzCard shows that whatever a card is asked, it gives a status word, and data only with 9000 or 61xx.
func FuzzCard(f *testing.F) {
	for _, session := range []string{
		"14" + selectSSSE + "05 00B2012D00",
		"14" + selectSSSE + "07 00A4020002EF06 05 00B2000200 05 00B2000300 05 00B2010600",
		"14" + selectSSSE + "05 0084000008 15 0082000A10 0000000000000000 0000000000000000",
		"15 0088000010 B0B1B2B3B4B5B6B7 A0A1A2A3A4A5A6A7 05 00C0000008",
		"14" + selectSSSE + "05 00B0880000 07 00B08800000200 08 0020000003123456",
		"15" + selectSSSE + "00 08 0020000003123456 07 00A4000002DF04" +
			"18 B028010113 01 00000001 00000000 00000000 510100000001" +
			"14 B02C01000F 00000001 20260203101112 00000000",
		"07 00A4000002DF01 15 BFDE220110 86845101 00000023 A0A1A2A3A4A5A6A7 0D 80FA050008 0000000000000000",
		"07 00A4000002DF01 29 8070010024 E0E1E2E3 0007 000009C4 00000064 00001D4C 31 20260203101112 01 01" +
			"8684510100000022 09 8072000004 00000000",
		"0B" + selectACSE + "26" + signIt + "05 00B0950000 05 00B0010000",
		"0B 00A4040006D156000005A1 08" + setKey + "26" + signHash,
		"0B 00A4040006D156000005A2 26 0088000020" + challenge + "00 05 00C0000051",
		"0B 00A4040006D156000005A3 2C" + signVendor + "07 00A40200020018 05 00B0000000",
	} {
		f.Add(unhex(f, session))
	}
	descriptions := [][]byte{
		describe(f, "gen2", "applications:", "applications:"+signers), describe(f, "gen1-t0"),
		describe(f, "gen3", "sfi: 6", "sfi: 6\n        update: free", "applications:", "applications:"+accounts),
		describe(f, "psam-city", "&keys", `&keys
      DPK: {usage: "22", id: "01", root: 01112233445566778899AABBCCDDEEFF}`),
	}
	f.Fuzz(func(t *testing.T, session []byte) {
		for _, description := range descriptions {
			card := parse(t, description)
			for _, command := range commands(session) {
				answer, err := card.Transmit(context.Background(), command)
				require.NoError(t, err)
				require.GreaterOrEqual(t, len(answer), 2)
				if sw1 := answer[len(answer)-2]; len(answer) > 2 {
					require.Contains(t, []byte{0x90, 0x61}, sw1)
				}
			}
		}
	})
}

// FuzzParse shows that a description gives a card that answers, or an error that says where.
func FuzzParse(f *testing.F) {
	for name := range holders {
		f.Add(describe(f, name))
	}
	f.Add(describe(f, "psam-city"))
	f.Add(describe(f, "gen2", "applications:", "applications:"+signers))
	f.Fuzz(func(t *testing.T, description []byte) {
		card, err := softcard.Parse(description)
		if err != nil {
			require.True(t, errors.As(err, new(*softcard.FormatError)), "%v", err)
			return
		}
		for _, command := range []string{selectSSSE, selectMF, "00B2012D00", "00B2012C00", "00B0870000"} {
			require.GreaterOrEqual(t, len(ask(t, card, command)), 4)
		}
	})
}

// FuzzParseForgery shows that a text is no forgery, or one that a card can be made to do.
func FuzzParseForgery(f *testing.F) {
	for _, text := range append(softcard.Forgeries(), "flip@17", "refuse:6982", "certificate=3003020101", "certificate-flip@8191") {
		f.Add(text)
	}
	description := describe(f, "gen3")
	f.Fuzz(func(t *testing.T, text string) {
		forgery, err := softcard.ParseForgery(text)
		if err != nil {
			require.ErrorIs(t, err, softcard.ErrForgery)
			return
		}
		require.Equal(t, text, forgery.String())
		card := parse(t, description)
		if err := card.Forge(forgery); err != nil {
			require.ErrorIs(t, err, softcard.ErrForgery)
		}
		for _, command := range []string{selectACSE, signIt, "00B0950000"} {
			require.GreaterOrEqual(t, len(ask(t, card, command)), 4)
		}
	})
}
