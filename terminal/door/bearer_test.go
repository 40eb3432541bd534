package door_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
	"sscard/terminal/door"
)

// offer makes the request one for a WebSocket that shows what it has among its subprotocols.
func offer(r *http.Request, lines ...string) {
	r.Header.Del("Authorization")
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Sec-WebSocket-Protocol", strings.Join(lines, ", "))
}

func TestSubprotocols(t *testing.T) {
	const bearer = "sscard.bearer." + token
	for _, row := range []struct {
		name  string
		lines []string
		in    bool
	}{
		{"as browsers write it", []string{"sscard, " + bearer}, true},
		{"the other way round", []string{bearer + ", sscard"}, true},
		{"without blanks", []string{"sscard," + bearer}, true},
		{"with more blanks", []string{" sscard \t, \t" + bearer + " "}, true},
		{"in two lines", []string{"sscard", bearer}, true},
		{"beside others", []string{"chat, sscard, superchat, " + bearer}, true},
		{"nothing", nil, false},
		{"an empty line", []string{""}, false},
		{"without what is spoken", []string{bearer}, false},
		{"without a bearer", []string{"sscard"}, false},
		{"an empty bearer", []string{"sscard, sscard.bearer."}, false},
		{"no bearer after the dot", []string{"sscard, sscard.bearer"}, false},
		{"wrong", []string{"sscard, sscard.bearer.wrong"}, false},
		{"cut short", []string{"sscard, " + bearer[:len(bearer)-1]}, false},
		{"too long", []string{"sscard, " + bearer + "0"}, false},
		{"with a second bearer, which is wrong", []string{"sscard, " + bearer + ", sscard.bearer.wrong"}, false},
		{"twice", []string{"sscard, " + bearer + ", " + bearer}, false},
		{"twice, in two lines", []string{"sscard, " + bearer, bearer}, false},
		{"an empty member", []string{"sscard,, " + bearer}, false},
		{"a comma at the end", []string{"sscard, " + bearer + ","}, false},
		{"a comma at the start", []string{", sscard, " + bearer}, false},
		{"an empty line besides", []string{"sscard, " + bearer, ""}, false},
		{"in capitals", []string{"sscard, SSCARD.BEARER." + token}, false},
		{"what is spoken in capitals", []string{"SSCARD, " + bearer}, false},
		{"a blank within", []string{"sscard, sscard.bearer. " + token}, false},
		{"a member that is no name", []string{"sscard, a b, " + bearer}, false},
		{"quoted", []string{`sscard, "` + bearer + `"`}, false},
		{"with a parameter", []string{"sscard, " + bearer + ";q=1"}, false},
		{"with a semicolon between", []string{"sscard; " + bearer}, false},
		{"no text", []string{"sscard, \xff, " + bearer}, false},
		{"a letter beyond ASCII", []string{"sscard, 卡, " + bearer}, false},
		{"a null byte", []string{"sscard, \x00, " + bearer}, false},
		{"a full-width comma", []string{"sscard，" + bearer}, false},
		{"a name of another vendor before the bearer", []string{"sscard, x.sscard.bearer." + token}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, _ := opened(t, nil)
			r := httptest.NewRequest("GET", "/v1/events", nil)
			r.Host = here
			r.Header["Sec-Websocket-Protocol"] = row.lines
			requireRefused(t, apitype.RequestUnauthorized, d, r, door.Callers) // no WebSocket
			r.Header.Set("Upgrade", "websocket")
			if !row.in {
				requireRefused(t, apitype.RequestUnauthorized, d, r, door.Callers)
				return
			}
			c, refusal := d.Admit(r, reading)
			require.Nil(t, refusal)
			require.True(t, c.Token)

			r.Header.Set("Authorization", "Bearer "+token)
			requireRefused(t, apitype.RequestUnauthorized, d, r, door.Callers) // two bearers, if only the same
		})
	}
}

// Whatever is offered, nobody comes in who does not offer the token, whole and as a name of its own.
func FuzzSubprotocols(f *testing.F) {
	for _, seed := range []string{"sscard, sscard.bearer." + token, "", ",", "sscard,,sscard.bearer.", "\x00\xff"} {
		f.Add(seed)
	}
	d := door.New(door.Config{Token: token})
	f.Fuzz(func(t *testing.T, line string) {
		r := httptest.NewRequest("GET", "/v1/events", nil)
		r.Host = here
		r.Header.Set("Upgrade", "websocket")
		r.Header.Set("Sec-WebSocket-Protocol", line)
		_, refusal := d.Admit(r, reading)
		if refusal != nil {
			return
		}
		offered := strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(", \t", c) })
		require.Contains(t, offered, "sscard")
		require.Contains(t, offered, "sscard.bearer."+token)
	})
}
