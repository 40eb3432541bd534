package evidence_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/evidence"
)

// FuzzParse wants that what is taken can be written again, and is the same then.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"good.json", "bad.json"} {
		for _, v := range readVectors(f, name) {
			if len(v.Token) < 4096 {
				f.Add(v.Token)
			}
		}
	}
	f.Fuzz(func(t *testing.T, token string) {
		e, err := evidence.Parse(token)
		if err != nil {
			require.ErrorIs(t, err, evidence.ErrMalformed)
			return
		}
		again, err := e.Token()
		require.NoError(t, err)
		same, err := evidence.Parse(again)
		require.NoError(t, err)
		require.Equal(t, e, same)
	})
}

// FuzzCheck changes tokens behind their base64, and wants that a card signed whatever is accepted then.
func FuzzCheck(f *testing.F) {
	signed := map[string]bool{}
	for _, v := range readVectors(f, "good.json") {
		e, err := evidence.Parse(v.Token)
		require.NoError(f, err)
		signed[message(f, e)] = true
		if document := decode(f, v.Token); len(document) < 4096 {
			f.Add(document)
		}
	}
	for _, r := range append(signatureRows(), certificateRows()...) {
		_, token := r.make(f)
		f.Add(decode(f, token))
	}
	v := readVectors(f, "good.json")[0]
	checker := evidence.Checker{Trust: trust(f, readFile(f, v.Roots), nil), Now: noon}
	want := evidence.Want{Nonce: unhex(f, v.Nonce), Origin: v.Origin}
	f.Fuzz(func(t *testing.T, document string) {
		proof, err := checker.Check(encode(document), want)
		if err != nil {
			var failed *evidence.Error
			require.ErrorAs(t, err, &failed)
			return
		}
		e, err := evidence.Parse(encode(document))
		require.NoError(t, err)
		require.True(t, signed[message(t, e)])
		require.Equal(t, number, proof.CardNumber)
	})
}

func message(t testing.TB, e evidence.Evidence) string {
	m, err := e.Message()
	require.NoError(t, err)
	return string(m)
}
