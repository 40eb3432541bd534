package evidence_test

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/sm"
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

// FuzzCheck changes a good token behind its base64, and wants that whatever is accepted then is what the card signed.
func FuzzCheck(f *testing.F) {
	v := readVectors(f, "good.json")[0]
	signed, err := evidence.Parse(v.Token)
	require.NoError(f, err)
	message, err := signed.Message()
	require.NoError(f, err)
	for _, name := range []string{"good.json", "bad.json"} {
		for _, v := range readVectors(f, name) {
			if document, err := base64.RawURLEncoding.DecodeString(v.Token); err == nil && len(document) < 4096 {
				f.Add(document)
			}
		}
	}
	checker := evidence.Checker{Trust: &sm.Trust{Roots: trust(f, readFile(f, v.Roots), nil).Roots}, Now: noon}
	want := evidence.Want{Nonce: unhex(f, v.Nonce), Origin: v.Origin}
	f.Fuzz(func(t *testing.T, document []byte) {
		token := encode(string(document))
		proof, err := checker.Check(token, want)
		if err != nil {
			var failed *evidence.Error
			require.ErrorAs(t, err, &failed)
			return
		}
		e, err := evidence.Parse(token)
		require.NoError(t, err)
		accepted, err := e.Message()
		require.NoError(t, err)
		if e.Version == 1 && len(e.Dynamic) == 0 && e.Time.Equal(noon) {
			require.Equal(t, message, accepted)
		}
		require.Equal(t, number, proof.CardNumber)
	})
}
