package main

import (
	"encoding/json"
	"fmt"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/stretchr/testify/require"

	"sscard/terminal/config"
)

// Since Chromium 142 a page that comes from elsewhere may call this machine only if the person allows it, and from 147 on
// WebSockets too; before, any page of HTTPS could. The client tells each state from the others. Without a window the browser answers its own question with no.
func TestHallPagePermission(t *testing.T) {
	at := hallOrigin(t)
	plain, near := origin("hall.example", chromium.pages.plain), chromium.pages.near.URL
	s := serving(t, allowing(config.Origin{Origin: at}, config.Origin{Origin: plain}, config.Origin{Origin: near}))
	for _, row := range []struct {
		name, page  string
		person      cdpbrowser.PermissionSetting // empty: was never asked
		silent, ask string                       // the states that are found without and with asking
	}{
		{"never asked, and no", at + hallPage, "", "permission_asked", "permission_denied"},
		{"asked, and no answer", at + hallPage, cdpbrowser.PermissionSettingPrompt, "permission_asked", "permission_asked"},
		{"allowed", at + hallPage, cdpbrowser.PermissionSettingGranted, "ready", "ready"},
		{"denied", at + hallPage, cdpbrowser.PermissionSettingDenied, "permission_denied", "permission_denied"},
		{"the page's own policy", at + hallPage + "?policy=loopback-network%3D()", "", "permission_blocked", "permission_blocked"},
		{"not over HTTPS", plain + hallPage, "", "insecure", "insecure"},
		{"not over HTTPS, and allowed", plain + hallPage, cdpbrowser.PermissionSettingGranted, "insecure", "insecure"},
		{"a page of this machine", near + hallPage, "", "ready", "ready"},
	} {
		if !chromium.asks && row.page != plain+hallPage {
			row.silent, row.ask = "ready", "ready"
		}
		t.Run(row.name, func(t *testing.T) {
			h := &site{blank(t, row.page, s.url), at, s.url}
			if row.person != "" {
				h.permit(row.person)
			}
			h.shows(row.page)
			require.Equal(t, row.silent, h.probes(false).State)
			require.Equal(t, row.silent, h.probes(false).State, "it has not asked")
			require.Equal(t, row.ask, h.probes(true).State)
			if row.ask == "ready" {
				h.eval("terminal.watch((e) => heard.push(e.type))")
				h.until(`heard.join() === "snapshot"`)
			}
		})
	}
}

// A page within a page of another site may call only if that one lets it.
func TestHallPageWithinAnother(t *testing.T) {
	at, outer := hallOrigin(t), origin("city.example", chromium.pages.secure)
	s := serving(t, allowing(config.Origin{Origin: at}))
	for _, row := range []struct{ name, allow, want string }{
		{"not allowed", "", "permission_blocked"},
		{"allowed", loopbackPermission, "ready"},
		{"allowed, by the name that Chromium had first", "local-network-access", "ready"},
	} {
		if !chromium.asks {
			row.want = "ready"
		}
		t.Run(row.name, func(t *testing.T) {
			b := blank(t, outer, at, s.url)
			if row.allow != "" {
				b.permit(cdpbrowser.PermissionSettingGranted)
			}
			b.visits(outer + hallPage)
			answer := evaluates[string](b, fmt.Sprintf(`new Promise((answered) => {
				const frame = document.createElement("iframe");
				addEventListener("message", (e) => answered(e.data), { once: true });
				frame.allow = %q;
				frame.src = %q;
				frame.onload = () => frame.contentWindow.postMessage({ url: %q, ask: true }, "*");
				document.body.append(frame);
			})`, row.allow, at+hallPage, s.url))
			var o outcome
			var found probed
			require.NoError(t, json.Unmarshal([]byte(answer), &o))
			require.NoError(t, json.Unmarshal(o.Value, &found))
			require.Equal(t, row.want, found.State)
		})
	}
}
