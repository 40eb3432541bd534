package evidence_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/terminal/evidence"
)

const (
	origin = "https://counter.example"
	number = "A00000003"
)

// noon is the time of the sample tokens: noon in China on 1 January 2026.
var noon = time.Date(2026, 1, 1, 4, 0, 0, 0, time.UTC)

func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(digits)
	require.NoError(t, err)
	return b
}

// ascending is n bytes: 00 01 02 …
func ascending(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// sample is a token in the making and the back end that waits for it. As [newSample] gives it, it is good.
type sample struct {
	t        testing.TB
	evidence evidence.Evidence
	key      sm.PrivateKey // the card's
	userID   string        // that the card signs with
	want     evidence.Want
	roots    string // file names
	crls     string
	maxAge   time.Duration
	now      time.Time
}

func newSample(t testing.TB) *sample {
	w := theWorld(t)
	return &sample{
		t: t, key: w.card, userID: sm.DefaultID,
		evidence: evidence.Evidence{
			Version: 1, Origin: origin, Nonce: ascending(32), Time: noon, Profile: "acse-iso7816-4",
			CardID:      [16]byte(unhex(t, "510100D15600000500000001FFFFFFFF")),
			Certificate: w.certificate, Chain: [][]byte{w.province.Certificate.Raw},
		},
		want:  evidence.Want{Origin: origin, Nonce: ascending(32)},
		roots: "roots.pem", now: noon.Add(2 * time.Second),
	}
}

// read is what the terminal of the sample has read.
func read() map[string]string {
	return map[string]string{
		"issuer.card_number": number, "holder.name": "张三", "holder.social_security_number": "510100200001010019",
	}
}

// withFields makes the sample one of version 2, whose fields the back end knows.
func (s *sample) withFields() {
	digest, err := evidence.Digest(read())
	require.NoError(s.t, err)
	s.evidence.Version, s.evidence.Fields, s.want.Fields = 2, &digest, read()
}

// sign has the card sign.
func (s *sample) sign() {
	message, err := s.evidence.Message()
	require.NoError(s.t, err)
	s.evidence.Signature, err = s.key.Sign(nil, []byte(s.userID), message)
	require.NoError(s.t, err)
}

func (s *sample) token() string {
	token, err := s.evidence.Token()
	require.NoError(s.t, err)
	return token
}

func (s *sample) checker() evidence.Checker {
	return evidence.Checker{Trust: theWorld(s.t).trust(s.t, s.roots, s.crls), MaxAge: s.maxAge, Now: s.now}
}

// row is a sample with one thing changed.
type row struct {
	name   string
	before func(s *sample)                            // before the card signs
	after  func(s *sample)                            // once it has signed
	text   func(t testing.TB, document string) string // of the token
	token  func(token string) string
	step   evidence.Step // that fails; "": none
	err    error
}

// make is the sample of the row, and its token.
func (r row) make(t testing.TB) (*sample, string) {
	t.Helper()
	s := newSample(t)
	if r.before != nil {
		r.before(s)
	}
	s.sign()
	if r.after != nil {
		r.after(s)
	}
	token := s.token()
	if r.text != nil {
		token = encode(r.text(t, decode(t, token)))
	}
	if r.token != nil {
		token = r.token(token)
	}
	return s, token
}

func encode(document string) string { return base64.RawURLEncoding.EncodeToString([]byte(document)) }

func decode(t testing.TB, token string) string {
	t.Helper()
	document, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	return string(document)
}

// member sets a member of the document, or takes it out where value is nil.
func member(name string, value any) func(testing.TB, string) string {
	return func(t testing.TB, document string) string {
		var members map[string]any
		require.NoError(t, json.Unmarshal([]byte(document), &members))
		members[name] = value
		if value == nil {
			delete(members, name)
		}
		changed, err := json.Marshal(members)
		require.NoError(t, err)
		return string(changed)
	}
}

// replace puts one text of the document in the place of another, which has to be there.
func replace(old, with string) func(testing.TB, string) string {
	return func(t testing.TB, document string) string {
		require.Contains(t, document, old)
		return strings.Replace(document, old, with, 1)
	}
}
