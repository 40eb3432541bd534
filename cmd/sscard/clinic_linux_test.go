package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/cmd/internal/doctor"
	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
)

// The daemon looks at its own machine, with its own readers: the card is there for who reads it, before and after.
func TestDoctorOverHTTP(t *testing.T) {
	const slot = "Hall Contact 00 00"
	h := openOffice(t, map[string]string{slot: "gen3-photo", "Hall SAM 00 00": "psam"})
	document, err := h.Read(t.Context(), apitype.ReadRequest{})
	require.NoError(t, err)
	var report apitype.DoctorReport
	h.ask("POST", "/v1/doctor", "", 200, &report)
	var progress apitype.DoctorProgress
	h.ask("GET", "/v1/doctor", "", 200, &progress)
	require.Equal(t, apitype.DoctorProgress{Done: doctor.Checks, Of: doctor.Checks, Findings: report.Findings}, progress)
	levels := make(map[string]apitype.FindingLevel)
	for _, f := range report.Findings {
		levels[f.Code] = f.Level
	}
	for _, code := range []string{"service.ok", "reader.ok", "card.ok", "sam.ok", "daemon.ok", "daemon.token"} {
		require.Equal(t, apitype.FindingOK, levels[code], code)
	}
	require.Len(t, report.Readers, 2)
	require.NotEmpty(t, report.System)
	require.Equal(t, version(), report.Version)
	text, err := json.Marshal(report)
	require.NoError(t, err)
	for _, secret := range []string{h.token, "张三", document.Issuer.Get("card_number"), document.Issuer.Get("card_id"), document.Holder.Get("social_security_number"), document.ATR} {
		require.NotContains(t, string(text), secret)
	}
	again, err := h.Read(t.Context(), apitype.ReadRequest{})
	require.NoError(t, err)
	require.Equal(t, comparable(document), comparable(again))
}

// A card that is held for an HSM is not looked at, and what holds it goes on.
func TestDoctorLeavesAHeldCardAlone(t *testing.T) {
	const slot = "Hall Contact 00 00"
	h := openOffice(t, map[string]string{slot: "gen3"})
	pending := beginRead(t, &h.Client, slot)
	var report apitype.DoctorReport
	h.ask("POST", "/v1/doctor", "{}", 200, &report)
	var found []string
	for _, f := range report.Findings {
		found = append(found, string(f.Level)+" "+f.Code+" "+f.Detail)
	}
	require.Contains(t, found, "info reader.in_use "+slot)
	require.Equal(t, apitype.RequestInvalid, finishRead(t, &h.Client, pending), "the session is still there")
	require.Equal(t, apitype.SessionUnknown, finishRead(t, &h.Client, pending), "and now it is over")
}

// slow is a service that says nothing until it is let.
type slow struct {
	reader.Driver
	begun chan struct{}
	once  *sync.Once
	let   chan struct{}
}

func (s slow) Watch(ctx context.Context, report func([]reader.Slot)) error {
	s.once.Do(func() { close(s.begun) })
	select {
	case <-s.let:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Driver.Watch(ctx, report)
}

// Who asks while the doctor is at work gets the same report; who asks after that a new one.
func TestClinicDoesOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow{virtual.New("Hall Contact 00 00"), make(chan struct{}), &sync.Once{}, make(chan struct{})}
		examined := 0
		c := newClinic(func() doctor.Environment {
			examined++
			return doctor.Environment{Root: t.TempDir(), StateDir: t.TempDir(), Driver: s, HTTP: noHTTP(), Free: func(string) (uint64, error) { return 1 << 40, nil }}
		})
		reports := make(chan apitype.DoctorReport, 3)
		ask := func(ctx context.Context) {
			report, err := c.Examine(ctx)
			require.Equal(t, ctx.Err(), err)
			reports <- report
		}
		gone, leave := context.WithCancel(t.Context())
		go ask(gone)
		go ask(t.Context())
		go ask(t.Context())
		<-s.begun
		synctest.Wait()
		leave()
		require.Empty(t, (<-reports).Findings, "who has left is not waited for")
		close(s.let)
		first, second := <-reports, <-reports
		require.NotEmpty(t, first.Findings)
		require.Equal(t, first, second)
		require.Equal(t, 1, examined)
		_, err := c.Examine(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, examined)
		c.close()
		_, err = c.Examine(t.Context())
		require.ErrorIs(t, err, errClosed)
	})
}

// Who waits for the doctor sees findings come, and afterwards those of the last examination.
func TestClinicTellsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := virtual.New("Hall E Contact 00 00", "Hall F Contact 00 00")
		slowly, err := softwareCard{name: "gen2", fault: "slow@1:400ms"}.make()
		require.NoError(t, err)
		require.NoError(t, v.Insert("Hall E Contact 00 00", builtIn(t, "gen2")))
		require.NoError(t, v.Insert("Hall F Contact 00 00", slowly))
		c := newClinic(func() doctor.Environment {
			return doctor.Environment{Root: t.TempDir(), StateDir: t.TempDir(), Driver: v, HTTP: noHTTP(), Patience: time.Second, Free: func(string) (uint64, error) { return 1 << 40, nil }}
		})
		require.Equal(t, apitype.DoctorProgress{Of: doctor.Checks, Findings: []apitype.Finding{}}, c.Progress())
		type examined struct {
			apitype.DoctorReport
			error
		}
		reports := make(chan examined)
		for range 2 {
			go func() {
				report, err := c.Examine(t.Context())
				reports <- examined{report, err}
			}()
			synctest.Wait() // the second card is being asked
			p := c.Progress()
			require.True(t, p.Running)
			require.Equal(t, 6, p.Done)
			require.Equal(t, "card.ok", p.Findings[len(p.Findings)-1].Code)
			report := <-reports
			require.NoError(t, report.error)
			require.Equal(t, apitype.DoctorProgress{Done: doctor.Checks, Of: doctor.Checks, Findings: report.Findings}, c.Progress())
		}
		c.close()
	})
}

// The daemon does not wait for the doctor when it stops.
func TestClinicCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slow{virtual.New("Hall Contact 00 00"), make(chan struct{}), &sync.Once{}, make(chan struct{})}
		c := newClinic(func() doctor.Environment {
			return doctor.Environment{Root: t.TempDir(), StateDir: t.TempDir(), Driver: s, HTTP: noHTTP(), Free: func(string) (uint64, error) { return 1 << 40, nil }}
		})
		done := make(chan error)
		go func() { _, err := c.Examine(t.Context()); done <- err }()
		<-s.begun
		c.close()
		require.NoError(t, <-done)
	})
}

// noHTTP reaches nobody.
func noHTTP() *http.Client { return &http.Client{Transport: unreachable{}} }

type unreachable struct{}

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED }
