package doctor_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/doctor"
	"sscard/reader"
	"sscard/terminal/apitype"
)

const (
	bankCard = "interface: contact\natr: 3B6800000073C84012009000\napplications: {PSE: {name: 315041592E5359532E4444463031, files: {}}}\n"
	pn533    = "pn533_usb 20480 0 - Live 0x0\npn533 53248 1 pn533_usb, Live 0x0\nnfc 155648 1 pn533, Live 0x0\nusbcore 1 0 - Live 0x0\n"
)

// Whatever is broken, the first finding is it.
func TestHeadline(t *testing.T) {
	for _, row := range []struct {
		name  string
		wreck func(w *world)
		want  string // the code to begin with
		level doctor.Level
		exit  int
	}{
		{"nothing", func(*world) {}, "", "", apitype.ExitDone},

		{"pcscd is not installed", func(w *world) {
			w.remove("usr/sbin/pcscd")
			w.remove("pcscd.comm")
			w.service.Stop(reader.ErrNoService)
		}, "service.not_installed", doctor.Error, apitype.ExitService},
		{"pcscd is not running", func(w *world) {
			w.remove("pcscd.comm")
			w.service.Stop(reader.ErrNoService)
		}, "service.not_running", doctor.Error, apitype.ExitService},
		{"pcscd has died and left its socket", func(w *world) {
			w.staleSocket()
			w.service.Stop(reader.ErrNoService)
		}, "service.stale_socket", doctor.Error, apitype.ExitService},
		{"the socket is not for this user", func(w *world) {
			require.NoError(w.t, os.Chmod(w.Socket, 0o600))
			w.User = os.Geteuid() + 65534
			w.service.Stop(reader.ErrNoService)
		}, "service.socket_denied", doctor.Error, apitype.ExitService},
		{"the socket is not for the daemon's user", func(w *world) {
			require.NoError(w.t, os.Chmod(w.Socket, 0o600))
		}, "service.socket_narrow", doctor.Warn, apitype.ExitDone},
		{"polkit refuses", func(w *world) {
			w.service.Stop(reader.ErrDenied)
		}, "service.denied", doctor.Error, apitype.ExitService},
		{"polkit has no rule for the daemon's user", func(w *world) {
			w.file("usr/share/polkit-1/actions/org.debian.pcsc-lite.policy", "")
			w.file("etc/polkit-1/rules.d/50-other.rules", `polkit.addRule(function (action) { return "org.example"; })`)
		}, "service.polkit_none", doctor.Warn, apitype.ExitDone},
		{"pcscd hangs", func(w *world) {
			w.Driver, w.Patience = silent{w.service}, time.Second
		}, "service.hung", doctor.Error, apitype.ExitService},
		{"the service fails otherwise", func(w *world) {
			w.service.Stop(reader.ErrNoService)
		}, "service.unavailable", doctor.Error, apitype.ExitService},

		{"no CCID driver", func(w *world) {
			w.remove("usr/lib/pcsc")
			w.service.RemoveReader(desk)
			w.service.RemoveReader(samSlot)
		}, "driver.ccid_missing", doctor.Error, apitype.ExitReader},
		{"a kernel module has the reader", func(w *world) {
			w.file("proc/modules", pn533)
			w.service.RemoveReader(desk)
			w.service.RemoveReader(samSlot)
		}, "driver.module", doctor.Error, apitype.ExitReader},
		{"a kernel module is blacklisted and still there", func(w *world) {
			w.file("proc/modules", pn533)
			w.file("etc/modprobe.d/sscard.conf", "# readers\nblacklist pn533_usb\n")
			w.service.RemoveReader(desk)
			w.service.RemoveReader(samSlot)
		}, "driver.module_stays", doctor.Error, apitype.ExitReader},
		{"a kernel module may have another reader", func(w *world) {
			w.file("proc/modules", pn533)
		}, "driver.module", doctor.Warn, apitype.ExitDone},
		{"a reader on USB that pcscd does not see", func(w *world) {
			w.plugIn("1-1", "ACS ACR39U ICC Reader", "072f", "b100", "0207")
			w.service.RemoveReader(desk)
			w.service.RemoveReader(samSlot)
		}, "driver.unclaimed", doctor.Error, apitype.ExitReader},
		{"no reader", func(w *world) {
			w.service.RemoveReader(desk)
			w.service.RemoveReader(samSlot)
		}, "reader.none", doctor.Error, apitype.ExitReader},
		{"all readers are for PSAMs", func(w *world) {
			w.config = "readers: [{match: Desk, role: sam}]\n"
		}, "reader.all_sam", doctor.Error, apitype.ExitReader},
		{"another program has the reader", func(w *world) {
			require.NoError(w.t, w.service.SetExclusive(desk, true))
		}, "reader.busy", doctor.Error, apitype.ExitReader},
		{"the reader hangs", func(w *world) {
			require.NoError(w.t, w.service.SetHung(desk, true))
			w.t.Cleanup(func() { _ = w.service.SetHung(desk, false) })
			w.Patience = time.Second
		}, "reader.hung", doctor.Error, apitype.ExitReader},
		{"two cards", func(w *world) {
			w.service.AddReader("Second Contact 00 00")
			w.insert("Second Contact 00 00", "gen1")
		}, "reader.two_cards", doctor.Warn, apitype.ExitDone},

		{"no card", func(w *world) {
			require.NoError(w.t, w.service.Eject(desk))
		}, "card.absent", doctor.Warn, apitype.ExitDone},
		{"a mute card", func(w *world) { w.insertMute(desk) }, "card.mute", doctor.Error, apitype.ExitCard},
		{"a bank card", func(w *world) { w.insertDescribed(desk, bankCard) }, "card.unsupported", doctor.Error, apitype.ExitUnsupported},
		{"a card that leaves", func(w *world) { w.insertFaulty(desk, "gen2", "removed@2") }, "card.removed", doctor.Error, apitype.ExitCard},
		{"a card that does not end", func(w *world) { w.insertFaulty(desk, "gen2", "more@1") }, "card.unreadable", doctor.Error, apitype.ExitCard},
		{"a blocked card", func(w *world) {
			w.insertChanged(desk, "gen2", "description:", "quirks: {refuse: [{ins: A4, sw: \"9303\"}]}\ndescription:")
		},
			"card.locked", doctor.Error, apitype.ExitUnsupported},
		{"a card of no known region", func(w *world) { w.insertChanged(desk, "gen2", "hex: 510100", "hex: 990100") },
			"profile.region_unknown", doctor.Warn, apitype.ExitDone},

		{"a 3.0 card and no PSAM", func(w *world) {
			w.insert(desk, "gen3")
			require.NoError(w.t, w.service.Eject(samSlot))
		}, "sam.absent", doctor.Warn, apitype.ExitDone},
		{"a mute PSAM", func(w *world) { w.insertMute(samSlot) }, "sam.mute", doctor.Error, apitype.ExitAuth},
		{"a PSAM of the old algorithm", func(w *world) {
			w.insert(desk, "gen3")
			w.insert(samSlot, "psam-des")
		}, "sam.algorithm", doctor.Warn, apitype.ExitDone},
		{"no PSAM in the slot for it", func(w *world) { w.insert(samSlot, "gen1") }, "sam.failed", doctor.Error, apitype.ExitAuth},
		{"test keys", func(w *world) { w.TestKeys = "keys.yaml" }, "config.keys", doctor.Warn, apitype.ExitDone},

		{"an expired root", func(w *world) { w.trust("roots", "evidence/expired-roots.pem") }, "trust.expired", doctor.Error, apitype.ExitNotGenuine},
		{"a stale revocation list", func(w *world) {
			w.trust("crls", "evidence/stale-crls.pem")
		}, "trust.stale", doctor.Error, apitype.ExitNotGenuine},
		{"a root that is not there", func(w *world) { w.trust("roots", "trust/nowhere.pem") }, "trust.invalid", doctor.Error, apitype.ExitNotGenuine},

		{"files of the day after tomorrow", func(w *world) {
			later := time.Now().Add(48 * time.Hour)
			require.NoError(w.t, os.Chtimes(filepath.Join(w.StateDir, "token"), later, later))
		}, "clock.behind", doctor.Error, apitype.ExitOther},

		{"another program has the port", func(w *world) {
			w.listen(health("<!DOCTYPE html><title>printer</title>"))
		}, "daemon.port_taken", doctor.Error, apitype.ExitOther},
		{"another program with JSON has the port", func(w *world) {
			w.listen(health(`{"status": "UP"}`))
		}, "daemon.port_taken", doctor.Error, apitype.ExitOther},
		{"a program without HTTP has the port", func(w *world) { w.greetingPort() }, "daemon.port_taken", doctor.Error, apitype.ExitOther},
		{"the port does not answer", func(w *world) { w.mutePort() }, "daemon.mute", doctor.Error, apitype.ExitOther},
		{"the daemon is not well", func(w *world) {
			w.listen(health(`{"status": "degraded", "version": "0.1.0"}`))
		}, "daemon.degraded", doctor.Warn, apitype.ExitDone},
		{"others can read the token", func(w *world) {
			require.NoError(w.t, os.Chmod(filepath.Join(w.StateDir, "token"), 0o644))
		}, "daemon.token_mode", doctor.Error, apitype.ExitOther},
		{"half a token", func(w *world) {
			require.NoError(w.t, os.WriteFile(filepath.Join(w.StateDir, "token"), []byte("9f4c"), 0o600))
		}, "daemon.token_bad", doctor.Error, apitype.ExitOther},
		{"a wrong file of origins", func(w *world) {
			require.NoError(w.t, os.WriteFile(filepath.Join(w.StateDir, "origins.yaml"), []byte("origins: [{origin: '*'}]"), 0o600))
		}, "daemon.origins_bad", doctor.Error, apitype.ExitOther},

		{"a wrong configuration", func(w *world) { w.config = "listen: 0.0.0.0:80\nlisten_too: 1\n" }, "config.invalid", doctor.Error, apitype.ExitUsage},
		{"an origin that no browser sends", func(w *world) { w.config = "origins: [{origin: https://hall.example/}]\n" }, "config.invalid", doctor.Error, apitype.ExitUsage},
		{"a wrong layout", func(w *world) {
			w.file("profiles/national.yaml", "nothing: here")
			w.config += "profiles: {dir: " + filepath.Join(w.Root, "profiles") + "}\n"
		}, "config.profile", doctor.Error, apitype.ExitUsage},

		{"a state directory that cannot be written", func(w *world) { w.StateDir = "/proc/self" }, "disk.unwritable", doctor.Error, apitype.ExitOther},
		{"a full disk", func(w *world) { w.Free = func(string) (uint64, error) { return 1 << 20, nil } }, "disk.full", doctor.Error, apitype.ExitOther},
		{"a disk that is nearly full", func(w *world) { w.Free = func(string) (uint64, error) { return 100 << 20, nil } }, "disk.low", doctor.Warn, apitype.ExitDone},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			row.wreck(w)
			r := w.examine()
			first, _ := r.First()
			require.Equal(t, row.want, first.Code, "%+v", findings(r))
			require.Equal(t, row.want, r.Headline)
			require.Equal(t, row.level, first.Level)
			require.Equal(t, row.exit, r.Exit)
			requireWords(t, r)
		})
	}
}

// requireWords wants of each finding what it says, and of each that is not well what to do.
func requireWords(t *testing.T, r doctor.Report) {
	for _, f := range r.Findings {
		require.NotEmpty(t, f.Title.ZH, f.Code)
		require.NotEmpty(t, f.Title.EN, f.Code)
		if f.Level != doctor.OK {
			require.NotEmpty(t, f.Hint.ZH, f.Code)
			require.NotEmpty(t, f.Hint.EN, f.Code)
		}
	}
}

func findings(r doctor.Report) (list []string) {
	for _, f := range r.Findings {
		list = append(list, string(f.Level)+" "+f.Code+": "+f.Detail)
	}
	return list
}

// Every code has its words in both languages, and says why it matters where it is a cause.
func TestEntries(t *testing.T) {
	for _, code := range append(doctor.Codes(), "reader.stuck") {
		f := doctor.Entry(code)
		require.NotEmpty(t, f.Title.ZH, code)
		require.NotEmpty(t, f.Title.EN, code)
		if f.Level == doctor.Warn || f.Level == doctor.Error {
			for _, text := range []string{f.Why.ZH, f.Why.EN, f.Hint.ZH, f.Hint.EN} {
				require.NotEmpty(t, text, code)
			}
		}
	}
}

// Both documents have every code, and no other, with what is said of it.
func TestDocuments(t *testing.T) {
	for name, lang := range map[string]string{"doctor.md": "en", "zh/doctor.md": "zh"} {
		text, err := os.ReadFile("../../../docs/" + name)
		require.NoError(t, err)
		var listed []string
		for line := range strings.Lines(string(text)) {
			if code, is := strings.CutPrefix(line, "| `"); is {
				code, _, _ = strings.Cut(code, "`")
				listed = append(listed, code)
				e := doctor.Entry(code)
				row := fmt.Sprintf("| `%s` | %s | %s | %s |\n", code, e.Level, e.Title.In(lang), e.Hint.In(lang))
				require.Equal(t, row, line, name)
			}
		}
		require.ElementsMatch(t, doctor.Codes(), listed, name)
	}
}

// A clock that has lost its battery.
func TestClockBefore2026(t *testing.T) {
	w := newWorld(t)
	w.config = "readers: [{match: SAM, role: sam}]\n" // and no certificates, which would be too early
	synctest.Test(t, func(t *testing.T) {             // where it is 2000-01-01
		w.t, w.HTTP, w.Listen = t, &http.Client{Transport: refused{}}, "127.0.0.1:9"
		r := w.examine()
		require.Equal(t, "clock.before", r.Headline)
		require.Equal(t, apitype.ExitOther, r.Exit)
	})
}

type refused struct{}

func (refused) RoundTrip(*http.Request) (*http.Response, error) { return nil, os.ErrDeadlineExceeded }

// The report says what readers there are, what they can do, and of cards no more than their model.
func TestReaders(t *testing.T) {
	w := newWorld(t)
	w.plugIn("1-1", "ACS ACR39U ICC Reader", "072f", "b100", "0207")
	w.service.AddReader("Desk NFC 00 00")
	r := w.examine()
	require.Equal(t, []apitype.DoctorReader{
		{Name: desk, Role: "card", Interface: "contact", Card: true, ATR: "3B6D00000081544C9686845101........"},
		{Name: samSlot, Role: "sam", Interface: "contact", Card: true, ATR: "3B6D00000081544C0086840807........"},
		{Name: "Desk NFC 00 00", Role: "card", Interface: "contactless"},
	}, r.Readers)
	require.Contains(t, findings(r), "ok driver.ok: ACS ACR39U ICC Reader (072f:b100, firmware 2.07)")
	require.Contains(t, findings(r), "ok sam.ok: "+samSlot+" · SM4, DES · 510100000001")
	require.Equal(t, "Example OS 1 · "+arch, r.System)
	document, err := json.Marshal(r)
	require.NoError(t, err)
	require.NotContains(t, string(document), "00000002", "the serial of the card")
}
