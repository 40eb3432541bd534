package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/reader"
	"sscard/reader/virtual"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
)

// office is a daemon over readers in memory, with a card in each, and a PSAM.
type office struct {
	t *testing.T
	*daemon
	client.Client
}

func openOffice(t *testing.T, cards map[string]string) *office {
	t.Helper()
	v := virtual.New()
	for slot, name := range cards {
		card, err := softwareCard{name: name}.make()
		require.NoError(t, err)
		v.AddReader(slot)
		require.NoError(t, v.Insert(slot, card))
	}
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	cfg.Readers = []config.Reader{{Match: "SAM", Role: string(reader.RoleSAM)}}
	s, err := startDaemon(t.Context(), cfg, v, t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, end := context.WithCancel(context.Background())
		end()
		require.NoError(t, s.wait(ctx))
	})
	return &office{t, s, client.Client{BaseURL: s.url, Token: s.token}}
}

// ask sends a request with the token and decodes the answer, or requires that problem.
func (h *office) ask(method, path, body string, status int, into any) {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	require.NoError(h.t, err)
	request.Header.Set("Authorization", "Bearer "+h.token)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(h.t, err)
	defer answer.Body.Close()
	require.Equal(h.t, status, answer.StatusCode)
	if into != nil {
		require.NoError(h.t, json.NewDecoder(answer.Body).Decode(into))
	}
}

// What a technician records at the daemon's page: the person on the card is not in it, and it can be played.
func TestTapeOverHTTP(t *testing.T) {
	const slot = "Hall Contact 00 00"
	h := openOffice(t, map[string]string{slot: "gen3-photo", "Hall SAM 00 00": "psam"})
	var state apitype.TraceState
	h.ask("GET", "/v1/trace", "", 200, &state)
	require.Zero(t, state)
	h.ask("POST", "/v1/trace", "", 200, &state)
	require.True(t, state.Recording)
	require.NotZero(t, state.Since)
	original, err := h.Read(t.Context(), apitype.ReadRequest{})
	require.NoError(t, err)
	require.Equal(t, "张三", original.Holder.Get("name"))
	var got apitype.Trace
	h.ask("POST", "/v1/trace/stop", "", 200, &got)
	require.Equal(t, 0, got.Dropped)

	dir := t.TempDir()
	file, roles := filepath.Join(dir, "http.trace"), filepath.Join(dir, "roles.yaml")
	require.NoError(t, os.WriteFile(file, []byte(got.Trace), 0o600))
	require.NoError(t, os.WriteFile(roles, []byte("readers: [{match: SAM, role: sam}]"), 0o600))
	requireNobody(t, original, file)
	sessions, err := readTrace(file, nil)
	require.NoError(t, err)
	require.Len(t, sessions, got.Sessions)
	replayed := readWith(t, "--config", roles, "trace", "replay", file, "--", "read", "--json")
	require.Equal(t, fieldNamesOf(original), fieldNamesOf(replayed))
	require.Equal(t, apitype.Authenticity{Method: "irk", Result: "genuine"}, replayed.Authenticity)
	require.NotEqual(t, original.Holder.Get("name"), replayed.Holder.Get("name"))
}

// Everything that a page can do with a card, recorded: the person and the portrait are not in it.
func TestTapeOfEverything(t *testing.T) {
	const slot = "Hall Contact 00 00"
	h := openOffice(t, map[string]string{slot: "gen3-photo", "Hall SAM 00 00": "psam"})
	h.ask("POST", "/v1/trace", "", 200, nil)
	original, err := h.Read(t.Context(), apitype.ReadRequest{})
	require.NoError(t, err)
	_, err = h.Verify(t.Context(), apitype.VerifyRequest{Nonce: strings.Repeat("5f", 16), Fields: []string{"holder"}})
	require.NoError(t, err)
	photo, err := h.Function(t.Context(), "iReadCard", map[string]any{
		"iType": 1, "iAuthType": 2, "pFileAddr": "SSSEEF08|$", "pCardInfo": original.Issuer.Get("card_id") + "|" + original.Issuer.Get("card_number") + "|",
	})
	require.NoError(t, err)
	require.Zero(t, photo.Return, photo.OutInfo)
	var got apitype.Trace
	h.ask("POST", "/v1/trace/stop", "", 200, &got)
	require.GreaterOrEqual(t, got.Sessions, 3)
	file := filepath.Join(t.TempDir(), "everything.trace")
	require.NoError(t, os.WriteFile(file, []byte(got.Trace), 0o600))
	requireNobody(t, original, file)
	jpeg := strings.Split(photo.OutInfo, "|")[1]
	for i := 0; i+64 < 7200; i += 64 { // the JPEG, not what fills the file
		require.NotContains(t, got.Trace, jpeg[i:i+32], "a piece of the portrait")
	}
}

func TestTapeOfOneReader(t *testing.T) {
	const slot, other = "Hall Contact 00 00", "Hall NFC 00 00"
	h := openOffice(t, map[string]string{slot: "gen2", other: "gen2-contactless"})
	for _, named := range []string{other, reader.IDOf(other)} {
		var state apitype.TraceState
		h.ask("POST", "/v1/trace", fmt.Sprintf(`{"reader": %q}`, named), 200, &state)
		require.Equal(t, reader.IDOf(other), state.Reader)
		for _, interfaceOf := range []string{"contact", "contactless"} {
			_, err := h.Read(t.Context(), apitype.ReadRequest{Interface: interfaceOf})
			require.NoError(t, err)
		}
		var got apitype.Trace
		h.ask("POST", "/v1/trace/stop", "", 200, &got)
		require.Equal(t, 1, got.Sessions)
		require.Contains(t, got.Trace, other)
		require.NotContains(t, got.Trace, slot)
	}
}

func TestTapeRefused(t *testing.T) {
	h := openOffice(t, map[string]string{"Hall Contact 00 00": "gen2"})
	var problem apitype.Problem
	h.ask("POST", "/v1/trace/stop", "", 409, &problem)
	require.Equal(t, apitype.RequestInvalid, problem.Code)
	h.ask("POST", "/v1/trace", `{"reader": "elsewhere"}`, 404, &problem)
	require.Equal(t, apitype.ReaderUnknown, problem.Code)
	h.ask("POST", "/v1/trace", `{"readers": "all"}`, 400, &problem)
	require.Equal(t, apitype.RequestInvalid, problem.Code)
	h.ask("DELETE", "/v1/trace", "", 204, nil)

	h.ask("POST", "/v1/trace", "{}", 200, nil)
	h.ask("POST", "/v1/trace", "", 409, &problem)
	require.Equal(t, apitype.RequestInvalid, problem.Code)
	_, err := h.Read(t.Context(), apitype.ReadRequest{})
	require.NoError(t, err)
	h.ask("DELETE", "/v1/trace", "", 204, nil)
	var state apitype.TraceState
	h.ask("GET", "/v1/trace", "", 200, &state)
	require.Zero(t, state)
	h.ask("POST", "/v1/trace/stop", "", 409, &problem)
}

// Somebody looks at what is said to cards: the log tells.
func TestTapeIsLogged(t *testing.T) {
	h := openOffice(t, map[string]string{"Hall Contact 00 00": "gen2"})
	h.ask("POST", "/v1/trace", "", 200, nil)
	h.ask("POST", "/v1/trace/stop", "", 200, nil)
	var tail apitype.LogTail
	h.ask("GET", "/v1/log?n=1000", "", 200, &tail)
	var said []string
	for _, line := range tail.Lines {
		said = append(said, line.Level+" "+line.Message)
	}
	require.Contains(t, said, "warn sessions with cards are recorded in memory")
	require.Contains(t, said, "info recorded sessions were fetched, redacted")
}

// A daemon that keeps its traces in files has both.
func TestTapeBesideFiles(t *testing.T) {
	const slot = "Hall Contact 00 00"
	v := virtual.New(slot)
	require.NoError(t, v.Insert(slot, builtIn(t, "gen2")))
	dir := filepath.Join(t.TempDir(), "traces")
	readers, stop, err := traced(v, dir, "", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	s, err := startDaemon(t.Context(), cfg, readers, t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	h := &office{t, s, client.Client{BaseURL: s.url, Token: s.token}}
	h.ask("POST", "/v1/trace", "", 200, nil)
	_, err = h.Read(t.Context(), apitype.ReadRequest{})
	require.NoError(t, err)
	var got apitype.Trace
	h.ask("POST", "/v1/trace/stop", "", 200, &got)
	require.Equal(t, 1, got.Sessions)
	ctx, end := context.WithCancel(t.Context())
	end()
	require.NoError(t, s.wait(ctx))
	stop()
	files, err := filepath.Glob(filepath.Join(dir, "*.trace"))
	require.NoError(t, err)
	require.Len(t, files, 1)
}
