package terminal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"sscard/apdu"
	"sscard/reader"
	"sscard/reader/softcard"
	"sscard/reader/virtual"
	"sscard/sm"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/terminal/profile"
	"sscard/terminal/sam"
	"sscard/testdata"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		stopStack()
		os.Exit(code)
	}))
}

const (
	slot    = "Counter 1 00 00"
	samSlot = "Counter SAM 00 00" // empty until a test puts a PSAM there
)

// builtIn are the layouts without a directory, which most tests share.
var builtIn = sync.OnceValues(func() (*profile.Set, error) { return profile.Load("") })

func layouts(dir string) (*profile.Set, error) {
	if dir == "" {
		return builtIn()
	}
	return profile.Load(dir)
}

// counter is a terminal with one reader, on a clock of its own.
type counter struct {
	t        *testing.T
	driver   *virtual.Driver
	terminal *terminal.Terminal
	ledger   *ledger  // its audit log
	asked    []string // of the card, in hexadecimal, since the last read began
}

// open runs test at a counter whose layouts come from dir ("": the built-in ones). There it is noon on 1 January 2026.
func open(t *testing.T, dir string, test func(t *testing.T, c *counter)) {
	t.Helper()
	openWith(t, dir, nil, test)
}

// openTrusting is open with somebody to believe what asymmetric keys are whose.
func openTrusting(t *testing.T, trust *sm.Trust, test func(t *testing.T, c *counter)) {
	t.Helper()
	openWith(t, "", trust, test)
}

func openWith(t *testing.T, dir string, trust *sm.Trust, test func(t *testing.T, c *counter)) {
	t.Helper()
	profiles, err := layouts(dir)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)))
		c := &counter{t: t, driver: virtual.New(slot, samSlot), ledger: &ledger{}}
		pool := reader.NewPool(c.driver, reader.Config{Rules: []reader.Rule{{Match: "SAM", Role: reader.RoleSAM}}})
		c.terminal = terminal.New(terminal.Config{Pool: pool, Profiles: profiles, Keys: sam.NewPSAM(pool), Trust: trust, Audit: c.ledger, Log: slog.New(slog.DiscardHandler)})
		defer c.ledger.requirePrivate(t)
		defer c.terminal.Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer func() { cancel(); synctest.Wait() }()
		go pool.Run(ctx)
		require.NoError(t, pool.Ready(ctx))
		test(t, c)
	})
}

// insert puts a card into the reader.
func (c *counter) insert(card softcard.Answerer) {
	c.t.Helper()
	require.NoError(c.t, c.driver.Insert(slot, softcard.WithLog(card, func(command, _ []byte) {
		c.asked = append(c.asked, apdu.Hex(command))
	})))
	synctest.Wait()
}

// try reads the card.
func (c *counter) try(req terminal.ReadRequest) (*terminal.Reading, error) {
	c.asked = nil
	return c.terminal.Read(c.t.Context(), req)
}

// read reads the card, which must succeed, and gives its document without the time it took.
func (c *counter) read(req terminal.ReadRequest) apitype.ReadDocument {
	c.t.Helper()
	reading, err := c.try(req)
	require.NoError(c.t, err)
	document := reading.Document()
	require.Len(c.t, c.asked, document.Exchanges)
	document.ElapsedMS = 0
	return document
}

// describe is the description of a card in testdata/cards, each old replaced by its new.
func describe(t testing.TB, name string, oldnew ...string) string {
	t.Helper()
	b, err := testdata.Cards.ReadFile("cards/" + name + ".yaml")
	require.NoError(t, err)
	description := string(b)
	for i := 0; i < len(oldnew); i += 2 {
		require.Contains(t, description, oldnew[i])
		description = strings.ReplaceAll(description, oldnew[i], oldnew[i+1])
	}
	return description
}

func parse(t testing.TB, description string) *softcard.Card {
	t.Helper()
	card, err := softcard.Parse([]byte(description))
	require.NoError(t, err)
	return card
}

func card(t testing.TB, name string) *softcard.Card {
	t.Helper()
	return parse(t, describe(t, name))
}

// golden compares got with a file under testdata.
func golden(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run the test with -update")
	require.Equal(t, string(want), string(got))
}

// document is the golden document of a card.
func document(t testing.TB, name string) (d apitype.ReadDocument) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "read", name+".json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &d))
	return d
}

func indented(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(v))
	return b.Bytes()
}

// personal is what nobody but the caller may learn from the card of the document.
func personal(d apitype.ReadDocument) []string {
	secrets := []string{d.Issuer.Get("card_id"), d.Issuer.Get("card_number")}
	for _, f := range d.Holder {
		if len(f.Value) > len("01") {
			secrets = append(secrets, f.Value)
		}
	}
	return secrets
}
