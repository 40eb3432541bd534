package httpapi_test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/softcard"
	"sscard/terminal/apitype"
	"sscard/terminal/evidence"
)

const nonce = "30313233343536373839616263646566" // "0123456789abcdef"

func (d *daemon) verify(body string, origins ...string) *httptest.ResponseRecorder {
	return d.do(call{method: "POST", path: "/v1/verify", body: body, origins: origins})
}

func forged(t *testing.T, text string) *softcard.Card {
	t.Helper()
	c := card(t, "gen3")
	f, err := softcard.ParseForgery(text)
	require.NoError(t, err)
	require.NoError(t, c.Forge(f))
	return c
}

// endOf is the last step that was taken.
func endOf(steps []apitype.ProofStep) (last apitype.ProofStep) {
	for _, s := range steps {
		if s.Result != apitype.StepNotReached {
			last = s
		}
	}
	return last
}

func TestVerify(t *testing.T) {
	for _, row := range []struct {
		name   string
		card   func(t *testing.T) *softcard.Card
		want   apitype.Verification
		ended  apitype.ProofStep // by which step
		signed bool
	}{
		{"genuine", func(t *testing.T) *softcard.Card { return card(t, "gen3") },
			apitype.Verification{Result: "genuine", Method: "sm2"}, apitype.ProofStep{Step: "card_number", Result: "passed"}, true},
		{"contactless", func(t *testing.T) *softcard.Card { return card(t, "gen3-contactless") },
			apitype.Verification{Result: "genuine", Method: "sm2"}, apitype.ProofStep{Step: "card_number", Result: "passed"}, true},
		{"another key", func(t *testing.T) *softcard.Card { return forged(t, "other-key") },
			apitype.Verification{Result: "not_genuine", Method: "sm2", Reason: apitype.EvidenceInvalid, Step: "signature"}, apitype.ProofStep{Step: "signature", Result: "failed"}, false},
		{"no certificate", func(t *testing.T) *softcard.Card { return forged(t, "certificate-junk") },
			apitype.Verification{Result: "not_genuine", Method: "sm2", Reason: apitype.DataMalformed, Step: "certificate"}, apitype.ProofStep{Step: "certificate", Result: "failed"}, false},
		{"2.0, no keys", func(t *testing.T) *softcard.Card { return card(t, "gen2") },
			apitype.Verification{Result: "unchecked", Method: "none", Reason: apitype.SAMAbsent, Step: "irk"}, apitype.ProofStep{Step: "irk", Result: "unchecked"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				d.insert(t, row.card(t))
				got := requireDocument[apitype.Verification](t, d.verify(fmt.Sprintf(`{"nonce": %q, "origin": "https://bank.example"}`, nonce)))
				require.Equal(t, row.signed, got.Evidence != "")
				require.NotZero(t, got.Exchanges)
				require.Equal(t, slot, got.Reader.Name)
				if row.signed {
					_, err := evidence.Checker{Trust: testTrust(t)}.Check(got.Evidence, evidence.Want{Nonce: []byte("0123456789abcdef"), Origin: "https://bank.example"})
					require.NoError(t, err)
				}
				require.Equal(t, row.ended, endOf(got.Steps))
				got.Evidence, got.Exchanges, got.Reader, got.ElapsedMS, got.Steps = "", 0, apitype.ReaderRef{}, 0, nil
				require.Equal(t, row.want, got)
			})
		})
	}
}

// A page's evidence bears the page's own origin, whatever it says.
func TestVerifyOrigins(t *testing.T) {
	for _, row := range []struct {
		name, body, caller string
		origin             string // in the evidence
		code               apitype.Code
	}{
		{"a page", `{"nonce": "` + nonce + `"}`, his, his, ""},
		{"a page that says so", `{"nonce": "` + nonce + `", "origin": "` + his + `"}`, his, his, ""},
		{"a page that says it is another", `{"nonce": "` + nonce + `", "origin": "` + hall + `"}`, his, "", apitype.RequestOriginDenied},
		{"a program", `{"nonce": "` + nonce + `", "origin": "urn:example"}`, "", "urn:example", ""},
		{"a program that says nothing", `{"nonce": "` + nonce + `"}`, "", "urn:sscard:local", ""},
		{"a page with limits", `{"nonce": "` + nonce + `"}`, hall, hall, ""},
		{"no nonce", `{}`, his, "", apitype.RequestInvalid},
		{"a short nonce", `{"nonce": "3031"}`, his, "", apitype.RequestInvalid},
		{"no hexadecimal", `{"nonce": "xyz"}`, his, "", apitype.RequestInvalid},
		{"an unknown member", `{"nonce": "` + nonce + `", "pin": "1"}`, his, "", apitype.RequestInvalid},
		{"an unknown interface", `{"nonce": "` + nonce + `", "interface": "usb"}`, his, "", apitype.RequestInvalid},
		{"a denied field", `{"nonce": "` + nonce + `", "fields": ["holder.sex"]}`, hall, "", apitype.RequestFieldDenied},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				d.insert(t, card(t, "gen3"))
				var origins []string
				if row.caller != "" {
					origins = []string{row.caller}
				}
				answer := d.verify(row.body, origins...)
				if row.code != "" {
					requireProblem(t, answer, row.code, row.code.Entry().HTTP)
					return
				}
				got := requireDocument[apitype.Verification](t, answer)
				e, err := evidence.Parse(got.Evidence)
				require.NoError(t, err)
				require.Equal(t, row.origin, e.Origin)
			})
		})
	}
}

// What was read in the same session comes along, and is bound.
func TestVerifyWithFields(t *testing.T) {
	serve(t, samRule, func(t *testing.T, d *daemon) {
		d.insertPSAM(t, "psam")
		d.insert(t, card(t, "gen3"))
		got := requireDocument[apitype.Verification](t, d.verify(`{"nonce": "`+nonce+`", "fields": ["holder.name"]}`, his))
		require.Equal(t, "张三", got.Read.Holder.Get("name"))
		require.Equal(t, apitype.Authenticity{Method: "sm2", Result: "genuine"}, got.Read.Authenticity)
		want := evidence.Want{
			Nonce: []byte("0123456789abcdef"), Origin: his,
			Fields: map[string]string{"holder.name": "张三", "issuer.card_number": got.Read.Issuer.Get("card_number")},
		}
		_, err := evidence.Checker{Trust: testTrust(t)}.Check(got.Evidence, want)
		require.NoError(t, err)
	})
}
