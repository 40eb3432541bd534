package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/readertest"
	"sscard/reader/softcard"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
)

// What may go wrong with a card and its reader, at each operation that reads one.

// meddled is a card at whose nth command, and from then on where that lasts, something else happens.
type meddled struct {
	virtual.Card
	at, count int
	lasts     bool
	instead   func(ctx context.Context, command []byte) ([]byte, error)
}

func (m *meddled) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if m.count++; m.count == m.at || m.lasts && m.count > m.at {
		return m.instead(ctx, command)
	}
	return m.Card.Transmit(ctx, command)
}

// Reset is a power-on: commands are counted from it.
func (m *meddled) Reset() { m.count = 0; m.Card.Reset() }

// says is a status word, and nothing else.
func says(sw1, sw2 byte) func(context.Context, []byte) ([]byte, error) {
	return func(context.Context, []byte) ([]byte, error) { return []byte{sw1, sw2}, nil }
}

func panics(context.Context, []byte) ([]byte, error) { panic(panicText) }

func (d *daemon) begin(body string) *httptest.ResponseRecorder {
	return d.do(call{method: "POST", path: "/v1/read/begin", body: body})
}

func (d *daemon) finish(body string) *httptest.ResponseRecorder {
	return d.do(call{method: "POST", path: "/v1/read/finish", body: body})
}

// openings are the operations that take a card from its reader, asked with time enough and with more members of the body.
var openings = map[string]func(d *daemon, members string) *httptest.ResponseRecorder{
	"read": func(d *daemon, members string) *httptest.ResponseRecorder {
		return d.read(`{"timeout_ms": 30000` + members + `}`)
	},
	"begin": func(d *daemon, members string) *httptest.ResponseRecorder {
		return d.begin(`{"timeout_ms": 30000` + members + `}`)
	},
	"verify": func(d *daemon, members string) *httptest.ResponseRecorder {
		return d.verify(`{"nonce": "` + nonce + `", "timeout_ms": 30000` + members + `}`)
	},
}

func TestCardCodes(t *testing.T) {
	fault := func(text string) func(*testing.T, *daemon) {
		return func(t *testing.T, d *daemon) {
			f, err := softcard.ParseFault(text)
			require.NoError(t, err)
			d.insert(t, softcard.WithFault(card(t, "gen3"), f))
		}
	}
	at := func(n int, instead func(context.Context, []byte) ([]byte, error)) func(*testing.T, *daemon) {
		return func(t *testing.T, d *daemon) { d.insert(t, &meddled{Card: card(t, "gen3"), at: n, instead: instead}) }
	}
	stopped := func(cause error) func(*testing.T, *daemon) {
		return func(_ *testing.T, d *daemon) { d.driver.Stop(cause); synctest.Wait() }
	}
	all := []string{"read", "begin", "verify"}
	for _, row := range []struct {
		name    string
		of      []string
		arrange func(t *testing.T, d *daemon)
		members string // of the request
		code    apitype.Code
	}{
		{"no service", all, stopped(reader.ErrNoService), "", apitype.ServiceUnavailable},
		{"no right to it", all, stopped(reader.ErrDenied), "", apitype.ServiceDenied},
		{"no reader", all, func(_ *testing.T, d *daemon) { d.driver.RemoveReader(slot); synctest.Wait() }, "", apitype.ReaderNone},
		{"another reader", all, fault("removed@9"), `, "reader": "r000000000000"`, apitype.ReaderUnknown},
		{"another program has it", all, func(t *testing.T, d *daemon) {
			fault("removed@9")(t, d)
			require.NoError(t, d.driver.SetExclusive(slot, true))
		}, "", apitype.ReaderBusy},
		{"no answer ever", all, fault("no-answer@1+"), "", apitype.ReaderFailed},
		{"no card", all, func(*testing.T, *daemon) {}, "", apitype.CardAbsent},
		{"taken out", all, fault("removed@2"), "", apitype.CardRemoved},
		{"reset by another program", all, func(t *testing.T, d *daemon) {
			own := card(t, "gen3")
			d.insert(t, &meddled{Card: own, at: 1, lasts: true, instead: func(ctx context.Context, command []byte) ([]byte, error) {
				require.NoError(t, d.driver.ResetCard(slot))
				return own.Transmit(ctx, command)
			}})
		}, "", apitype.CardReset},
		{"mute", all, fault("mute@2+"), "", apitype.CardMute},
		{"none of ours", all, at(1, says(0x6A, 0x81)), "", apitype.CardUnsupported},
		{"locked", all, at(1, says(0x93, 0x03)), "", apitype.CardLocked},
		{"no such file after the proof", []string{"verify"}, at(8, says(0x6A, 0x82)), "", apitype.FileAbsent},
		{"no challenge", []string{"begin"}, at(3, says(0x6A, 0x82)), "", apitype.FileAbsent},
		{"malformed", all, fault("wrong-tag@2+"), "", apitype.DataMalformed},
		{"wants to be opened", all, at(2, says(0x69, 0x82)), "", apitype.AuthRequired},
		{"says that a try was wrong", []string{"begin"}, at(3, says(0x63, 0xC2)), "", apitype.AuthFailed},
		{"says so after the proof", []string{"verify"}, at(10, says(0x63, 0xC2)), "", apitype.AuthFailed},
		{"says that no try is left", []string{"begin"}, at(3, says(0x69, 0x83)), "", apitype.AuthBlocked},
		{"says so after the proof", []string{"verify"}, at(10, says(0x69, 0x83)), "", apitype.AuthBlocked},
		{"exchanged after the proof", []string{"verify"}, at(10, says(0x6A, 0x83)), "", apitype.CardChanged},
		{"an unknown field", all, fault("removed@9"), `, "fields": ["holder.shoe_size"]`, apitype.RequestInvalid},
		{"an error of ours", all, at(1, panics), "", apitype.Internal},
	} {
		for _, op := range row.of {
			t.Run(op+", "+row.name, func(t *testing.T) {
				serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
					row.arrange(t, d)
					requireProblem(t, openings[op](d, row.members), row.code, row.code.Entry().HTTP)
				})
			})
		}
	}
	for _, op := range all {
		t.Run(op+", in its time", func(t *testing.T) {
			serve(t, reader.Config{Patience: time.Hour}, func(t *testing.T, d *daemon) {
				fault("mute@2+")(t, d)
				requireProblem(t, openings[op](d, ""), apitype.Timeout, http.StatusGatewayTimeout)
			})
		})
	}
	limited := map[string]string{"/v1/read": `{"fields": ["holder.sex"]}`, "/v1/read/begin": `{}`, "/v1/verify": `{"nonce": "` + nonce + `", "fields": ["holder.sex"]}`}
	for path, body := range limited {
		t.Run(path+" by who may not", func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				d.insert(t, card(t, "gen3"))
				w := d.do(call{method: "POST", path: path, origins: origins(hall), body: body})
				requireProblem(t, w, apitype.RequestFieldDenied, http.StatusForbidden)
			})
		})
	}
}

// Between the two steps of a read anything may happen too, and in the second.
func TestFinishCodes(t *testing.T) {
	for _, row := range []struct {
		name    string
		arrange func(t *testing.T, d *daemon, c *meddled) // after the first step
		code    apitype.Code
	}{
		{"the service stops", func(_ *testing.T, d *daemon, _ *meddled) { d.driver.Stop(reader.ErrNoService) }, apitype.ServiceUnavailable},
		{"the reader is unplugged", func(_ *testing.T, d *daemon, _ *meddled) { d.driver.RemoveReader(slot) }, apitype.ReaderUnknown},
		{"no answer", func(_ *testing.T, _ *daemon, c *meddled) {
			c.instead = func(context.Context, []byte) ([]byte, error) { return nil, nil }
		}, apitype.ReaderFailed},
		{"taken out", func(t *testing.T, d *daemon, _ *meddled) { require.NoError(t, d.driver.Eject(slot)) }, apitype.CardRemoved},
		{"reset by another program", func(t *testing.T, d *daemon, _ *meddled) { require.NoError(t, d.driver.ResetCard(slot)) }, apitype.CardReset},
		{"mute", func(_ *testing.T, _ *daemon, c *meddled) { c.instead = never }, apitype.CardMute},
		{"refuses", func(_ *testing.T, _ *daemon, c *meddled) { c.instead = says(0x6F, 0x00) }, apitype.CardUnsupported},
		{"has no number any more", func(_ *testing.T, _ *daemon, c *meddled) { c.at, c.instead = c.at+1, says(0x6A, 0x83) }, apitype.CardChanged},
		{"locked", func(_ *testing.T, _ *daemon, c *meddled) { c.instead = says(0x93, 0x03) }, apitype.CardLocked},
		{"has no such file", func(_ *testing.T, _ *daemon, c *meddled) { c.instead = says(0x6A, 0x82) }, apitype.FileAbsent},
		{"malformed", func(_ *testing.T, _ *daemon, c *meddled) {
			c.instead = func(context.Context, []byte) ([]byte, error) { return []byte{0x41, 0x01, 0x00, 0x90, 0x00}, nil }
		}, apitype.DataMalformed},
		{"wants to be opened", func(_ *testing.T, _ *daemon, c *meddled) { c.instead = says(0x69, 0x82) }, apitype.AuthRequired},
		{"says that a try was wrong", func(_ *testing.T, _ *daemon, c *meddled) { c.instead = says(0x63, 0xC2) }, apitype.AuthFailed},
		{"says that no try is left", func(_ *testing.T, _ *daemon, c *meddled) { c.instead = says(0x69, 0x83) }, apitype.AuthBlocked},
		{"an error of ours", func(_ *testing.T, _ *daemon, c *meddled) { c.instead = panics }, apitype.Internal},
		{"too late", func(*testing.T, *daemon, *meddled) { time.Sleep(2 * time.Minute) }, apitype.SessionExpired},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
				c := &meddled{Card: card(t, "gen3")}
				body := d.begun(t, c)
				row.arrange(t, d, c)
				requireProblem(t, d.finish(body), row.code, row.code.Entry().HTTP)
			})
		})
	}
	t.Run("in its time", func(t *testing.T) {
		serve(t, reader.Config{Patience: time.Hour}, func(t *testing.T, d *daemon) {
			c := &meddled{Card: card(t, "gen3")}
			body := d.begun(t, c)
			c.instead = never
			requireProblem(t, d.finish(body), apitype.Timeout, http.StatusGatewayTimeout)
		})
	})
	t.Run("of another caller", func(t *testing.T) {
		serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
			body := d.begun(t, &meddled{Card: card(t, "gen3")})
			w := d.do(call{method: "POST", path: "/v1/read/finish", origins: origins(his), body: body})
			requireProblem(t, w, apitype.SessionUnknown, http.StatusNotFound)
			got := requireDocument[apitype.ReadDocument](t, d.finish(body))
			require.Equal(t, apitype.Authenticity{Method: "irk", Result: "not_genuine"}, got.Authenticity)
		})
	})
}

func never(ctx context.Context, _ []byte) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }

// begun does a first step with the card and gives the body of the second, whose answer is wrong. From its next command on the card does
// c.instead, which is what it always does until somebody changes it.
func (d *daemon) begun(t *testing.T, c *meddled) (body string) {
	t.Helper()
	d.insert(t, c)
	body = finishing(requireDocument[apitype.PendingRead](t, d.begin("")))
	c.at, c.lasts, c.instead = c.count+1, true, c.Card.Transmit
	return body
}

// What a card gives only in part says why.
func TestMissingReasons(t *testing.T) {
	for _, row := range []struct {
		name, card, psam string
		at               int // command
		sw               func(context.Context, []byte) ([]byte, error)
		body             string
		origins          []string
		reason           apitype.Code
	}{
		{"another region's field", "gen2", "", 0, nil, `{"fields": ["local.person_number"]}`, nil, apitype.FileAbsent},
		{"a date that is none", "gen2", "", 0, nil, "", nil, apitype.DataMalformed},
		{"no keys", "gen3", "", 0, nil, "", nil, apitype.AuthRequired},
		{"a key that the card refuses", "gen3", "psam", 5, says(0x63, 0xC2), "", nil, apitype.AuthFailed},
		{"a key that is blocked", "gen3", "psam", 5, says(0x69, 0x83), "", nil, apitype.AuthBlocked},
		{"a PSAM without SM4", "gen3", "psam-des", 0, nil, "", nil, apitype.SAMAlgorithm},
		{"a PSAM without RKSSSE", "gen3", "psam-no-rksssse", 0, nil, "", nil, apitype.SAMKey},
		{"a PSAM of another level", "gen3", "psam-low", 0, nil, "", nil, apitype.SAMLevel},
		{"an origin with fields", "gen2", "", 0, nil, "", origins(hall), apitype.RequestFieldDenied},
	} {
		t.Run(row.name, func(t *testing.T) {
			serve(t, samRule, func(t *testing.T, d *daemon) {
				d.insertSAM(t, row.psam)
				var c virtual.Card = &meddled{Card: card(t, row.card), at: row.at, instead: row.sw}
				if row.reason == apitype.DataMalformed {
					c = described(t, row.card, "20140601", "20149901")
				}
				d.insert(t, c)
				got := requireDocument[apitype.ReadDocument](t, d.do(call{method: "POST", path: "/v1/read", body: row.body, origins: row.origins}))
				var reasons []apitype.Code
				for _, m := range got.Missing {
					reasons = append(reasons, m.Reason)
				}
				require.Contains(t, reasons, row.reason)
			})
		})
	}
}

// A function's own failure is its result; a mistake of ours is a problem.
func TestFunctionFailsInside(t *testing.T) {
	serve(t, reader.Config{}, func(t *testing.T, d *daemon) {
		d.insert(t, readertest.NewCard(panics))
		requireProblem(t, d.function("iVerifyPIN", `{"iType": 3, "pPIN": "123456"}`), apitype.Internal, http.StatusInternalServerError)
	})
}
