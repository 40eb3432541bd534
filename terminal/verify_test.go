package terminal_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/sm"
	"sscard/sm/smtest"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/evidence"
)

const (
	gen3Number  = "A00000003" // 卡号 of the card gen3
	origin      = "https://hall.example"
	application = "ACSE"
	certificate = 0xEF15
)

var nonce = []byte("0123456789abcdef")

// issuers are a root and a province below it, made once: the keys are random, and nothing depends on which.
type issuers struct{ root, province smtest.Authority }

var testIssuers = sync.OnceValues(func() (i issuers, err error) {
	if i.root, err = smtest.NewRoot("Test Root"); err == nil {
		i.province, err = i.root.Intermediate("Test Province")
	}
	return i, err
})

func authorities(t testing.TB) issuers {
	t.Helper()
	i, err := testIssuers()
	require.NoError(t, err)
	return i
}

func (i issuers) trust() *sm.Trust {
	return &sm.Trust{Roots: []*sm.Certificate{i.root.Certificate}, Intermediates: []*sm.Certificate{i.province.Certificate}}
}

// issue makes a card's certificate: of the province, with the 卡号 of gen3, unless change says otherwise.
func (i issuers) issue(t testing.TB, key sm.PrivateKey, change func(*smtest.Request)) []byte {
	t.Helper()
	request := smtest.Request{Subject: "card", Key: key.Public(), CardNumber: gen3Number}
	if change != nil {
		change(&request)
	}
	der, err := i.province.Issue(request)
	require.NoError(t, err)
	return der
}

func newKey(t testing.TB) sm.PrivateKey {
	t.Helper()
	key, err := sm.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return key
}

// personalised is the card gen3 with a key and a certificate of our issuers.
func personalised(t testing.TB, change func(*smtest.Request)) *softcard.Card {
	t.Helper()
	key := newKey(t)
	gen3 := card(t, "gen3")
	require.NoError(t, gen3.Personalise(application, key, map[uint16][]byte{certificate: authorities(t).issue(t, key, change)}))
	return gen3
}

func forged(t testing.TB, forgery string) *softcard.Card {
	t.Helper()
	f, err := softcard.ParseForgery(forgery)
	require.NoError(t, err)
	gen3 := personalised(t, nil)
	require.NoError(t, gen3.Forge(f))
	return gen3
}

func verifyRequest() terminal.VerifyRequest {
	return terminal.VerifyRequest{Nonce: nonce, Origin: origin}
}

func (c *counter) verify(card softcard.Answerer, req terminal.VerifyRequest) *terminal.Verification {
	c.t.Helper()
	c.insert(card)
	c.asked = nil
	v, err := c.terminal.Verify(c.t.Context(), req)
	require.NoError(c.t, err)
	require.Len(c.t, c.asked, v.Exchanges)
	return v
}

func TestVerifyGenuine(t *testing.T) {
	i := authorities(t)
	openTrusting(t, i.trust(), func(t *testing.T, c *counter) {
		v := c.verify(personalised(t, nil), verifyRequest())
		require.NoError(t, v.Err)
		require.Equal(t, apitype.Authenticity{Method: "sm2", Result: "genuine"}, v.Authenticity)
		require.Empty(t, v.Step)
		require.Nil(t, v.Reading)
		require.Equal(t, slot, v.Reader.Name)

		// A back end that has the root only.
		checker := evidence.Checker{Trust: &sm.Trust{Roots: []*sm.Certificate{i.root.Certificate}}, MaxAge: time.Minute}
		proof, err := checker.Check(v.Evidence, evidence.Want{Nonce: nonce, Origin: origin})
		require.NoError(t, err)
		require.Equal(t, gen3Number, proof.CardNumber)
		require.Equal(t, "510100D15600000500000001FFFFFFFF", strings.ToUpper(hex.EncodeToString(proof.CardID[:])))

		_, err = checker.Check(v.Evidence, evidence.Want{Nonce: []byte("fedcba9876543210"), Origin: origin})
		require.ErrorIs(t, err, evidence.ErrNonce)
	})
}

// No row of the forger's table is ever genuine, and each says what is wrong.
func TestVerifyForgeries(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	trust, forgeries := forgeries(t, now)
	for _, row := range forgeries {
		t.Run(row.name, func(t *testing.T) {
			openTrusting(t, trust, func(t *testing.T, c *counter) { row.check(t, c.verify(row.card(t), verifyRequest())) })
		})
	}
}

// An answer that was good once is none for another challenge.
func TestVerifyReplay(t *testing.T) {
	openTrusting(t, authorities(t).trust(), func(t *testing.T, c *counter) {
		replaying := forged(t, "replay")
		require.NoError(t, c.verify(replaying, verifyRequest()).Err)
		require.NoError(t, c.driver.Eject(slot))
		again := verifyRequest()
		again.Nonce = []byte("fedcba9876543210")
		v := c.verify(replaying, again)
		require.Equal(t, evidence.StepSignature, v.Step)
		require.Equal(t, "not_genuine", v.Authenticity.Result)
		require.Empty(t, v.Evidence)
	})
}

// What the terminal cannot know is not held against the card.
func TestVerifyUnchecked(t *testing.T) {
	i := authorities(t)
	long := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	stale, err := i.province.Revoke(nil, long, long.AddDate(0, 1, 0))
	require.NoError(t, err)
	lists, err := sm.ParseCRLs(stale)
	require.NoError(t, err)
	old := i.trust()
	old.CRLs = lists
	for _, row := range []struct {
		name  string
		trust *sm.Trust
		card  func(testing.TB) *softcard.Card
		step  evidence.Step
		code  apitype.Code
	}{
		{"nobody to trust", nil, func(t testing.TB) *softcard.Card { return personalised(t, nil) }, "chain", apitype.CertificateUntrusted},
		{"an old revocation list", old, func(t testing.TB) *softcard.Card { return personalised(t, nil) }, "revocation", apitype.CertificateUntrusted},
		{"refused", i.trust(), func(t testing.TB) *softcard.Card { return forged(t, "refuse:6982") }, "answer", apitype.AuthRequired},
		{"no asymmetric application and no PSAM", i.trust(), func(t testing.TB) *softcard.Card {
			return parse(t, describe(t, "gen3", "D1560000050A", "D1560000050B"))
		}, "irk", apitype.SAMAbsent},
		{"2.0", i.trust(), func(t testing.TB) *softcard.Card { return card(t, "gen2") }, "irk", apitype.SAMAbsent},
	} {
		t.Run(row.name, func(t *testing.T) {
			openTrusting(t, row.trust, func(t *testing.T, c *counter) {
				v := c.verify(row.card(t), verifyRequest())
				require.Equal(t, "unchecked", v.Authenticity.Result)
				require.Equal(t, row.step, v.Step)
				require.Equal(t, row.code, terminal.AsError(v.Err).Code, "%v", v.Err)
			})
		})
	}
}

// A card of 1.0 or 2.0 proves that it has its IRK, where a PSAM can tell; there is nothing to show to a back end.
func TestVerifyByIRK(t *testing.T) {
	openTrusting(t, nil, func(t *testing.T, c *counter) {
		c.psam("psam-des")
		v := c.verify(card(t, "gen2"), verifyRequest())
		require.NoError(t, v.Err)
		require.Equal(t, apitype.Authenticity{Method: "irk", Result: "genuine"}, v.Authenticity)
		require.Empty(t, v.Evidence)
	})
}

// An application of that name without a certificate is none: the card is asked for its IRK, where it has it.
func TestVerifyByIRKWithoutCertificate(t *testing.T) {
	openTrusting(t, authorities(t).trust(), func(t *testing.T, c *counter) {
		c.psam("psam")
		v := c.verify(parse(t, describe(t, "gen3", "EF15:", "EF16:", "sfi: 21", "sfi: 22")), verifyRequest())
		require.NoError(t, v.Err)
		require.Equal(t, apitype.Authenticity{Method: "irk", Result: "genuine"}, v.Authenticity)
	})
}

// What was read comes with the proof, and the card has signed that it did.
func TestVerifyBindsFields(t *testing.T) {
	i := authorities(t)
	openTrusting(t, i.trust(), func(t *testing.T, c *counter) {
		c.psam("psam")
		req := verifyRequest()
		req.Fields = []string{"holder.name"}
		v := c.verify(personalised(t, nil), req)
		require.NoError(t, v.Err)
		require.Equal(t, "sm2", v.Reading.Authenticity.Method)
		require.Equal(t, "张三", v.Reading.Document().Holder.Get("name"))

		checker := evidence.Checker{Trust: i.trust()}
		fields := map[string]string{"holder.name": "张三", "issuer.card_number": gen3Number}
		_, err := checker.Check(v.Evidence, evidence.Want{Nonce: nonce, Origin: origin, Fields: fields})
		require.NoError(t, err)
		fields["holder.name"] = "李四"
		_, err = checker.Check(v.Evidence, evidence.Want{Nonce: nonce, Origin: origin, Fields: fields})
		require.ErrorIs(t, err, evidence.ErrFields)
	})
}

// Evidence tells the 卡号, and may tell the holder's name.
func TestVerifyForCallersWithLimits(t *testing.T) {
	openTrusting(t, authorities(t).trust(), func(t *testing.T, c *counter) {
		c.insert(personalised(t, nil))
		req := verifyRequest()
		req.Allowed = []string{"issuer.card_number"}
		v, err := c.terminal.Verify(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, "genuine", v.Authenticity.Result)
		require.Empty(t, v.Evidence)

		req.Allowed = []string{"issuer.card_number", "holder.name"}
		v, err = c.terminal.Verify(t.Context(), req)
		require.NoError(t, err)
		require.NotEmpty(t, v.Evidence)

		req.Allowed = []string{"holder.name"}
		_, err = c.terminal.Verify(t.Context(), req)
		require.Equal(t, apitype.RequestFieldDenied, terminal.AsError(err).Code)
	})
}

func TestVerifyRefusesRequests(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*terminal.VerifyRequest)
	}{
		{"a nonce of 15 bytes", func(r *terminal.VerifyRequest) { r.Nonce = nonce[:15] }},
		{"a nonce of 65 bytes", func(r *terminal.VerifyRequest) { r.Nonce = make([]byte, 65) }},
		{"no origin", func(r *terminal.VerifyRequest) { r.Origin = "" }},
		{"an origin with a space", func(r *terminal.VerifyRequest) { r.Origin = "https://hall. example" }},
		{"an unknown field", func(r *terminal.VerifyRequest) { r.Fields = []string{"holder.shoe_size"} }},
	} {
		t.Run(row.name, func(t *testing.T) {
			openTrusting(t, nil, func(t *testing.T, c *counter) {
				c.insert(card(t, "gen3"))
				req := verifyRequest()
				row.change(&req)
				c.asked = nil
				_, err := c.terminal.Verify(t.Context(), req)
				require.Equal(t, apitype.RequestInvalid, terminal.AsError(err).Code, "%v", err)
				require.Empty(t, c.asked, "the card is not asked")
			})
		})
	}
}

// replaced is a card that becomes another once it has signed, too fast for PC/SC to notice.
type replaced struct {
	softcard.Answerer
	other softcard.Answerer
}

func (e *replaced) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := e.Answerer.Transmit(ctx, command)
	if command[1] == apdu.InsInternalAuthenticate {
		e.Answerer = e.other
	}
	return answer, err
}

func TestVerifyCardExchanged(t *testing.T) {
	openTrusting(t, authorities(t).trust(), func(t *testing.T, c *counter) {
		c.insert(&replaced{personalised(t, nil), card(t, "gen2")})
		_, err := c.terminal.Verify(t.Context(), verifyRequest())
		require.Equal(t, apitype.CardChanged, terminal.AsError(err).Code, "%v", err)
	})
}

// A card that is pulled at any command is an error and no verdict.
func TestVerifyCardRemoved(t *testing.T) {
	openTrusting(t, authorities(t).trust(), func(t *testing.T, c *counter) {
		total := c.verify(personalised(t, nil), verifyRequest()).Exchanges
		require.Greater(t, total, 6)
		for n := 1; n <= total; n++ {
			require.NoError(t, c.driver.Eject(slot))
			fault, err := softcard.ParseFault(fmt.Sprintf("removed@%d", n))
			require.NoError(t, err)
			c.insert(softcard.WithFault(personalised(t, nil), fault))
			_, err = c.terminal.Verify(t.Context(), verifyRequest())
			require.Equal(t, apitype.CardRemoved, terminal.AsError(err).Code, "at command %d: %v", n, err)
		}
	})
}

// What the terminal believes in must be renewed in time, and it says so.
func TestTrustTroubles(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	i := authorities(t)
	ending, err := i.root.Intermediate("Ending", func(r *smtest.Request) { r.NotAfter = now.AddDate(0, 0, 20) })
	require.NoError(t, err)
	crl, err := i.province.Revoke(nil, now.AddDate(0, -2, 0), now.AddDate(0, -1, 0))
	require.NoError(t, err)
	crls, err := sm.ParseCRLs(crl)
	require.NoError(t, err)
	trust := i.trust()
	openTrusting(t, trust, func(t *testing.T, c *counter) { require.Empty(t, c.terminal.Troubles()) })

	trust.Intermediates = append(trust.Intermediates, ending.Certificate)
	trust.CRLs = crls
	openTrusting(t, trust, func(t *testing.T, c *counter) {
		troubles := c.terminal.Troubles()
		require.Len(t, troubles, 2)
		require.Contains(t, troubles[0].Detail, "2026-01-21")
		require.Empty(t, troubles[0].Code)
		require.Equal(t, apitype.CertificateExpired, troubles[1].Code)
	})
}

// The line of a proof says which card, in which reader, and what left it.
func TestAuditOfVerification(t *testing.T) {
	masked := "A*******3"
	for _, row := range []struct {
		name   string
		card   func(testing.TB) *softcard.Card
		fields []string
		want   apitype.AuditRecord
	}{
		{"genuine", func(t testing.TB) *softcard.Card { return personalised(t, nil) }, nil, apitype.AuditRecord{
			Authenticity: &apitype.Authenticity{Method: "sm2", Result: "genuine"}, Given: []string{"evidence"},
		}},
		{"with fields", func(t testing.TB) *softcard.Card { return personalised(t, nil) }, []string{"holder.name"}, apitype.AuditRecord{
			Authenticity: &apitype.Authenticity{Method: "sm2", Result: "genuine"}, Asked: []string{"holder.name"},
			Given: []string{"issuer.card_number", "holder.name", "evidence"},
		}},
		{"forged", func(t testing.TB) *softcard.Card { return forged(t, "other-key") }, nil, apitype.AuditRecord{
			Authenticity: &apitype.Authenticity{Method: "sm2", Result: "not_genuine"},
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			openTrusting(t, authorities(t).trust(), func(t *testing.T, c *counter) {
				c.psam("psam")
				req := verifyRequest()
				req.Fields = row.fields
				c.verify(row.card(t), req)
				lines := c.ledger.take()
				require.Len(t, lines, 1)
				want := row.want
				want.Event, want.Function, want.Caller = apitype.AuditVerify, "verify", &apitype.AuditCaller{}
				want.Interface, want.CardNumber, want.RegionCode, want.Outcome = "contact", masked, "510100", apitype.AuditOK
				require.Equal(t, want, withoutReader(t, lines[0]))
			})
		})
	}
}
