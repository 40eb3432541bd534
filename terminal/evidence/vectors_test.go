package evidence_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sscard/sm"
	"sscard/terminal/evidence"
)

var update = flag.Bool("update", false, "write testdata/evidence anew")

const vectors = "../../testdata/evidence"

// vector is a row in a file, for other checkers: docs/evidence.md says what is in it.
type vector struct {
	Name   string            `json:"name"`
	Token  string            `json:"token"`
	Origin string            `json:"origin"`
	Nonce  string            `json:"nonce"`
	Now    string            `json:"now"`
	MaxAge int               `json:"max_age,omitempty"`
	Roots  string            `json:"roots"`
	CRLs   string            `json:"crls,omitempty"`
	Fields map[string]string `json:"fields,omitzero"`

	Input      string `json:"input,omitempty"`
	Challenge  string `json:"challenge,omitempty"`
	CardNumber string `json:"card_number,omitempty"`

	Step evidence.Step `json:"step,omitempty"`
}

func (r row) vector(t *testing.T) vector {
	s, token := r.make(t)
	v := vector{
		Name: r.name, Token: token, Origin: s.want.Origin, Nonce: fmt.Sprintf("%X", s.want.Nonce),
		Now: s.now.Format(time.RFC3339), MaxAge: int(s.maxAge.Seconds()), Roots: s.roots, CRLs: s.crls, Fields: s.want.Fields,
		Step: r.step,
	}
	if r.step == "" {
		challenge, err := s.evidence.Challenge()
		require.NoError(t, err)
		v.Input, v.Challenge, v.CardNumber = fmt.Sprintf("%X", input(s.evidence)), fmt.Sprintf("%X", challenge), number
	}
	return v
}

// input is what docs/evidence.md says that the challenge is the hash of.
func input(e evidence.Evidence) []byte {
	parts := []string{e.Origin, string(e.Nonce), string(e.CardID[:]), e.Time.Format("2006-01-02T15:04:05Z")}
	if e.Version == 2 {
		parts = append(parts, string(e.Fields[:]))
	}
	text := "sscard-challenge-v" + fmt.Sprint(e.Version)
	for _, part := range parts {
		text += string([]byte{byte(len(part) / 256), byte(len(part) % 256)}) + part
	}
	return []byte(text)
}

// files are the names of the vectors' files and the rows that they are made of.
func files(t *testing.T) map[string][]row {
	return map[string][]row{"good.json": goodRows(), "bad.json": badRows(t)}
}

func TestWriteVectors(t *testing.T) {
	if !*update {
		t.Skip("with -update only")
	}
	for name, rows := range files(t) {
		var all []vector
		for _, r := range rows {
			all = append(all, r.vector(t))
		}
		text, err := json.MarshalIndent(all, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(vectors, name), append(text, '\n'), 0o644))
	}
	for name, text := range theWorld(t).files {
		require.NoError(t, os.WriteFile(filepath.Join(vectors, name), text, 0o644))
	}
}

func readVectors(t testing.TB, name string) (all []vector) {
	t.Helper()
	require.NoError(t, json.Unmarshal(readFile(t, name), &all))
	require.NotEmpty(t, all)
	return all
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectors, name))
	require.NoError(t, err, "run the test with -update")
	return text
}

func (v vector) check(t testing.TB) (*evidence.Proof, error) {
	t.Helper()
	now, err := time.Parse(time.RFC3339, v.Now)
	require.NoError(t, err)
	var crls []byte
	if v.CRLs != "" {
		crls = readFile(t, v.CRLs)
	}
	checker := evidence.Checker{
		Trust: trust(t, readFile(t, v.Roots), crls), MaxAge: time.Duration(v.MaxAge) * time.Second, Now: now,
	}
	return checker.Check(v.Token, evidence.Want{Nonce: unhex(t, v.Nonce), Origin: v.Origin, Fields: v.Fields})
}

func TestVectors(t *testing.T) {
	for name, rows := range files(t) {
		all := readVectors(t, name)
		require.Len(t, all, len(rows), "run the test with -update")
		for i, v := range all {
			require.Equal(t, rows[i].name, v.Name, "run the test with -update")
			t.Run(v.Name, func(t *testing.T) {
				proof, err := v.check(t)
				if v.Step != "" {
					requireStep(t, err, v.Step, rows[i].err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, v.CardNumber, proof.CardNumber)
				e, err := evidence.Parse(v.Token)
				require.NoError(t, err)
				challenge, err := e.Challenge()
				require.NoError(t, err)
				require.Equal(t, v.Challenge, fmt.Sprintf("%X", challenge))
				hash, err := sm.SM3(unhex(t, v.Input))
				require.NoError(t, err)
				require.Equal(t, challenge, hash)
			})
		}
	}
}

// The script shares no code with us: neither JSON, nor SM2, nor certificates.
func TestCheckerInPython(t *testing.T) {
	for _, program := range []string{"python3", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not here")
		}
	}
	version, err := exec.CommandContext(t.Context(), "openssl", "version").Output()
	require.NoError(t, err)
	if !strings.HasPrefix(string(version), "OpenSSL ") || strings.HasPrefix(string(version), "OpenSSL 1.") {
		t.Skipf("%s does not have what the script needs", version)
	}
	names := []string{"good.json", "bad.json"}
	args := []string{filepath.Join(vectors, "check.py"), "--vectors"}
	var want []string
	for _, name := range names {
		args = append(args, filepath.Join(vectors, name))
		for _, v := range readVectors(t, name) {
			want = append(want, v.Name+": "+verdict(v))
		}
	}
	out, err := exec.CommandContext(t.Context(), "python3", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, want, slices.Collect(strings.Lines(string(out))))
}

func verdict(v vector) string {
	if v.Step == "" {
		return "good " + v.CardNumber + "\n"
	}
	return "bad " + string(v.Step) + "\n"
}
