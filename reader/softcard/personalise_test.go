package softcard_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/sm"
)

// uncertified is an application that signs and has no certificate, to stand first under applications.
const uncertified = `applications:
  SIGNING:
    name: D1560000050B
    sm2: {form: internal, key: 3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8}
    files: {EF05: {sfi: 5, records: [{tag: "01", hex: "00"}]}}`

func TestPersonalise(t *testing.T) {
	card, key, other := open(t, "gen3"), newKey(t), newKey(t)
	require.NoError(t, card.Personalise("ACSE", key, map[uint16][]byte{
		0xEF15: unhex(t, "3003020101"), 0xEF16: bytes.Repeat([]byte{0xAB}, 300), 0x0018: {0xCD},
	}))
	play(t, card, []row{
		{"", reset, ""}, {"ACSE", selectACSE, "6F…"},
		{"the certificate", "00B0950008", "3003020101000000 9000"}, {"keeps its size", "00B003FF02", "009000"}, {"and no more", "00B0040001", "6B00"},
		{"a new file by its SFI", "00B0960002", "ABAB9000"}, {"its end", "00B0012B02", "AB9000"},
		{"another by its identifier", "00A40200020018", "9000"}, {"its one byte", "00B0000001", "CD9000"},
	})
	requireSigner(t, card, key)

	require.NoError(t, card.Forge(forgery(t, "replay")))
	requireSigner(t, card, key)
	require.NoError(t, card.Personalise("ACSE", other, map[uint16][]byte{0xEF15: bytes.Repeat([]byte{0xEF}, 1100), 0xEF16: nil}))
	requireSigner(t, card, other)
	require.Equal(t, bytes.Repeat([]byte{0xEF}, 1100), certificateFile(t, card), "has grown")
	play(t, card, []row{{"emptied", "00B0960002", "00009000"}})
}

// requireSigner shows that the card signs a challenge with the key.
func requireSigner(t *testing.T, card *softcard.Card, key sm.PrivateKey) {
	t.Helper()
	s, err := sm.ParseSignature(sign(t, card, "internal", unhex(t, challenge), [32]byte{}))
	require.NoError(t, err)
	require.NoError(t, key.Public().Verify([]byte(sm.DefaultID), unhex(t, challenge), s))
}

// TestPersonaliseOwnsNothing shows that the caller's bytes and the card's are different ones.
func TestPersonaliseOwnsNothing(t *testing.T) {
	card, content := open(t, "gen3"), bytes.Repeat([]byte{0x11}, 1024)
	require.NoError(t, card.Personalise("ACSE", newKey(t), map[uint16][]byte{0xEF15: content}))
	require.NoError(t, card.Forge(forgery(t, "certificate-flip@0")))
	require.Equal(t, byte(0x11), content[0])
}

func TestPersonaliseRefused(t *testing.T) {
	card, key := parse(t, describe(t, "gen3", "applications:", uncertified)), newKey(t)
	before := certificateFile(t, card)
	var wrong *softcard.FormatError
	for _, row := range []struct {
		name, application string
		key               sm.PrivateKey
		files             map[uint16][]byte
		path              string
		want              error
	}{
		{"no such application", "PKI", key, nil, "", softcard.ErrNotSigning},
		{"does not sign", "SSSE", key, nil, "", softcard.ErrNotSigning},
		{"no key", "ACSE", sm.PrivateKey{}, map[uint16][]byte{0xEF15: {1}}, "", sm.ErrKey},
		{"too long", "ACSE", key, map[uint16][]byte{0xEF15: {1}, 0xEF16: make([]byte, 1<<15+1)}, "applications.ACSE.files.EF16.size", nil},
		{"a file of records", "SIGNING", key, map[uint16][]byte{0xEF05: {1}}, "applications.SIGNING.files.EF05.structure", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := card.Personalise(row.application, row.key, row.files)
			if row.want != nil {
				require.ErrorIs(t, err, row.want)
			} else {
				require.ErrorAs(t, err, &wrong)
				require.Equal(t, row.path, wrong.Path)
			}
			require.Equal(t, apdu.Hex(before), apdu.Hex(certificateFile(t, card)))
		})
	}
}
