package evidence_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/terminal/evidence"
)

func TestTokenRoundTrip(t *testing.T) {
	for _, r := range goodRows() {
		t.Run(r.name, func(t *testing.T) {
			s, token := r.make(t)
			parsed, err := evidence.Parse(token)
			require.NoError(t, err)
			require.Equal(t, s.evidence, parsed)
		})
	}
}

// What the terminal makes, the back end must be able to read: so it must not make more.
func TestTokenRefuses(t *testing.T) {
	rows := []struct {
		name   string
		change func(e *evidence.Evidence)
		asked  bool // it is the challenge that cannot be made
	}{
		{"version 0", func(e *evidence.Evidence) { e.Version = 0 }, true},
		{"version 3", func(e *evidence.Evidence) { e.Version = 3 }, true},
		{"no origin", func(e *evidence.Evidence) { e.Origin = "" }, true},
		{"origin of 256 characters", func(e *evidence.Evidence) { e.Origin = strings.Repeat("a", 256) }, true},
		{"origin with a space", func(e *evidence.Evidence) { e.Origin += " " }, true},
		{"nonce of 15 bytes", func(e *evidence.Evidence) { e.Nonce = ascending(15) }, true},
		{"nonce of 65 bytes", func(e *evidence.Evidence) { e.Nonce = ascending(65) }, true},
		{"year 0", func(e *evidence.Evidence) { e.Time = noon.AddDate(-2026, 0, 0) }, true},
		{"year 10000", func(e *evidence.Evidence) { e.Time = noon.AddDate(7974, 0, 0) }, true},
		{"year 10000 in UTC", func(e *evidence.Evidence) {
			e.Time = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -2*60*60))
		}, true},
		{"version 1 with fields", func(e *evidence.Evidence) { e.Fields = new([32]byte) }, true},
		{"version 2 without fields", func(e *evidence.Evidence) { e.Version = 2 }, true},
		{"no profile", func(e *evidence.Evidence) { e.Profile = "" }, false},
		{"profile not ASCII", func(e *evidence.Evidence) { e.Profile = "厂商" }, false},
		{"no certificate", func(e *evidence.Evidence) { e.Certificate = nil }, false},
		{"certificate too long", func(e *evidence.Evidence) { e.Certificate = make([]byte, 4097) }, false},
		{"empty certificate in the chain", func(e *evidence.Evidence) { e.Chain = [][]byte{{}} }, false},
		{"chain of five", func(e *evidence.Evidence) { e.Chain = slices.Repeat(e.Chain, 5) }, false},
		{"more than a token holds", func(e *evidence.Evidence) { e.Chain = slices.Repeat([][]byte{make([]byte, 4096)}, 3) }, false},
		{"dynamic data of 256 bytes", func(e *evidence.Evidence) { e.Dynamic = ascending(256) }, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			e := newSample(t).evidence
			r.change(&e)
			token, err := e.Token()
			require.ErrorIs(t, err, evidence.ErrMalformed)
			require.Empty(t, token)
			message, err := e.Message()
			if !r.asked {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, evidence.ErrMalformed)
			require.Empty(t, message)
		})
	}
}

// A terminal has a clock with fractions and a zone; the card signs what the token says.
func TestTimeIsUTCToTheSecond(t *testing.T) {
	s := newSample(t)
	s.evidence.Time = noon.Add(999 * time.Millisecond).In(time.FixedZone("China", 8*60*60))
	s.sign()
	proof, err := s.checker().Check(s.token(), s.want)
	require.NoError(t, err)
	require.Equal(t, noon, proof.Time)
}

func TestMessage(t *testing.T) {
	e := newSample(t).evidence
	challenge, err := e.Challenge()
	require.NoError(t, err)
	message, err := e.Message()
	require.NoError(t, err)
	require.Equal(t, challenge[:], message)
	e.Dynamic = ascending(12)
	message, err = e.Message()
	require.NoError(t, err)
	require.Equal(t, slices.Concat(ascending(12), challenge[:]), message)
}

// Known answers, made with the openssl command.
func TestDigest(t *testing.T) {
	rows := []struct {
		name   string
		fields map[string]string
		digest string
	}{
		{"none", nil, "1AB21D8355CFA17F8E61194831E81A8F22BEC8C728FEFB747ED035EB5082AA2B"},
		{"one", map[string]string{"holder.name": "张三"}, "E19A1A942D4BE09A03E775F70BF4A2F1512A33C8821086D160B5B3813B49C41A"},
		{"two", map[string]string{"b": "", "a": "1"}, "477CA16C8B75A333AA1592B054120E7B4FEDC285FC32F636B987EC4E24619C90"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			digest, err := evidence.Digest(r.fields)
			require.NoError(t, err)
			require.Equal(t, r.digest, fmt.Sprintf("%X", digest))
		})
	}
}

func TestDigestRefuses(t *testing.T) {
	for name, fields := range map[string]map[string]string{
		"name not UTF-8":  {"\xff": ""},
		"value not UTF-8": {"a": "\xd5\xc5"}, // 张 in GBK
		"name too long":   {strings.Repeat("a", 65536): ""},
		"value too long":  {"a": strings.Repeat("a", 65536)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := evidence.Digest(fields)
			require.ErrorIs(t, err, evidence.ErrMalformed)
			s, token := row{before: (*sample).withFields}.make(t)
			_, err = s.checker().Check(token, evidence.Want{Nonce: s.want.Nonce, Origin: origin, Fields: fields})
			requireStep(t, err, evidence.StepFields, evidence.ErrMalformed)
		})
	}
	longest := map[string]string{strings.Repeat("a", 65535): strings.Repeat("a", 65535)}
	_, err := evidence.Digest(longest)
	require.NoError(t, err)
}

// Evidence and proof tell of a person: the name stands in the certificate.
func TestNothingPrintsItself(t *testing.T) {
	s, token := row{}.make(t)
	proof, err := s.checker().Check(token, s.want)
	require.NoError(t, err)
	for _, r := range []struct {
		mask  string
		value any
	}{
		{"[evidence]", s.evidence}, {"[evidence]", &s.evidence}, {"[proof]", *proof}, {"[proof]", proof},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
			require.Equal(t, r.mask, fmt.Sprintf(verb, r.value), "%T %s", r.value, verb)
		}
		text, err := json.Marshal(r.value)
		require.NoError(t, err)
		require.Equal(t, `"`+r.mask+`"`, string(text))
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{})).Info("", "it", r.value)
		require.Contains(t, log.String(), "it="+r.mask)
	}
	require.Equal(t, "[evidence]", s.evidence.String())
	require.Equal(t, "[proof]", proof.String())
}

// Errors go to logs, so they tell of nobody either.
func TestErrorsTellOfNobody(t *testing.T) {
	for _, r := range badRows(t) {
		s, token := r.make(t)
		_, err := s.checker().Check(token, s.want)
		require.Error(t, err)
		for _, secret := range []string{"张三", "李四", "510100", number, theWorld(t).subject} {
			require.NotContains(t, err.Error(), secret, r.name)
		}
	}
}

// Two challenges that are the same would be one signature for two tokens.
func TestEveryBitOfThePartsCounts(t *testing.T) {
	s := newSample(t)
	s.withFields()
	seen := map[string]string{}
	count := func(name string) {
		challenge, err := s.evidence.Challenge()
		require.NoError(t, err)
		digits := hex.EncodeToString(challenge[:])
		require.NotContains(t, seen, digits, name)
		seen[digits] = name
	}
	count("nothing changed")
	for name, part := range map[string][]byte{
		"nonce": s.evidence.Nonce, "card id": s.evidence.CardID[:], "fields": s.evidence.Fields[:],
	} {
		for bit := range len(part) * 8 {
			part[bit/8] ^= 1 << (bit % 8)
			count(name)
			part[bit/8] ^= 1 << (bit % 8)
		}
	}
}
