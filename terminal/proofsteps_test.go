package terminal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
	"sscard/sm"
	"sscard/sm/smtest"
	"sscard/terminal/apitype"
	"sscard/terminal/evidence"
)

// told is the steps in one line, "chain+ revocation? usage! validity.": passed, unchecked, failed, not reached.
func told(steps []apitype.ProofStep) string {
	marks := map[string]string{"passed": "+", "unchecked": "?", "failed": "!", "not_reached": "."}
	words := make([]string, len(steps))
	for i, s := range steps {
		words[i] = s.Step + marks[s.Result]
	}
	return strings.Join(words, " ")
}

// found is what the steps of a forged card are, by the one that finds it out. Of the province there is a revocation list,
// of the root there is none.
var found = map[evidence.Step]string{
	"certificate": "certificate! key. signature. chain. usage. validity. revocation. card_number.",
	"key":         "certificate+ key! signature. chain. usage. validity. revocation. card_number.",
	"answer":      "certificate+ key+ answer! signature. chain. usage. validity. revocation. card_number.",
	"signature":   "certificate+ key+ signature! chain. usage. validity. revocation. card_number.",
	"chain":       "certificate+ key+ signature+ chain! usage. validity. revocation. card_number.",
	"usage":       "certificate+ key+ signature+ chain+ usage! validity. revocation. card_number.",
	"validity":    "certificate+ key+ signature+ chain+ usage+ validity! revocation. card_number.",
	"revocation":  "certificate+ key+ signature+ chain+ usage+ validity+ revocation! card_number.",
	"card_number": "certificate+ key+ signature+ chain+ usage+ validity+ revocation? card_number!",
}

func TestStepsOfForgeries(t *testing.T) {
	trust, forgeries := forgeries(t, time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	for _, row := range forgeries {
		t.Run(row.name, func(t *testing.T) {
			openTrusting(t, trust, func(t *testing.T, c *counter) {
				require.Equal(t, found[row.step], told(c.verify(row.card(t), verifyRequest()).Document().Steps))
			})
		})
	}
}

// What nobody has looked at is not said to have passed.
func TestSteps(t *testing.T) {
	i, day := authorities(t), 24*time.Hour
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	lists := func(until time.Duration, of ...smtest.Authority) *sm.Trust {
		trust := i.trust()
		for _, authority := range of {
			der, err := authority.Revoke(nil, now.Add(-2*day), now.Add(until))
			require.NoError(t, err)
			list, err := sm.ParseCRLs(der)
			require.NoError(t, err)
			trust.CRLs = append(trust.CRLs, list...)
		}
		return trust
	}
	pinned := func(trust *sm.Trust) *sm.Trust {
		return &sm.Trust{IssuerKeys: []sm.PublicKey{i.province.Key.Public()}, CRLs: trust.CRLs}
	}
	genuine := func(t testing.TB) *softcard.Card { return personalised(t, nil) }
	gen2 := func(t testing.TB) *softcard.Card { return card(t, "gen2") }
	const path = "certificate+ key+ signature+ chain+ usage+ validity+ "
	for _, row := range []struct {
		name  string
		trust *sm.Trust
		card  func(testing.TB) *softcard.Card
		psam  string
		want  string
	}{
		{"no revocation list", i.trust(), genuine, "", path + "revocation? card_number+"},
		{"a list of one issuer of two", lists(day, i.province), genuine, "", path + "revocation? card_number+"},
		{"a list of each issuer", lists(day, i.province, i.root), genuine, "", path + "revocation+ card_number+"},
		{"an old list", lists(-day, i.province, i.root), genuine, "", path + "revocation? card_number."},
		{"the issuer's key and its list", pinned(lists(day, i.province)), genuine, "", path + "revocation+ card_number+"},
		{"the issuer's key and no list", pinned(i.trust()), genuine, "", path + "revocation? card_number+"},
		{"nobody to trust", nil, genuine, "", "certificate+ key+ signature+ chain? usage. validity. revocation. card_number."},
		{"refused", i.trust(), func(t testing.TB) *softcard.Card { return forged(t, "refuse:6982") }, "", "certificate+ key+ answer? signature. chain. usage. validity. revocation. card_number."},
		{"2.0, without a PSAM", nil, gen2, "", "irk?"},
		{"2.0, with a PSAM", nil, gen2, "psam", "irk+"},
		{"2.0, with a PSAM of another key", nil, func(t testing.TB) *softcard.Card {
			return parse(t, describe(t, "gen2", "root: 404142434445464748494A4B4C4D4E4F", "root: 00112233445566778899AABBCCDDEEFF"))
		}, "psam", "irk!"},
	} {
		t.Run(row.name, func(t *testing.T) {
			openTrusting(t, row.trust, func(t *testing.T, c *counter) {
				if row.psam != "" {
					c.psam(row.psam)
				}
				v := c.verify(row.card(t), verifyRequest())
				require.Equal(t, row.want, told(v.Document().Steps))
				require.Equal(t, strings.Contains(row.want, "!"), v.Authenticity.Result == "not_genuine")
			})
		})
	}
}

// Each step has words in both languages.
func TestStepsInWords(t *testing.T) {
	for _, steps := range append([]string{"pin+ profile+ irk+"}, found["answer"], found["signature"]) {
		for step := range strings.FieldsSeq(steps) {
			text := apitype.ProofStep{Step: step[:len(step)-1]}.Text()
			require.NotEmpty(t, text.ZH, step)
			require.NotEmpty(t, text.EN, step)
		}
	}
}
