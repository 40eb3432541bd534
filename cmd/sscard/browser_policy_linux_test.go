package main

import (
	"os/exec"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"sscard/terminal/config"
)

// withPolicy runs a browser in a view of the files of its own, where an administrator has set a policy.
const withPolicy = `mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed &&
	printf %s "$0" >/etc/chromium/policies/managed/sscard.json && exec "$@"`

// An administrator spares the persons at the counters the browser's question, or answers it for them.
func TestHallPageUnderPolicy(t *testing.T) {
	at := hallOrigin(t)
	if !chromium.asks {
		t.Skip("this browser asks nobody")
	}
	if err := exec.Command("unshare", "-m", "sh", "-c", withPolicy, "{}", "true").Run(); err != nil {
		t.Skip("no policy can be set here: root, unshare and /etc/chromium are needed:", err)
	}
	s := serving(t, allowing(config.Origin{Origin: at}))
	for _, row := range []struct{ name, policy, silent, ask string }{
		{"allowed", `{"LoopbackNetworkAllowedForUrls": ["https://hall.example:*"]}`, "ready", "ready"},
		{"allowed, by the name that Chromium had first", `{"LocalNetworkAccessAllowedForUrls": ["https://hall.example:*"]}`, "ready", "ready"},
		{"forbidden", `{"LoopbackNetworkBlockedForUrls": ["*"]}`, "permission_denied", "permission_denied"},
		{"no question at all", `{"LocalNetworkAccessRestrictionsTemporaryOptOut": true}`, "permission_asked", "ready"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path, err := chromium.find()
			require.NoError(t, err)
			ctx, stop, err := launch(path, chromium.pages, chromedp.ModifyCmdFunc(func(c *exec.Cmd) {
				c.Args = append([]string{"unshare", "-m", "sh", "-c", withPolicy, row.policy, path}, c.Args[1:]...)
				c.Path, err = exec.LookPath("unshare")
				c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
			}))
			t.Cleanup(stop)
			require.NoError(t, err)
			h := &site{blankIn(t, ctx, at, s.url), at, s.url}
			h.shows(at + hallPage)
			require.Equal(t, row.silent, h.probes(false).State)
			require.Equal(t, row.ask, h.probes(true).State)
		})
	}
}
