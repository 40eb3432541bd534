package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"sscard/apdu/trace"
	"sscard/cmd/internal/wiring"
	"sscard/reader/virtual"
	"sscard/reader/vpcd"
	"sscard/terminal/apitype"
	"sscard/terminal/client"
	"sscard/terminal/config"
)

// Every card, recorded through pcscd and redacted on the way: the person on it is not in the file, and whoever plays the
// file reads the same invented one: the command line, a Go test, the daemon over HTTP, and a program that finds the card
// in a reader of pcscd.
func TestTracesOfEveryCard(t *testing.T) {
	e := watched(t)
	slots := make(chan vpcd.Reader, len(stack.Readers()))
	for i, slot := range stack.Readers() {
		if i%2 == 0 { // pcscd lets a driver's slots wait for each other
			slots <- slot
		}
	}
	for _, name := range cardNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slot := <-slots
			defer func() { slots <- slot }()
			file := filepath.Join(t.TempDir(), name+".trace")

			takeOut := put(t, e, slot, builtIn(t, name))
			original := readWith(t, "trace", "record", "-o", file, "--", "read", "--json", "--reader", slot.Name)
			takeOut()
			requireNobody(t, original, file)

			want := readWith(t, "trace", "replay", file, "--", "read", "--json")
			require.NotEqual(t, comparable(original), comparable(want))
			require.Equal(t, fieldNamesOf(original), fieldNamesOf(want), "the same fields, with other values")
			require.Equal(t, original.Warnings, want.Warnings, "check digits are as right as they were")
			require.Equal(t, original.Exchanges, want.Exchanges)

			require.Equal(t, comparable(want), comparable(readByTest(t, file, slot.Name)), "Go test")
			require.Equal(t, comparable(want), comparable(readByDaemon(t, file)), "HTTP")

			sessions, err := readTrace(file, nil)
			require.NoError(t, err)
			card, err := trace.NewCard(sessions)
			require.NoError(t, err)
			takeOut = put(t, e, slot, card)
			throughStack, err := readAt(t, e, slot.Name)
			require.NoError(t, err)
			takeOut()
			require.Equal(t, comparable(want), comparable(throughStack), "vpcd")
		})
	}
}

func readWith(t *testing.T, args ...string) (d apitype.ReadDocument) {
	t.Helper()
	status, stdout, stderr := runs(t.Context(), args...)
	require.Equal(t, apitype.ExitDone, status, stderr)
	require.NoError(t, json.Unmarshal([]byte(stdout), &d))
	return d
}

// readByTest reads as a Go test would that has the trace for a card.
func readByTest(t *testing.T, file, name string) apitype.ReadDocument {
	v := virtual.New(name)
	require.NoError(t, v.Insert(name, trace.Open(t, file)))
	e, err := wiring.Equip(t.Context(), v, config.Default(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer e.Stop()
	document, err := readAt(t, e, name)
	require.NoError(t, err)
	return document
}

// readByDaemon reads twice over HTTP: the readers of a trace do not run out.
func readByDaemon(t *testing.T, file string) (d apitype.ReadDocument) {
	readers, err := driver(tracePrefix + file)
	require.NoError(t, err)
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	s, err := startDaemon(t.Context(), cfg, readers, t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer func() {
		ctx, end := context.WithCancel(context.Background())
		end()
		require.NoError(t, s.wait(ctx))
	}()
	c := client.Client{BaseURL: s.url, Token: s.token}
	first, err := c.Read(t.Context(), apitype.ReadRequest{})
	require.NoError(t, err)
	second, err := c.Read(t.Context(), apitype.ReadRequest{})
	require.NoError(t, err)
	second.Exchanges = first.Exchanges // it knows by now how this model wants to be asked
	require.Equal(t, comparable(first), comparable(second))
	return first
}

func fieldNamesOf(d apitype.ReadDocument) (names []string) {
	for _, group := range []apitype.Fields{d.Issuer, d.Holder, d.Local} {
		for _, f := range group {
			names = append(names, f.Name)
		}
	}
	return names
}

// requireNobody looks for each personal value of a document in a file, in every coding.
func requireNobody(t *testing.T, d apitype.ReadDocument, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	text := strings.ToLower(string(content))
	values := map[string]string{
		"card_number": d.Issuer.Get("card_number"), "card_id": d.Issuer.Get("card_id"), "atr": d.ATR,
		"social_security_number": d.Holder.Get("social_security_number"), "name": d.Holder.Get("name"),
		"birth_date": strings.ReplaceAll(d.Holder.Get("birth_date"), "-", ""),
	}
	for name, value := range values {
		if value == "" {
			continue
		}
		gbk, err := simplifiedchinese.GBK.NewEncoder().String(value)
		require.NoError(t, err)
		for _, coding := range []string{value, hex.EncodeToString([]byte(value)), hex.EncodeToString([]byte(gbk))} {
			require.NotContains(t, text, strings.ToLower(coding), name)
		}
	}
}

// A card of the third generation with a PSAM: the numbers that were drawn then are not drawn again, the cryptograms fit.
func TestTraceWithPSAM(t *testing.T) {
	dir := t.TempDir()
	file, readers, roles := filepath.Join(dir, "psam.trace"), filepath.Join(dir, "readers.yaml"), filepath.Join(dir, "roles.yaml")
	require.NoError(t, os.WriteFile(readers, []byte("readers: [{name: Hall Contact 00 00, card: gen3}, {name: Hall SAM 00 00, card: psam}]"), 0o600))
	require.NoError(t, os.WriteFile(roles, []byte("readers: [{match: SAM, role: sam}]"), 0o600))
	original := readWith(t, "--config", roles, "--driver", "virtual:"+readers, "trace", "record", "-o", file, "--", "read", "--json")
	require.Equal(t, "张三", original.Holder.Get("name"))
	requireNobody(t, original, file)
	replayed := readWith(t, "--config", roles, "trace", "replay", file, "--", "read", "--json")
	require.NotEmpty(t, replayed.Holder.Get("name"))
	require.Equal(t, apitype.Authenticity{Method: "irk", Result: "genuine"}, replayed.Authenticity)
	require.Equal(t, original.Exchanges, replayed.Exchanges)
}

// The daemon keeps its sessions for support: one in a file, redacted.
func TestDaemonKeepsTraces(t *testing.T) {
	const name, other = "Hall Contact 00 00", "Hall NFC 00 00"
	v := virtual.New(name, other)
	require.NoError(t, v.Insert(name, builtIn(t, "gen2")))
	require.NoError(t, v.Insert(other, builtIn(t, "gen2-contactless")))
	dir := filepath.Join(t.TempDir(), "traces")
	readers, stop, err := traced(v, dir, name, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	cfg := config.Default()
	cfg.Listen = "127.0.0.1:0"
	s, err := startDaemon(t.Context(), cfg, readers, t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	c := client.Client{BaseURL: s.url, Token: s.token}
	document, err := c.Read(t.Context(), apitype.ReadRequest{})
	require.NoError(t, err)
	_, err = c.Read(t.Context(), apitype.ReadRequest{Interface: "contactless"})
	require.NoError(t, err)
	ctx, end := context.WithCancel(t.Context())
	end()
	require.NoError(t, s.wait(ctx))
	stop()

	files, err := filepath.Glob(filepath.Join(dir, "*.trace"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Equal(t, "王小明", document.Holder.Get("name"))
	requireNobody(t, document, files[0])
	replayed := readWith(t, "trace", "replay", files[0], "--", "read", "--json")
	require.Equal(t, fieldNamesOf(document), fieldNamesOf(replayed))
}

func TestSupportTracesMakeRoom(t *testing.T) {
	dir := t.TempDir()
	for i := range maxTraceFiles + 3 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, string(rune('a'+i/26))+string(rune('a'+i%26))+".trace"), nil, 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600))
	s := &supportTraces{dir: dir}
	require.NoError(t, s.one(&trace.Session{Exchanges: []trace.Exchange{{Command: []byte{0, 0xA4, 0, 0}, Fault: "removed"}}}, 0))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, maxTraceFiles+1)
	require.NoFileExists(t, filepath.Join(dir, "aa.trace"))

	long := &trace.Session{}
	for range maxTraceBytes / 10 {
		long.Exchanges = append(long.Exchanges, trace.Exchange{Command: []byte{0, 0xA4, 0, 0}, Fault: "removed"})
	}
	require.ErrorContains(t, s.one(long, 1), "at most")
}
