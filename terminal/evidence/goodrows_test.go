package evidence_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/sm/smtest"
	"sscard/terminal/evidence"
)

// goodRows are tokens that have to be accepted.
func goodRows() []row {
	return []row{
		{name: "v1"},
		{name: "v2", before: (*sample).withFields},
		{name: "v2, fields not checked", before: func(s *sample) {
			s.withFields()
			s.want.Fields = nil
		}},
		{name: "v2 of no fields", before: func(s *sample) {
			digest, err := evidence.Digest(nil)
			require.NoError(s.t, err)
			s.evidence.Version, s.evidence.Fields, s.want.Fields = 2, &digest, map[string]string{}
		}},
		{name: "v2, names that only the order of bytes sorts", before: func(s *sample) {
			s.want.Fields = map[string]string{"local.𠮷": "1", "local.～": "2", "local.z": "", "local.Z": "4", "": "5"}
			digest, err := evidence.Digest(s.want.Fields)
			require.NoError(s.t, err)
			s.evidence.Version, s.evidence.Fields = 2, &digest
		}},
		{name: "shortest nonce", before: func(s *sample) { s.setNonce(ascending(16)) }},
		{name: "longest nonce", before: func(s *sample) { s.setNonce(ascending(64)) }},
		{name: "longest origin", before: func(s *sample) { s.setOrigin("https://" + strings.Repeat("a", 247)) }},
		{name: "origin that JSON escapes", before: func(s *sample) { s.setOrigin(`"<\&>'~!`) }},
		{name: "a template's profile", before: func(s *sample) { s.evidence.Profile = "template-iso7816-8" }},
		{name: "dynamic data", before: func(s *sample) {
			s.evidence.Profile, s.evidence.Dynamic = "template-pboc-dda", ascending(12)
		}},
		{name: "issued by the root", before: func(s *sample) {
			w := theWorld(s.t)
			s.evidence.Chain = nil
			s.evidence.Certificate = w.issue(s.t, w.root, nil)
		}},
		{name: "more in the chain than wanted", before: func(s *sample) {
			w := theWorld(s.t)
			s.evidence.Chain = [][]byte{w.other.Certificate.Raw, w.certificate, w.root.Certificate.Raw, w.province.Certificate.Raw}
		}},
		{name: "one root of two", before: func(s *sample) { s.roots = "both-roots.pem" }},
		{name: "a certificate that says nothing of its usage", before: issued(func(_ *sample, r *smtest.Request) { r.Usage = smtest.NoUsage })},
		{name: "list newer than the token", before: func(s *sample) { s.crls = "fresh-crls.pem" }},
		{name: "lists that revoke others", before: func(s *sample) { s.crls = "crls.pem" }},
		{name: "as old as may be", before: func(s *sample) { s.maxAge, s.now = time.Minute, noon.Add(time.Minute) }},
		{name: "as early as may be", before: func(s *sample) { s.maxAge, s.now = time.Minute, noon.Add(-time.Minute) }},
		{name: "years later, without a limit", before: func(s *sample) { s.now = noon.AddDate(3, 0, 0) }},
		{name: "members in another order, with space between them", text: respace},
		{name: "as long as may be", text: spaces(12288)},
		{name: "members' names escaped", text: replace(`"nonce"`, `"\u006eonce"`)},
		{name: "digits in small letters", text: lowerHex},
	}
}

func (s *sample) setNonce(nonce []byte) { s.evidence.Nonce, s.want.Nonce = nonce, nonce }

func (s *sample) setOrigin(origin string) { s.evidence.Origin, s.want.Origin = origin, origin }

// respace is the document with its members sorted and on lines of their own.
func respace(t testing.TB, document string) string {
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(document), &members))
	spaced, err := json.MarshalIndent(members, "\r\n", "\t ")
	require.NoError(t, err)
	return string(spaced) + " \n"
}

func lowerHex(t testing.TB, document string) string {
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(document), &members))
	for _, name := range []string{"nonce", "card_id", "signature"} {
		members[name] = strings.ToLower(members[name].(string))
	}
	lower, err := json.Marshal(members)
	require.NoError(t, err)
	return string(lower)
}
