package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/config"
)

// site is a page of another site that uses the client.
type site struct {
	*tab
	origin, url string // of the page, and of the daemon that it is to call
}

// outcome is what came of a call of the client.
type outcome struct {
	Value                       json.RawMessage
	Error, Message, Code, State string
}

// probed is what the client found out.
type probed struct {
	State     string
	Version   string
	Fields    []string
	Functions bool
	Hint      apitype.Text
}

func hallOrigin(t testing.TB) string {
	needBrowser(t)
	return origin("hall.example", chromium.pages.secure)
}

// enter opens the page, which may call this machine, as if the person had said so when the browser asked.
func enter(t testing.TB, daemon string) *site {
	t.Helper()
	h := &site{blank(t, hallOrigin(t), daemon), hallOrigin(t), daemon}
	h.permit(cdpbrowser.PermissionSettingGranted)
	h.shows(h.origin + hallPage)
	return h
}

// shows goes to a page and makes a client there.
func (h *site) shows(url string) {
	h.t.Helper()
	h.visits(url)
	h.has("body[data-state=loaded]")
	h.eval(fmt.Sprintf("window.terminal = new sscard.Terminal({ url: %q })", h.url))
}

// permit says what the person says when the browser asks whether a page may call this machine; older ones ask nobody.
func (b *tab) permit(s cdpbrowser.PermissionSetting) {
	b.t.Helper()
	if chromium.asks {
		require.NoError(b.t, allowLoopback(b.ctx, s))
	}
}

// eval evaluates for the effect.
func (b *tab) eval(expression string) {
	b.t.Helper()
	evaluates[bool](b, "(async () => { await ("+expression+"); return true; })()")
}

// calls is what comes of a call of the client.
func (h *site) calls(expression string) (o outcome) {
	h.t.Helper()
	require.NoError(h.t, json.Unmarshal([]byte(evaluates[string](h.tab, "outcome("+expression+")")), &o))
	return o
}

// gets is the same of one that succeeds.
func (h *site) gets(expression string, into any) {
	h.t.Helper()
	o := h.calls(expression)
	require.Empty(h.t, o.Error, "%s: %s", expression, o.Message)
	require.NoError(h.t, json.Unmarshal(o.Value, into))
}

func (h *site) probes(ask bool) (p probed) {
	h.t.Helper()
	h.gets(fmt.Sprintf("terminal.probe({ ask: %v })", ask), &p)
	require.NotEmpty(h.t, p.Hint.ZH)
	require.NotEmpty(h.t, p.Hint.EN)
	return p
}

func allowing(origins ...config.Origin) config.Config {
	cfg := config.Default()
	cfg.Origins = origins
	return cfg
}

// The page of a hall does all that counter software does, from another site.
func TestHallPage(t *testing.T) {
	s := serving(t, allowing(config.Origin{Origin: hallOrigin(t)}))
	h := enter(t, s.url)
	found := h.probes(false)
	require.Equal(t, "ready", found.State)
	require.Empty(t, found.Fields)

	o := h.calls("terminal.read()")
	require.Equal(t, "SscardError", o.Error)
	require.Equal(t, string(apitype.CardAbsent), o.Code)

	h.eval("terminal.watch((e) => heard.push(e.type), (state) => states.push(state))")
	h.until(`heard.join() === "snapshot"`)
	takeOut := put(t, s.Equipment, stack.Readers()[0], builtIn(t, "gen3"))
	h.until(`heard.join() === "snapshot,card.inserted,card.identified"`)

	var readers []apitype.Reader
	h.gets("terminal.readers()", &readers)
	require.Len(t, readers, len(stack.Readers()))
	var document apitype.ReadDocument
	h.gets(`terminal.read({ fields: ["issuer", "holder"], timeoutMs: 20000 })`, &document)
	require.Equal(t, 3, document.Generation)

	nonce := strings.Repeat("5f0c6a1d", 4)
	var proof apitype.Verification
	h.gets(fmt.Sprintf("terminal.verify({ nonce: %q })", nonce), &proof)
	require.Equal(t, "genuine", proof.Result)
	status, _, stderr := runs(t.Context(), "evidence", "check", "--nonce", nonce, "--origin", h.origin, "--roots", s.cfg.Trust.Roots[0], proof.Evidence)
	require.Equal(t, apitype.ExitDone, status, stderr)

	takeOut()
	h.until(`heard.at(-1) === "card.removed"`)
}

// A page that may read some items gets these, and learns which they are.
func TestHallPageWithFewerFields(t *testing.T) {
	s := serving(t, allowing(config.Origin{Origin: hallOrigin(t), Fields: []string{"issuer.card_number", "holder.name"}}))
	defer put(t, s.Equipment, stack.Readers()[0], builtIn(t, "gen2"))()
	h := enter(t, s.url)
	found := h.probes(false)
	require.Equal(t, "ready", found.State)
	require.Equal(t, []string{"issuer.card_number", "holder.name"}, found.Fields)

	var document apitype.ReadDocument
	h.gets("terminal.read()", &document)
	require.Equal(t, "王小明", document.Holder.Get("name"))
	require.Empty(t, document.Holder.Get("social_security_number"))
	o := h.calls(`terminal.read({ fields: ["holder.sex"] })`)
	require.Equal(t, string(apitype.RequestFieldDenied), o.Code)
}

// A page that may not call learns why from the client, and nothing at all elsewhere. Once the administrator allows it,
// it goes on without being loaded again.
func TestHallPageDenied(t *testing.T) {
	s := serving(t, allowing())
	h := enter(t, s.url)
	require.Equal(t, "origin_denied", h.probes(false).State)
	o := h.calls("terminal.readers()")
	require.Equal(t, "ConnectionError", o.Error)
	require.Equal(t, "origin_denied", o.State)
	for _, path := range []string{"/v1/readers", "/v1/version", "/v1/health", "/"} {
		o = h.calls(fmt.Sprintf("fetch(%q)", s.url+path))
		require.Equal(t, "TypeError", o.Error, path)
	}

	list, err := s.Origins(t.Context())
	require.NoError(t, err)
	require.Equal(t, h.origin, list.Refused[0].Origin)
	require.NoError(t, s.AllowOrigin(t.Context(), apitype.AllowOrigin{Origin: h.origin}))
	require.Equal(t, "ready", h.probes(false).State)
	require.Empty(t, h.calls("terminal.readers()").Error)
}

// A daemon that goes and comes back: the page is told, and hears of cards again.
func TestHallPageThroughRestart(t *testing.T) {
	s := serving(t, allowing(config.Origin{Origin: hallOrigin(t)}))
	h := enter(t, s.url)
	h.eval("terminal.watch((e) => heard.push(e.type), (state) => states.push(state))")
	h.until(`heard.join() === "snapshot"`)
	s.stop()
	h.until(`states.at(-1) === "waiting"`)
	require.Equal(t, "absent", h.probes(false).State)
	s.start()
	h.until(`states.at(-1) === "open" && heard.join() === "snapshot,snapshot"`)
	defer put(t, s.Equipment, stack.Readers()[0], builtIn(t, "gen1"))()
	h.until(`heard.at(-1) === "card.identified"`)
	require.Equal(t, "ready", h.probes(false).State)
}

// What answers in the daemon's place and is not one that this client can use.
func TestHallPageBeforeOtherPrograms(t *testing.T) {
	for _, row := range []struct {
		name, answer, want string
		status             int
	}{
		{"a daemon without the request", `{"code": "request.invalid", "status": 404, "title": {"zh": "", "en": ""}, "hint": {"zh": "", "en": ""}}`, "too_old", 404},
		{"an old daemon", `{"version": "0.0.9", "api": "1", "functions": false}`, "too_old", 200},
		{"another API", `{"version": "9.0.0", "api": "9", "functions": false}`, "too_old", 200},
		{"no daemon at all", `<!doctype html><title>a router</title>`, "absent", 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
				w.Header().Set("Access-Control-Allow-Headers", "*")
				w.WriteHeader(row.status)
				fmt.Fprint(w, row.answer)
			}))
			defer other.Close()
			h := enter(t, other.URL)
			require.Equal(t, row.want, h.probes(false).State)
		})
	}
}
