package terminal_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/terminal"
	"sscard/terminal/apitype"
)

const (
	selectSSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
	selectMF   = "00A40000023F00"
	wholeEF05  = "00B2012D40"
	wholeEF06  = "00B201355B"
)

// Commands that read a 2.0 card record by record.
var (
	selectEF05 = "00A4020002EF05"
	eachOfEF05 = []string{"00B2010012", "00B2020003", "00B2030006", "00B204000E", "00B2050006", "00B2060006", "00B207000B"}
	selectEF06 = "00A4020002EF06"
	eachOfEF06 = []string{"00B2080014", "00B2090020", "00B24E0016", "00B20A0003", "00B20B0003", "00B20C0005", "00B20D0006"}
)

// commands joins single commands and lists of them.
func commands(parts ...any) (all []string) {
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			all = append(all, part)
		case []string:
			all = append(all, part...)
		}
	}
	return all
}

const (
	refuseWhole = "quirks: {refuse: [{ins: B2, mode: 5, sw: 6A81}]}\n"
	refuseP102  = "quirks: {refuse: [{ins: B2, mode: 5, sw: 6A86}, {ins: A4, p1: \"02\", sw: 6A86}]}\n"
)

// strict is a card that gives control information only where Le asks for it, as the letter of the standard has it.
type strict struct{ softcard.Answerer }

func (s strict) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := s.Answerer.Transmit(ctx, command)
	if parsed, _ := apdu.Parse(command); parsed.INS == apdu.InsSelect && parsed.Ne == 0 && err == nil {
		answer = answer[len(answer)-2:]
	}
	return answer, err
}

func TestControlInformationForTheAsking(t *testing.T) {
	for name, want := range map[string]struct {
		algorithm string
		exchanges int
	}{
		"gen2": {"DES", 3}, // it is not asked for: the region tells
		"gen3": {"SM4", 4},
	} {
		t.Run(name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(strict{card(t, name)})
				got := c.read(terminal.ReadRequest{})
				require.Equal(t, want.algorithm, got.Algorithm)
				require.Equal(t, want.exchanges, got.Exchanges)
			})
		})
	}
}

// A card that is read in another way says the same, and the second of its model is asked the right way at once.
func TestFallBacks(t *testing.T) {
	for _, row := range []struct {
		name, card    string
		oldnew        []string // in its description
		quirks        string
		first, second []string
	}{
		{
			name: "by identifier only", card: "gen2-by-identifier",
			first:  commands(selectSSSE, wholeEF05, selectEF05, eachOfEF05, wholeEF06, selectEF06, eachOfEF06),
			second: commands(selectSSSE, selectEF05, eachOfEF05, selectEF06, eachOfEF06),
		},
		{
			name: "no whole files", card: "gen2", quirks: refuseWhole,
			first:  commands(selectSSSE, wholeEF05, selectEF05, eachOfEF05, wholeEF06, selectEF06, eachOfEF06),
			second: commands(selectSSSE, selectEF05, eachOfEF05, selectEF06, eachOfEF06),
		},
		{
			name: "short answers", card: "gen2", quirks: "quirks: {short: 64}\n",
			first:  commands(selectSSSE, wholeEF05, wholeEF06, selectEF06, eachOfEF06[2:]),
			second: commands(selectSSSE, wholeEF05, selectEF06, eachOfEF06),
		},
		{
			name: "no SELECT with P1=02", card: "gen2", quirks: refuseP102,
			first: commands(selectSSSE, wholeEF05, selectEF05, "00A4000002EF05", eachOfEF05,
				wholeEF06, "00A4000002EF06", eachOfEF06),
			second: commands(selectSSSE, "00A4000002EF05", eachOfEF05, "00A4000002EF06", eachOfEF06),
		},
		{
			name: "manners of T=0", card: "gen1-t0",
			first:  commands(selectSSSE, "00C0000013", wholeEF05, "00B2013545"),
			second: commands(selectSSSE, "00C0000013", wholeEF05, "00B2013545"),
		},
		{
			name: "a longer card number", card: "gen2",
			oldnew: []string{"text: A00000038", "text: A00000038XYZ"},
			first:  commands(selectSSSE, wholeEF05, "00B2012D43", wholeEF06),
			second: commands(selectSSSE, wholeEF05, "00B2012D43", wholeEF06),
		},
		{
			name: "SSSE is the MF and has another name", card: "gen1",
			oldnew: []string{"name: 7378312E73682EC9E7BBE1B1A3D5CF", "name: 4D46\n    fid: 3F00"},
			first:  commands(selectSSSE, selectMF, wholeEF05, "00B2013545"),
			second: commands(selectSSSE, selectMF, wholeEF05, "00B2013545"),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				want := document(t, row.card)
				for _, commands := range [][]string{row.first, row.second} {
					c.insert(parse(t, describe(t, row.card, row.oldnew...)+row.quirks))
					got := c.read(terminal.ReadRequest{})
					require.Equal(t, commands, c.asked)
					want.Exchanges = len(commands)
					require.Equal(t, want, got)
				}
			})
		})
	}
}

func TestAnotherModelIsNotAffected(t *testing.T) {
	open(t, "", func(t *testing.T, c *counter) {
		c.insert(card(t, "gen2-by-identifier"))
		c.read(terminal.ReadRequest{})
		c.insert(parse(t, describe(t, "gen2", "81544C968684", "814842428653")))
		c.read(terminal.ReadRequest{})
		require.Equal(t, commands(selectSSSE, wholeEF05, wholeEF06), c.asked)
	})
}

// A record that one card lacks is asked for once in the life of its model.
func TestLackingRecord(t *testing.T) {
	const birthplace = "          - {tag: \"0C\", digits: \"330100\"}\n"
	lacking := describe(t, "gen1", birthplace, "")
	open(t, "", func(t *testing.T, c *counter) {
		for _, want := range [][]string{
			commands(selectSSSE, wholeEF05, "00B2013545", selectEF06, "00B20C0005"),
			commands(selectSSSE, wholeEF05, "00B2013545"),
		} {
			c.insert(parse(t, lacking))
			got := c.read(terminal.ReadRequest{})
			require.Equal(t, want, c.asked)
			require.Equal(t, []apitype.Missing{{Field: "holder.birthplace", Reason: apitype.FileAbsent}}, got.Missing)
			require.Equal(t, "2000-01-02", got.Holder.Get("birth_date"))
		}
		c.insert(parse(t, describe(t, "gen1")+"quirks: {short: 60}\n"))
		got := c.read(terminal.ReadRequest{})
		require.Equal(t, document(t, "gen1").Holder, got.Holder, "an answer cut short is not trusted")
	})
}

// changed is a card whose answers to some commands are changed; change gets them without their status word.
type changed struct {
	softcard.Answerer
	command string // how they begin, in hexadecimal
	change  func(data []byte) []byte
}

func (c changed) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := c.Answerer.Transmit(ctx, command)
	if err != nil || !strings.HasPrefix(apdu.Hex(command), c.command) {
		return answer, err
	}
	return c.change(answer[:len(answer)-2]), nil
}

func TestOddAnswers(t *testing.T) {
	for _, row := range []struct {
		name, command string
		change        func(data []byte) []byte
	}{
		{"SELECT without control information", selectSSSE, func([]byte) []byte { return []byte{0x90, 0x00} }},
		{"6282 with the data", "00B2", func(data []byte) []byte { return append(data, 0x62, 0x82) }},
		{"6282 with some of the data", "00B2", func(data []byte) []byte { return append(data[:min(len(data), 32)], 0x62, 0x82) }},
		{"padded with 00", "00B2", func(data []byte) []byte { return append(data, 0x00, 0x00, 0x90, 0x00) }},
		{"padded with FF", "00B2", func(data []byte) []byte { return append(data, 0xFF, 0xFF, 0x90, 0x00) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(changed{card(t, "gen2"), row.command, row.change})
				got, want := c.read(terminal.ReadRequest{}), document(t, "gen2")
				want.Exchanges = got.Exchanges
				require.Equal(t, want, got)
			})
		})
	}
}

func TestNeverAsked(t *testing.T) {
	for _, row := range []struct {
		name    string
		req     terminal.ReadRequest
		asked   []string
		issuer  []string // fields in the document
		holder  []string
		missing []apitype.Missing
	}{
		{
			name: "one field of each file",
			req:  terminal.ReadRequest{Allowed: []string{"issuer.card_number", "holder.name"}},
			asked: commands(selectSSSE, selectEF05, "00B2010012", "00B2030006", "00B207000B",
				selectEF06, "00B2090020", "00B24E0016"),
			issuer: []string{"card_number"}, holder: []string{"name"},
			missing: denied("issuer.card_id", "issuer.card_class", "issuer.spec_version", "issuer.issuer_id",
				"issuer.issue_date", "issuer.expiry_date", "holder.social_security_number", "holder.sex",
				"holder.ethnicity", "holder.birthplace", "holder.birth_date"),
		},
		{
			name:   "no field of the holder",
			req:    terminal.ReadRequest{Allowed: []string{"issuer.card_number"}},
			asked:  commands(selectSSSE, selectEF05, "00B2010012", "00B2030006", "00B207000B"),
			issuer: []string{"card_number"},
			missing: denied("issuer.card_id", "issuer.card_class", "issuer.spec_version", "issuer.issuer_id",
				"issuer.issue_date", "issuer.expiry_date", "holder"),
		},
		{
			name:  "nothing",
			req:   terminal.ReadRequest{Allowed: []string{}},
			asked: commands(selectSSSE, selectEF05, "00B2010012", "00B2030006"), missing: denied("issuer", "holder"),
		},
		{
			name:   "a group",
			req:    terminal.ReadRequest{Allowed: []string{"issuer"}, Fields: []string{"issuer.card_id"}},
			asked:  commands(selectSSSE, wholeEF05),
			issuer: []string{"card_id"},
		},
		{
			name:   "not wanted",
			req:    terminal.ReadRequest{Fields: []string{"issuer.card_number", "issuer.expiry_date"}},
			asked:  commands(selectSSSE, wholeEF05),
			issuer: []string{"expiry_date", "card_number"},
		},
		{
			name:   "only the holder",
			req:    terminal.ReadRequest{Fields: []string{"holder.name"}, Allowed: []string{"holder"}},
			asked:  commands(selectSSSE, selectEF05, "00B2010012", "00B2030006", wholeEF06),
			holder: []string{"name"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(card(t, "gen2"))
				got := c.read(row.req)
				require.Equal(t, row.asked, c.asked)
				require.Equal(t, row.issuer, names(got.Issuer))
				require.Equal(t, row.holder, names(got.Holder))
				require.ElementsMatch(t, row.missing, got.Missing)
			})
		})
	}
}

func denied(fields ...string) (missing []apitype.Missing) {
	for _, field := range fields {
		missing = append(missing, apitype.Missing{Field: field, Reason: apitype.RequestFieldDenied})
	}
	return missing
}

func names(fields apitype.Fields) (names []string) {
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

func TestRefusedRequests(t *testing.T) {
	for _, row := range []struct {
		name string
		req  terminal.ReadRequest
		code apitype.Code
	}{
		{"a denied field", terminal.ReadRequest{Fields: []string{"holder.sex"}, Allowed: []string{"holder.name"}}, apitype.RequestFieldDenied},
		{"one of them denied", terminal.ReadRequest{Fields: []string{"holder.name", "holder.sex"}, Allowed: []string{"holder.name"}}, apitype.RequestFieldDenied},
		{"a group that is partly denied", terminal.ReadRequest{Fields: []string{"holder"}, Allowed: []string{"holder.name"}}, apitype.RequestFieldDenied},
		{"all denied", terminal.ReadRequest{Fields: []string{"issuer"}, Allowed: []string{}}, apitype.RequestFieldDenied},
		{"an unknown field", terminal.ReadRequest{Fields: []string{"holder.shoe_size"}}, apitype.RequestInvalid},
		{"an unknown group", terminal.ReadRequest{Fields: []string{"bank"}}, apitype.RequestInvalid},
		{"unknown and denied", terminal.ReadRequest{Fields: []string{"holder.shoe_size"}, Allowed: []string{}}, apitype.RequestInvalid},
		{"no name", terminal.ReadRequest{Fields: []string{""}}, apitype.RequestInvalid},
		{"another reader", terminal.ReadRequest{Reader: "Counter 2 00 00"}, apitype.ReaderUnknown},
		{"another interface", terminal.ReadRequest{Interface: "contactless"}, apitype.CardAbsent},
	} {
		t.Run(row.name, func(t *testing.T) {
			open(t, "", func(t *testing.T, c *counter) {
				c.insert(card(t, "gen2"))
				reading, err := c.try(row.req)
				require.Equal(t, row.code, terminal.AsError(err).Code)
				require.Nil(t, reading)
				require.Empty(t, c.asked)
			})
		})
	}
}
