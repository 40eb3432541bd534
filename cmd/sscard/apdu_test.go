package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
)

// What is sent without leave neither changes a card nor costs it a try.
func TestHarm(t *testing.T) {
	for _, row := range []struct {
		name, command string
		want          harm
	}{
		{"SELECT by name", "00A4040006D15600000500", harmless},
		{"SELECT by identifier", "00A4000002EF05", harmless},
		{"READ RECORD", "00B2010540", harmless},
		{"READ BINARY", "00B0000000", harmless},
		{"GET RESPONSE", "00C0000010", harmless},
		{"GET CHALLENGE", "0084000008", harmless},
		{"INTERNAL AUTHENTICATE", "008800001000000000000000000000000000000000", harmless},
		{"GET DATA", "80CA9F7900", harmless},
		{"GET BALANCE", "B026000104", harmless},
		{"GET TRANSACTION PROOF", "B02E0001020001", harmless},
		{"MSE SET", "002241B603840101", harmless},
		{"PSO", "002A9E9A200000000000000000000000000000000000000000000000000000000000000000", harmless},

		{"VERIFY", "0020000003123456", costsTry},
		{"VERIFY without a PIN", "00200000", costsTry},
		{"VERIFY of the PKI application", "0020018110" + "00000000000000000000000000000000", costsTry},
		{"CHANGE PIN", "805E0100051234FF5678", costsTry},
		{"UNBLOCK PIN", "842400000400000000", costsTry},
		{"RESET RETRY COUNTER", "002C0000", costsTry},
		{"EXTERNAL AUTHENTICATE", "0082000A1000000000000000000000000000000000", costsTry},
		{"UPDATE RECORD", "00DC070407010203040506FF", changes},
		{"UPDATE RECORD, secured", "04DC070407010203040506FF", changes},
		{"UPDATE BINARY", "00D600000101", changes},
		{"WRITE RECORD", "00D2000001FF", changes},
		{"ERASE BINARY", "000E0000", changes},
		{"APPEND RECORD", "00E2000001FF", changes},
		{"APPLICATION BLOCK", "841E000104AABBCCDD", changes},
		{"CARD BLOCK", "8416000004AABBCCDD", changes},
		{"SELECT in a secured class", "04A4000002EF05", changes},
		{"INITIALIZE of a settlement", "B028010100", changes},
		{"CREDIT", "B02A0000", changes},
		{"MSE STORE", "0022F201", changes},
		{"GET PROCESSING OPTIONS counts", "80A80000028300", changes},
		{"CREATE FILE", "80E00000", changes},
		{"unknown", "80F00000", changes},
		{"PSAM's session key", "BFDE470A00", changes},
	} {
		t.Run(row.name, func(t *testing.T) {
			raw, err := apdu.ParseHex(row.command)
			require.NoError(t, err)
			command, err := apdu.Parse(raw)
			require.NoError(t, err)
			require.Equal(t, row.want, harmOf(command))
		})
	}
}

// Every status word has its meaning in both languages.
func TestStatusWordsInChinese(t *testing.T) {
	for sw := range 1 << 16 {
		meaning := meaningOf(apdu.StatusWord(sw))
		require.NotEmpty(t, meaning.ZH, "%04X: %s", sw, meaning.EN)
	}
	require.Equal(t, "验证失败，剩余 2 次", meaningOf(0x63C2).ZH)
}
