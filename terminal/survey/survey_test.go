package survey_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/apdu"
	"sscard/reader/softcard"
	"sscard/terminal"
	"sscard/terminal/profile"
	"sscard/terminal/survey"
	"sscard/testdata"
)

// witness is a card that keeps what was said.
type witness struct {
	terminal.Card
	said []exchange
}

type exchange struct {
	command  apdu.Command
	response apdu.Response
}

func (w *witness) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := w.Card.Transmit(ctx, command)
	if err == nil {
		c, _ := apdu.Parse(command)
		r, _ := apdu.ParseResponse(answer)
		w.said = append(w.said, exchange{c, r})
	}
	return answer, err
}

func builtIn(t *testing.T, name string) *witness {
	description, err := testdata.Cards.ReadFile("cards/" + name + ".yaml")
	require.NoError(t, err)
	return described(t, string(description))
}

func described(t *testing.T, description string) *witness {
	card, err := softcard.Parse([]byte(description))
	require.NoError(t, err)
	return &witness{Card: card}
}

var builtInLayouts = sync.OnceValues(func() (*profile.Set, error) { return profile.Load("") })

func take(t *testing.T, card terminal.Card, options survey.Options) (*survey.Survey, error) {
	profiles, err := builtInLayouts()
	require.NoError(t, err)
	return survey.Take(t.Context(), card, profiles, options)
}

// told is a survey as text: the applications that are there, their files that are, and of these the records.
func told(s *survey.Survey) (lines []string) {
	for _, app := range s.Applications {
		if app.State != survey.There {
			continue
		}
		lines = append(lines, app.Name)
		for _, f := range app.Files {
			if f.State == survey.Absent {
				continue
			}
			line := fmt.Sprintf("%s %s (%s)", f.Name, f.State, f.Read)
			for _, r := range f.Records {
				if r.State == survey.There {
					line += fmt.Sprintf(" %02X:%d", r.Tag, r.Length)
				}
			}
			lines = append(lines, line)
		}
	}
	return lines
}

const (
	issuerFile = "EF05 there (free) 01:16 02:1 03:4 04:12 05:4 06:4 07:9"
	holderFile = "EF06 there (free) 08:18 09:30 0A:1 0B:1 0C:3 0D:4"
)

func TestTake(t *testing.T) {
	for _, row := range []struct {
		card              string
		generation        int
		algorithm, region string
		want              []string
	}{
		{"gen1", 1, "DES", "330100", []string{"SSSE", issuerFile, holderFile}},
		{"gen1-t0", 1, "SSF33", "110100", []string{"SSSE", issuerFile, holderFile}},
		{"gen2-by-identifier", 2, "DES", "653100", []string{
			"SSSE", issuerFile, "EF06 there (free) 08:18 09:30 4E:20 0A:1 0B:1 0C:3 0D:4",
		}},
		{"gen3", 3, "SM4", "510100", []string{
			"SSSE", issuerFile, "EF06 refused (RKSSSE)", "EF07 refused (RKSSSE)", "EF08 refused (RKSSSE)",
			"acse-iso7816-4", "EF15 there (free)",
		}},
	} {
		t.Run(row.card, func(t *testing.T) {
			s, err := take(t, builtIn(t, row.card), survey.Options{})
			require.NoError(t, err)
			require.Equal(t, row.generation, s.Generation)
			require.Equal(t, row.algorithm, s.Algorithm)
			require.Equal(t, row.region, s.Region)
			require.Equal(t, row.want, told(s))
			require.Positive(t, s.Exchanges)
		})
	}
}

// Without leave no card gives a value: what is asked for is shorter than any.
func TestNoValues(t *testing.T) {
	cards, err := testdata.Cards.ReadDir("cards")
	require.NoError(t, err)
	for _, file := range cards {
		t.Run(file.Name(), func(t *testing.T) {
			card := builtIn(t, strings.TrimSuffix(file.Name(), ".yaml"))
			s, err := take(t, card, survey.Options{})
			require.NoError(t, err)
			require.Len(t, card.said, s.Exchanges)
			issuer := 0
			for _, x := range card.said {
				if x.command.INS != apdu.InsReadRecord && x.command.INS != apdu.InsReadBinary {
					continue
				}
				if issuer < 2 && x.response.SW.OK() { // 卡识别码 and version, which come first
					issuer++
					require.Contains(t, []byte{0x01, 0x03}, x.command.P1)
					continue
				}
				require.LessOrEqual(t, len(x.response.Data), 2, "%s", x.command)
			}
			for _, app := range s.Applications {
				for _, f := range app.Files {
					require.False(t, slices.ContainsFunc(f.Records, func(r survey.Record) bool { return r.Value.Set }))
				}
			}
		})
	}
}

// Nothing is sent that is not a choice or a reading.
func TestHarmless(t *testing.T) {
	card := builtIn(t, "gen3-full")
	_, err := take(t, card, survey.Options{Values: true})
	require.NoError(t, err)
	for _, x := range card.said {
		require.Equal(t, byte(apdu.ClassPlain), x.command.CLA)
		require.Contains(t, []byte{apdu.InsSelect, apdu.InsReadRecord, apdu.InsReadBinary, apdu.InsGetResponse}, x.command.INS, "%s", x.command)
	}
}

func TestValues(t *testing.T) {
	s, err := take(t, builtIn(t, "gen2"), survey.Options{Values: true, Applications: []string{"SSSE"}})
	require.NoError(t, err)
	require.Len(t, s.Applications, 1)
	values := make(map[string]string)
	for _, f := range s.Applications[0].Files {
		for _, r := range f.Records {
			values[fmt.Sprintf("%s/%02X", f.Name, r.Tag)] = r.Value.Text
		}
	}
	require.Equal(t, "A00000038", values["EF05/07"])
	require.Equal(t, "王小明", values["EF06/09"])
}

func TestOtherCards(t *testing.T) {
	for _, row := range []struct {
		name, description string
		want              error
	}{
		{"a bank card", `{interface: contact, atr: 3B00, applications: {PSE: {name: 315041592E5359532E4444463031, files: {}}}}`, survey.ErrNotSSCard},
		{"SSSE without a file of the issuer", `{interface: contact, atr: 3B00, applications: {SSSE: {name: 7378312E73682EC9E7BBE1B1A3D5CF, files: {}}}}`, survey.ErrNotSSCard},
		{"a blocked card", `{interface: contact, atr: 3B00, quirks: {refuse: [{ins: A4, sw: "9303"}]}, applications: {SSSE: {name: 7378312E73682EC9E7BBE1B1A3D5CF, files: {}}}}`, apdu.ErrCardBlocked},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := take(t, described(t, row.description), survey.Options{})
			require.ErrorIs(t, err, row.want)
			require.Empty(t, s.Applications)
		})
	}
}

// What was found before the card failed is given.
func TestCardLeaves(t *testing.T) {
	left := errors.New("left")
	for _, at := range []int{0, 1, 2, 3, 6, 10, 30} {
		card := builtIn(t, "gen2-full")
		s, err := take(t, leaving{card, at, left}, survey.Options{})
		require.ErrorIs(t, err, left, "at command %d", at)
		require.LessOrEqual(t, len(s.Applications), 4)
	}
}

// leaving is a card that leaves after so many commands.
type leaving struct {
	*witness
	after int
	err   error
}

func (l leaving) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if len(l.said) == l.after {
		return nil, l.err
	}
	return l.witness.Transmit(ctx, command)
}

// Cards differ in how they want to be asked.
func TestManners(t *testing.T) {
	gen2, err := testdata.Cards.ReadFile("cards/gen2.yaml")
	require.NoError(t, err)
	p102 := described(t, "quirks: {refuse: [{ins: A4, p1: \"02\", sw: 6A86}]}\n"+string(gen2))
	s, err := take(t, p102, survey.Options{})
	require.NoError(t, err)
	require.Contains(t, told(s), issuerFile, "files that are selected with P1=00 only")

	s, err = take(t, strict{builtIn(t, "gen3")}, survey.Options{})
	require.NoError(t, err)
	require.Equal(t, "SM4", s.Algorithm, "control information only where Le asks for it")
}

type strict struct{ terminal.Card }

func (s strict) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := s.Card.Transmit(ctx, command)
	if c, _ := apdu.Parse(command); c.INS == apdu.InsSelect && c.Ne == 0 && err == nil {
		answer = answer[len(answer)-2:]
	}
	return answer, err
}
