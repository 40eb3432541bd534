package httpapi_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"io/fs"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/sm"
	"sscard/sm/smtest"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/function"
	"sscard/terminal/httpapi"
	"sscard/terminal/profile"
)

// Why a card is not genuine, or not checked: each reason that docs/openapi.yaml has.

// authority is a root and a province below it; the keys are random, and nothing depends on which.
type authority struct{ root, province smtest.Authority }

var testAuthority = sync.OnceValues(func() (a authority, err error) {
	if a.root, err = smtest.NewRoot("Test Root"); err == nil {
		a.province, err = a.root.Intermediate("Test Province")
	}
	return a, err
})

// issued is the card gen3 with a key and a certificate of the authority.
func issued(t *testing.T, change func(*smtest.Request)) virtual.Card {
	t.Helper()
	a, err := testAuthority()
	require.NoError(t, err)
	key, err := sm.GenerateKey(rand.Reader)
	require.NoError(t, err)
	request := smtest.Request{Subject: "card", Key: key.Public(), CardNumber: "A00000003"}
	change(&request)
	der, err := a.province.Issue(request)
	require.NoError(t, err)
	c := card(t, "gen3")
	require.NoError(t, c.Personalise("ACSE", key, map[uint16][]byte{0xEF15: der}))
	return c
}

func asIs(*smtest.Request) {}

// trusting has the daemon believe the authority, with a list of the revoked.
func trusting(t *testing.T, revoked ...*big.Int) func(*httpapi.Config) {
	t.Helper()
	a, err := testAuthority()
	require.NoError(t, err)
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	list, err := a.province.Revoke(revoked, now.AddDate(0, -1, 0), now.AddDate(0, 1, 0))
	require.NoError(t, err)
	trust := &sm.Trust{Roots: []*sm.Certificate{a.root.Certificate}, Intermediates: []*sm.Certificate{a.province.Certificate}}
	trust.CRLs, err = sm.ParseCRLs(list)
	require.NoError(t, err)
	return func(c *httpapi.Config) { c.Terminal.Reload(c.Terminal.Profiles(), trust) }
}

// deaf is a card that answers all commands of one instruction with a status word.
type deaf struct {
	virtual.Card
	ins byte
	sw  [2]byte
}

func (d deaf) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if command[1] == d.ins {
		return d.sw[:], nil
	}
	return d.Card.Transmit(ctx, command)
}

func TestVerifyReasons(t *testing.T) {
	revoked := big.NewInt(4711)
	signs := func(sw1, sw2 byte) func(*testing.T) virtual.Card {
		return func(t *testing.T) virtual.Card {
			return deaf{issued(t, asIs), apdu.InsInternalAuthenticate, [2]byte{sw1, sw2}}
		}
	}
	with := func(change func(*smtest.Request)) func(*testing.T) virtual.Card {
		return func(t *testing.T) virtual.Card { return issued(t, change) }
	}
	built := func(name string) func(*testing.T) virtual.Card {
		return func(t *testing.T) virtual.Card { return card(t, name) }
	}
	for _, row := range []struct {
		name, psam string
		card       func(*testing.T) virtual.Card
		result     string
		step       string
		reason     apitype.Code
	}{
		{"genuine", "", with(asIs), "genuine", "", ""},
		{"another key", "", func(t *testing.T) virtual.Card { return forged(t, "other-key") }, "not_genuine", "signature", apitype.EvidenceInvalid},
		{"no signature", "", func(t *testing.T) virtual.Card { return forged(t, "short") }, "not_genuine", "answer", apitype.EvidenceInvalid},
		{"no key", "", with(func(r *smtest.Request) { r.RawKey = append([]byte{4}, make([]byte, 64)...) }), "not_genuine", "key", apitype.EvidenceInvalid},
		{"no certificate", "", func(t *testing.T) virtual.Card { return forged(t, "certificate-junk") }, "not_genuine", "certificate", apitype.DataMalformed},
		{"another authority", "", built("gen3"), "not_genuine", "chain", apitype.CertificateUntrusted},
		{"a key for encryption", "", with(func(r *smtest.Request) { r.Usage = x509.KeyUsageKeyEncipherment }), "not_genuine", "usage", apitype.CertificateUntrusted},
		{"expired", "", with(func(r *smtest.Request) { r.NotAfter = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }), "not_genuine", "validity", apitype.CertificateExpired},
		{"revoked", "", with(func(r *smtest.Request) { r.Serial = revoked }), "not_genuine", "revocation", apitype.CertificateRevoked},
		{"another card's", "", with(func(r *smtest.Request) { r.CardNumber = "A00000011" }), "not_genuine", "card_number", apitype.CertificateUntrusted},
		{"will not sign", "", signs(0x69, 0x82), "unchecked", "answer", apitype.AuthRequired},
		{"says that a try was wrong", "", signs(0x63, 0xC2), "unchecked", "answer", apitype.AuthFailed},
		{"says that no try is left", "", signs(0x69, 0x83), "unchecked", "answer", apitype.AuthBlocked},
		{"does not know how", "", signs(0x6A, 0x81), "unchecked", "answer", apitype.CardUnsupported},
		{"has no such key", "", signs(0x6A, 0x82), "unchecked", "answer", apitype.FileAbsent},
		{"locked", "", signs(0x93, 0x03), "unchecked", "answer", apitype.CardLocked},
		{"no PSAM", "", built("gen2"), "unchecked", "irk", apitype.SAMAbsent},
		{"a PSAM", "psam", built("gen2"), "genuine", "", ""},
		{"a PSAM without the algorithm", "psam-des", func(t *testing.T) virtual.Card { return described(t, "gen3", "D1560000050A", "D1560000050B") },
			"unchecked", "irk", apitype.SAMAlgorithm},
		{"a PSAM without the key", "psam-no-irk", built("gen2"), "unchecked", "irk", apitype.SAMKey},
		{"a PSAM of another level", "psam-low", built("gen2"), "unchecked", "irk", apitype.SAMLevel},
		{"another IRK", "psam", func(t *testing.T) virtual.Card {
			return described(t, "gen2", "404142434445464748494A4B4C4D4E4F", "404142434445464748494A4B4C4D4EFF")
		}, "not_genuine", "irk", apitype.AuthFailed},
	} {
		t.Run(row.name, func(t *testing.T) {
			serveWith(t, samRule, trusting(t, revoked), func(t *testing.T, d *daemon) {
				d.insertSAM(t, row.psam)
				d.insert(t, row.card(t))
				got := requireDocument[apitype.Verification](t, d.verify(`{"nonce": "`+nonce+`"}`))
				require.Equal(t, []string{row.result, row.step, string(row.reason)}, []string{got.Result, got.Step, string(got.Reason)})
			})
		})
	}
}

// insertSAM is insertPSAM, also for those that do not do what they should. "" is none.
func (d *daemon) insertSAM(t *testing.T, name string) {
	t.Helper()
	refuses := map[string][2]byte{"psam-no-irk": {0x94, 0x03}, "psam-low": {0x6A, 0x80}}
	switch sw, wrong := refuses[name]; {
	case wrong:
		d.insertPSAM(t, "psam")
		require.NoError(t, d.driver.Insert(samSlot, deaf{psam(t, "psam"), apdu.InsDeliverSessionKey, sw}))
		synctest.Wait()
	case name != "":
		d.insertPSAM(t, name)
	}
}

// withPIN has the application of 3.0 cards want the holder's PIN, which is entered at our page.
func withPIN(t *testing.T, desk *terminal.PINDesk) func(*httpapi.Config) {
	t.Helper()
	const file = "asymmetric/acse-iso7816-4.yaml"
	builtin, err := fs.ReadFile(os.DirFS("../profile/data"), file)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "asymmetric"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), append(builtin, "pin: true\n"...), 0o600))
	profiles, err := profile.Load(dir)
	require.NoError(t, err)
	return func(c *httpapi.Config) {
		c.Terminal.Reload(profiles, testTrust(t))
		c.Desk = desk
		c.Functions = function.New(c.Terminal, function.Config{PIN: desk})
	}
}

// enter answers the prompts that come, one after the other.
func (d *daemon) enter(t *testing.T, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		synctest.Wait()
		prompts := requireDocument[apitype.PINPrompts](t, d.do(call{path: "/v1/pin"})).Prompts
		require.Len(t, prompts, 1)
		w := d.do(call{method: "POST", path: "/v1/pin/" + prompts[0].ID, body: body})
		require.Equal(t, http.StatusNoContent, w.Code)
	}
}

func TestVerifyWithPIN(t *testing.T) {
	for _, row := range []struct {
		name    string
		entered []string // nil: nothing, ever
		code    apitype.Code
		status  int
	}{
		{"entered", []string{`{"pin": "123456"}`}, "", 200},
		{"wrong", []string{`{"pin": "654321"}`}, apitype.PINWrong, 200},
		{"too short", []string{`{"pin": "123"}`}, apitype.PINLength, 422},
		{"cancelled", []string{`{"cancel": true}`}, apitype.PINCancelled, 409},
		{"not at all", nil, apitype.PINTimeout, 408},
		{"blocked", []string{`{"pin": "654321"}`, `{"pin": "654321"}`, `{"pin": "654321"}`}, apitype.PINBlocked, 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			serveWith(t, reader.Config{}, withPIN(t, new(terminal.PINDesk)), func(t *testing.T, d *daemon) {
				d.insert(t, card(t, "gen3"))
				answers := make(chan *httptest.ResponseRecorder, 1)
				verify := func() { answers <- d.verify(`{"nonce": "` + nonce + `", "timeout_ms": 60000}`) }
				go verify()
				for i, entered := range row.entered {
					if i > 0 {
						<-answers
						go verify()
					}
					d.enter(t, entered)
				}
				if row.code == apitype.PINBlocked {
					<-answers
					verify()
				}
				w := <-answers
				if row.status != http.StatusOK {
					requireProblem(t, w, row.code, row.status)
					return
				}
				got := requireDocument[apitype.Verification](t, w)
				require.Equal(t, row.code, got.Reason)
				require.Equal(t, strings.Repeat("pin", min(1, len(row.code))), got.Step)
			})
		})
	}
}

// A prompt says for which reader and for which page it is, and goes with its card.
func TestPromptOfAPage(t *testing.T) {
	serveWith(t, reader.Config{}, withPIN(t, new(terminal.PINDesk)), func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen3-full"))
		answer := make(chan *httptest.ResponseRecorder, 1)
		go func() {
			answer <- d.do(call{method: "POST", path: "/v1/functions/iVerifyPIN", body: `{"iType": 3}`, origins: []string{his}})
		}()
		synctest.Wait()
		prompts := requireDocument[apitype.PINPrompts](t, d.do(call{path: "/v1/pin"})).Prompts
		require.Len(t, prompts, 1)
		require.Equal(t, apitype.PINPrompt{
			ID: prompts[0].ID, Prompt: "current", Reader: apitype.ReaderRef{ID: reader.IDOf(slot), Name: slot}, Caller: his,
		}, prompts[0])
		require.NoError(t, d.driver.Eject(slot))
		require.Equal(t, apitype.CardRemoved.Entry().Function, requireDocument[function.Result](t, <-answer).Return)
		require.Empty(t, requireDocument[apitype.PINPrompts](t, d.do(call{path: "/v1/pin"})).Prompts)
		w := d.do(call{method: "POST", path: "/v1/pin/" + prompts[0].ID, body: `{"pin": "123456"}`})
		require.Equal(t, http.StatusNotFound, w.Code)
	})
}

// A new PIN is entered twice.
func TestNewPINs(t *testing.T) {
	serveWith(t, samRule, withPIN(t, new(terminal.PINDesk)), func(t *testing.T, d *daemon) {
		d.insert(t, card(t, "gen3-full"))
		answer := make(chan *httptest.ResponseRecorder, 1)
		go func() { answer <- d.function("iChangePIN", `{"iType": 3}`) }()
		d.enter(t, `{"pin": "123456"}`, `{"pin": "24680"}`, `{"pin": "24681"}`)
		got := requireDocument[function.Result](t, <-answer)
		require.Equal(t, apitype.PINMismatch.Entry().Function, got.Return)
	})
}
