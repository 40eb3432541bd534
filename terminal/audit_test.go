package terminal_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/reader/softcard"
	"sscard/terminal"
	"sscard/terminal/apitype"
	"sscard/testdata"
)

// ledger is an audit log in memory.
type ledger struct {
	mu    sync.Mutex
	lines []apitype.AuditRecord
	taken int
	ready error // why no card may be touched
	full  error // why no line can be written
}

var _ terminal.Auditor = (*ledger)(nil)

func (l *ledger) Ready() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ready
}

func (l *ledger) Record(r apitype.AuditRecord) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, r)
	return l.full
}

// take gives the lines since it was last called.
func (l *ledger) take() []apitype.AuditRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines[l.taken:]
	l.taken = len(l.lines)
	return lines
}

// personalValue is a value of a test card that tells a person. Codes and versions are shorter.
var personalValue = regexp.MustCompile(`(?:text: "?|hex: )((?:\p{Han}|·){2,}|[0-9A-Z]{9,})`)

// requirePrivate requires that no line has anything of any test card in it, nor a PIN.
func (l *ledger) requirePrivate(t testing.TB) {
	text, err := json.Marshal(l.lines)
	require.NoError(t, err)
	files, err := fs.Glob(testdata.Cards, "cards/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		description, err := testdata.Cards.ReadFile(file)
		require.NoError(t, err)
		for _, m := range personalValue.FindAllSubmatch(description, -1) {
			require.NotContains(t, string(text), string(m[1]))
		}
	}
	require.NotContains(t, string(text), "123456")
}

var (
	theCaller = terminal.Caller{Origin: "https://hall.example", Function: "iReadCardBas", RequestID: "R1"}
	lineOf    = apitype.AuditRecord{
		Caller: &apitype.AuditCaller{Origin: "https://hall.example"}, Function: "iReadCardBas", RequestID: "R1", Interface: "contact",
	}
)

// withoutReader is the line, whose reader must be the one there is.
func withoutReader(t *testing.T, line apitype.AuditRecord) apitype.AuditRecord {
	t.Helper()
	require.NotNil(t, line.Reader)
	require.Equal(t, slot, line.Reader.Name)
	require.NotEmpty(t, line.Reader.ID)
	line.Reader = nil
	return line
}

func TestAuditOfReading(t *testing.T) {
	unchecked := &apitype.Authenticity{Method: "none", Result: "unchecked"}
	for name, test := range map[string]struct {
		card    string
		fault   string
		request terminal.ReadRequest
		want    func(*apitype.AuditRecord)
	}{
		"some fields": {card: "gen2", request: terminal.ReadRequest{Fields: []string{"holder.name", "issuer.card_number", "holder.name"}}, want: func(l *apitype.AuditRecord) {
			l.Asked, l.Given = []string{"holder.name", "issuer.card_number"}, []string{"issuer.card_number", "holder.name"}
			l.CardNumber, l.RegionCode, l.Authenticity, l.Outcome = "A*******8", "510100", unchecked, "ok"
		}},
		"what the card does not give": {card: "gen3", request: terminal.ReadRequest{Fields: []string{"holder"}}, want: func(l *apitype.AuditRecord) {
			l.Asked, l.Given = []string{"holder"}, []string{}
			l.CardNumber, l.RegionCode, l.Authenticity, l.Outcome = "A*******3", "510100", unchecked, "ok"
		}},
		"a card number that may not be read": {card: "gen2", request: terminal.ReadRequest{Allowed: []string{"holder.name"}}, want: func(l *apitype.AuditRecord) {
			l.Asked, l.Given = []string{"issuer", "holder"}, []string{"holder.name"}
			l.RegionCode, l.Authenticity, l.Outcome = "510100", unchecked, "ok"
		}},
		"the card leaves": {card: "gen2", fault: "removed@3", want: func(l *apitype.AuditRecord) {
			l.Asked, l.CardNumber, l.RegionCode, l.Outcome = []string{"issuer", "holder"}, "A*******8", "510100", "card.removed"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				var answerer softcard.Answerer = card(t, test.card)
				if test.fault != "" {
					fault, err := softcard.ParseFault(test.fault)
					require.NoError(t, err)
					answerer = softcard.WithFault(answerer, fault)
				}
				c.insert(answerer)
				_, _ = c.terminal.Read(terminal.WithCaller(t.Context(), theCaller), test.request)
				want := lineOf
				want.Event = apitype.AuditRead
				test.want(&want)
				lines := c.ledger.take()
				require.Len(t, lines, 1)
				require.Equal(t, want, withoutReader(t, lines[0]))
			})
		})
	}
}

// What a caller says is not written down unless we know it.
func TestAuditOfNonsense(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		for _, request := range []terminal.ReadRequest{{Fields: []string{"510100200001040015"}}, {Reader: "王小明"}} {
			_, err := c.terminal.Read(t.Context(), request)
			require.Error(t, err)
		}
		text, err := json.Marshal(c.ledger.lines)
		require.NoError(t, err)
		require.NotContains(t, string(text), "王小明")
		lines := c.ledger.take()
		require.Len(t, lines, 2)
		require.Empty(t, lines[0].Asked)
		require.Equal(t, "request.invalid", lines[0].Outcome)
		require.Equal(t, "reader.unknown", lines[1].Outcome)
		require.Equal(t, "read", lines[1].Function)
	})
}

// Each use case has one line.
func TestAuditOfUseCases(t *testing.T) {
	dir := full(t)
	for name, test := range map[string]struct {
		run  func(t *testing.T, c *counter) error
		want apitype.AuditRecord // of what is compared
	}{
		"read items": {func(t *testing.T, c *counter) error {
			_, err := c.terminal.ReadItems(t.Context(), terminal.ItemsRequest{Files: addresses(t, "DF01EF05|20|$SSSEEF06|08|09|$")})
			return err
		}, apitype.AuditRecord{Event: "read", Asked: []string{"DF01EF05/20", "SSSEEF06/08", "SSSEEF06/09"}, Given: []string{"DF01EF05/20", "SSSEEF06/08", "SSSEEF06/09"}}},
		"write items": {func(t *testing.T, c *counter) error {
			_, err := c.terminal.WriteItems(t.Context(), terminal.WriteRequest{Files: []terminal.FileValues{values(t, "DF01EF05|20|$", "1")}})
			return err
		}, apitype.AuditRecord{Event: "write", Asked: []string{"DF01EF05/20"}, Written: []string{"DF01EF05/20"}}},
		"verify PIN": {func(t *testing.T, c *counter) error {
			_, err := c.terminal.VerifyPIN(t.Context(), terminal.PINRequest{Entry: &holder{pin: "123456"}})
			return err
		}, apitype.AuditRecord{Event: "pin"}},
		"a wrong PIN": {func(t *testing.T, c *counter) error {
			_, err := c.terminal.VerifyPIN(t.Context(), terminal.PINRequest{Entry: &holder{pin: "654321"}})
			return err
		}, apitype.AuditRecord{Event: "pin", Outcome: "pin.wrong"}},
		"change PIN": {func(t *testing.T, c *counter) error {
			_, err := c.terminal.ChangePIN(t.Context(), terminal.PINRequest{Entry: &holder{pin: "123456"}})
			return err
		}, apitype.AuditRecord{Event: "pin"}},
		"reset PIN": {func(t *testing.T, c *counter) error {
			return c.terminal.ResetPIN(t.Context(), terminal.Reload, terminal.PINRequest{Entry: &holder{pin: "123456"}})
		}, apitype.AuditRecord{Event: "pin"}},
		"debit": {func(t *testing.T, c *counter) error {
			_, err := c.terminal.Debit(t.Context(), paying())
			return err
		}, apitype.AuditRecord{Event: "debit", Debit: "done"}},
		"debit without a PIN": {func(t *testing.T, c *counter) error {
			_, err := c.terminal.Debit(t.Context(), payment)
			return err
		}, apitype.AuditRecord{Event: "debit", Debit: "not done", Outcome: "auth.required"}},
	} {
		t.Run(name, func(t *testing.T) {
			open(t, dir, func(t *testing.T, c *counter) {
				c.psam("psam")
				c.insert(card(t, "gen3-full"))
				err := test.run(t, c)
				lines := c.ledger.take()
				require.Len(t, lines, 1)
				want := test.want
				if want.Outcome == "" {
					require.NoError(t, err)
					want.Outcome = apitype.AuditOK
				}
				got := withoutReader(t, lines[0])
				require.Equal(t, "genuine", got.Authenticity.Result)
				require.Equal(t, "H*******7", got.CardNumber)
				require.Equal(t, "510100", got.RegionCode)
				require.Equal(t, want, apitype.AuditRecord{Event: got.Event, Asked: got.Asked, Given: got.Given, Written: got.Written, Debit: got.Debit, Outcome: got.Outcome})
			})
		})
	}
}

// Of two steps the second has the line, and what the first has learned is in it.
func TestAuditOfTwoSteps(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.insert(card(t, "gen3"))
		pending, err := c.terminal.BeginRead(t.Context(), terminal.ReadRequest{Fields: []string{"holder.name"}})
		require.NoError(t, err)
		require.Empty(t, c.ledger.take())
		_, err = c.terminal.FinishRead(t.Context(), pending.Session, hsm(t, pending.Request))
		require.NoError(t, err)
		lines := c.ledger.take()
		require.Len(t, lines, 1)
		require.Equal(t, apitype.AuditRecord{
			Event: apitype.AuditRead, Function: "read/finish", Caller: &apitype.AuditCaller{}, Interface: "contact", CardNumber: "A*******3",
			RegionCode: "510100", Asked: []string{"holder.name"}, Given: []string{"holder.name"}, Outcome: apitype.AuditOK,
			Authenticity: &apitype.Authenticity{Method: "irk", Result: "genuine"},
		}, withoutReader(t, lines[0]))
	})
}

// A first step that no second follows has a line of its own, when that is known.
func TestAuditOfFirstStepsAlone(t *testing.T) {
	for name, test := range map[string]struct {
		then func(t *testing.T, c *counter, session string)
		want []string // outcomes
	}{
		"too late": {func(*testing.T, *counter, string) { time.Sleep(2 * time.Minute) }, []string{"session.expired"}},
		"begun anew": {func(t *testing.T, c *counter, _ string) {
			_, _ = c.terminal.BeginRead(t.Context(), terminal.ReadRequest{})
		}, []string{"session.expired"}},
		"the end":     {func(_ *testing.T, c *counter, _ string) { c.terminal.Close() }, []string{"session.expired"}},
		"a wrong use": {func(t *testing.T, c *counter, s string) { _, _ = c.terminal.FinishReadItems(t.Context(), s, "") }, []string{"session.expired", "session.unknown"}},
		"no answer":   {func(t *testing.T, c *counter, s string) { _, _ = c.terminal.FinishRead(t.Context(), s, "") }, []string{"request.invalid"}},
	} {
		t.Run(name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(card(t, "gen3"))
				pending, err := c.terminal.BeginRead(t.Context(), terminal.ReadRequest{})
				require.NoError(t, err)
				test.then(t, c, pending.Session)
				var outcomes []string
				for i, line := range c.ledger.take() {
					outcomes = append(outcomes, line.Outcome)
					if i == 0 {
						require.Equal(t, "A*******3", line.CardNumber)
						require.Nil(t, line.Given)
					}
				}
				require.Equal(t, test.want, outcomes)
			})
		})
	}
}

// Where the log says no, no card is touched.
func TestAuditRefuses(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.insert(card(t, "gen2"))
		c.ledger.ready = errors.New("no room")
		for name, run := range map[string]func() error{
			"read":       func() error { _, err := c.terminal.Read(t.Context(), terminal.ReadRequest{}); return err },
			"read/begin": func() error { _, err := c.terminal.BeginRead(t.Context(), terminal.ReadRequest{}); return err },
			"debit":      func() error { _, err := c.terminal.Debit(t.Context(), paying()); return err },
			"verify PIN": func() error { _, err := c.terminal.VerifyPIN(t.Context(), terminal.PINRequest{}); return err },
		} {
			err := run()
			require.Equal(t, apitype.Internal, code(err), name)
			require.ErrorContains(t, err, "no room", name)
		}
		require.Empty(t, c.asked)
		require.Empty(t, c.ledger.take())
		c.ledger.ready = nil
		c.read(terminal.ReadRequest{})
	})
}

// What was read without a line is not given. What was done to a card is told, line or no line.
func TestAuditWithholds(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.psam("psam")
		c.insert(card(t, "gen3-full"))
		c.ledger.full = errors.New("no room")
		reading, err := c.terminal.Read(t.Context(), terminal.ReadRequest{})
		require.Equal(t, apitype.Internal, code(err))
		require.Nil(t, reading)
		contents, err := c.terminal.ReadItems(t.Context(), terminal.ItemsRequest{Files: addresses(t, "SSSEEF06|08|$")})
		require.Equal(t, apitype.Internal, code(err))
		require.Nil(t, contents)
		d, err := c.terminal.Debit(t.Context(), paying())
		require.NoError(t, err)
		require.NotZero(t, d.TAC)
	})
}

// A panic in the middle has its line: the card was touched.
func TestAuditOfPanic(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.psam("psam")
		c.insert(card(t, "gen3-full"))
		require.Panics(t, func() { _, _ = c.terminal.VerifyPIN(t.Context(), terminal.PINRequest{Entry: panicking{}}) })
		lines := c.ledger.take()
		require.Len(t, lines, 1)
		require.Equal(t, string(apitype.Internal), lines[0].Outcome)
	})
}

type panicking struct{ terminal.PINEntry }
