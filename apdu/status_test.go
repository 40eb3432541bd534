package apdu_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
)

// meanings are all that a status word may say; a word says at most one of them.
var meanings = []error{
	apdu.ErrVerification, apdu.ErrSecurityStatus, apdu.ErrAuthBlocked, apdu.ErrFileNotFound, apdu.ErrRecordNotFound,
	apdu.ErrKeyNotFound, apdu.ErrNotSupported, apdu.ErrParameters, apdu.ErrConditions, apdu.ErrCardBlocked,
	apdu.ErrMemory, apdu.ErrRefused, apdu.ErrProtocol,
}

func TestStatusWords(t *testing.T) {
	for _, row := range []struct {
		name string
		sw   apdu.StatusWord
		want error
	}{
		{"done", 0x9000, nil},
		{"GET RESPONSE 8", 0x6108, apdu.ErrProtocol},
		{"GET RESPONSE 256", 0x6100, apdu.ErrProtocol},
		{"data may be corrupted", 0x6281, apdu.ErrRefused},
		{"end of file", 0x6282, apdu.ErrRefused},
		{"file invalidated", 0x6283, apdu.ErrCardBlocked},
		{"authentication failed", 0x6300, apdu.ErrVerification},
		{"verification failed, none left", 0x63C0, apdu.ErrVerification},
		{"verification failed, three left", 0x63C3, apdu.ErrVerification},
		{"PSAM: MAC2 check failed", 0x63CF, apdu.ErrVerification},
		{"memory failure", 0x6581, apdu.ErrMemory},
		{"Lc or Le wrong", 0x6700, apdu.ErrParameters},
		{"not accepted in this state", 0x6901, apdu.ErrConditions},
		{"incompatible file structure", 0x6981, apdu.ErrParameters},
		{"security status not satisfied", 0x6982, apdu.ErrSecurityStatus},
		{"PIN or key blocked", 0x6983, apdu.ErrAuthBlocked},
		{"no challenge", 0x6984, apdu.ErrConditions},
		{"conditions not satisfied", 0x6985, apdu.ErrConditions},
		{"no current EF", 0x6986, apdu.ErrConditions},
		{"secure messaging object missing", 0x6987, apdu.ErrParameters},
		{"secure messaging MAC wrong", 0x6988, apdu.ErrParameters},
		{"data field wrong", 0x6A80, apdu.ErrParameters},
		{"not supported or card blocked", 0x6A81, apdu.ErrNotSupported},
		{"file not found", 0x6A82, apdu.ErrFileNotFound},
		{"record not found", 0x6A83, apdu.ErrRecordNotFound},
		{"no space", 0x6A84, apdu.ErrMemory},
		{"Lc against TLV", 0x6A85, apdu.ErrParameters},
		{"P1-P2 wrong", 0x6A86, apdu.ErrParameters},
		{"key not found", 0x6A88, apdu.ErrKeyNotFound},
		{"offset beyond EF", 0x6B00, apdu.ErrParameters},
		{"repeat with 18", 0x6C12, apdu.ErrProtocol},
		{"INS not supported", 0x6D00, apdu.ErrNotSupported},
		{"CLA not supported", 0x6E00, apdu.ErrNotSupported},
		{"data invalid", 0x6F00, apdu.ErrParameters},
		{"MAC wrong", 0x9302, apdu.ErrVerification},
		{"application blocked for ever", 0x9303, apdu.ErrCardBlocked},
		{"amount insufficient", 0x9401, apdu.ErrConditions},
		{"counter at its end", 0x9402, apdu.ErrConditions},
		{"key index not supported", 0x9403, apdu.ErrKeyNotFound},
		{"MAC or TAC not available", 0x9406, apdu.ErrConditions},
		{"a word of no standard", 0x1234, apdu.ErrRefused},
		{"a word beside 9000", 0x9001, apdu.ErrRefused},
	} {
		t.Run(row.name, func(t *testing.T) {
			status := &apdu.StatusError{Command: "READ RECORD EF05", SW: row.sw}
			err := fmt.Errorf("wrapped: %w", status)
			for _, meaning := range meanings {
				require.Equal(t, row.want == meaning, errors.Is(err, meaning), meaning)
			}
			require.False(t, status.Is(nil), "success is not an error to match")
			require.Equal(t, row.want == nil, row.sw.OK())
			require.NotEmpty(t, row.sw.Meaning())
		})
	}
}

func TestStatusErrorTextIsCommandMeaningAndWord(t *testing.T) {
	err := &apdu.StatusError{Command: apdu.Command{INS: apdu.InsVerify, Data: []byte{0x12, 0x34, 0x56}}.String(), SW: 0x63C2}
	require.EqualError(t, err, "VERIFY 00200000: verification failed (63C2)")
}

func TestStatusWordParts(t *testing.T) {
	type part struct {
		n  int
		ok bool
	}
	of := func(n int, ok bool) part {
		if !ok {
			n = 0 // means nothing then
		}
		return part{n, ok}
	}
	for _, row := range []struct {
		name                 string
		sw                   apdu.StatusWord
		more, correct, tries part
		warning              bool
	}{
		{name: "nothing to add", sw: 0x9000},
		{name: "eight bytes waiting", sw: 0x6108, more: part{8, true}},
		{name: "256 bytes waiting", sw: 0x6100, more: part{256, true}},
		{name: "length 18", sw: 0x6C12, correct: part{18, true}},
		{name: "length 256", sw: 0x6C00, correct: part{256, true}},
		{name: "three tries", sw: 0x63C3, tries: part{3, true}},
		{name: "no tries", sw: 0x63C0, tries: part{0, true}},
		{name: "no counter", sw: 0x6300},
		{name: "warning", sw: 0x6282, warning: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.more, of(row.sw.More()))
			require.Equal(t, row.correct, of(row.sw.Correct()))
			require.Equal(t, row.tries, of(row.sw.TriesLeft()))
			require.Equal(t, row.warning, row.sw.Warning())
		})
	}
}

func TestStatusWordText(t *testing.T) {
	require.Equal(t, "0000", apdu.StatusWord(0).String())
	require.Equal(t, "6A82", apdu.StatusWord(0x6A82).String())
}
