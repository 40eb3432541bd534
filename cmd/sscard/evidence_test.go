package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/apitype"
)

// evidenceVector is a row of testdata/evidence, as docs/evidence.md has it.
type evidenceVector struct {
	Name, Token, Origin, Nonce, Now, Roots, CRLs string

	MaxAge     int               `json:"max_age"`
	Fields     map[string]string `json:"fields"`
	CardNumber string            `json:"card_number"`
	Step       string            `json:"step"`
}

// args are the vector in the words of sscard evidence check.
func (v evidenceVector) args(t *testing.T, dir string) []string {
	args := []string{
		"evidence", "check", "--json", "--nonce", v.Nonce, "--origin", v.Origin, "--at", v.Now,
		"--roots", filepath.Join(dir, v.Roots),
	}
	if v.MaxAge > 0 {
		args = append(args, "--max-age", fmt.Sprintf("%ds", v.MaxAge))
	}
	if v.CRLs != "" {
		args = append(args, "--crls", filepath.Join(dir, v.CRLs))
	}
	if v.Fields != nil {
		content, err := json.Marshal(v.Fields)
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "fields.json")
		require.NoError(t, os.WriteFile(file, content, 0o600))
		args = append(args, "--fields", file)
	}
	return append(args, "--", v.Token)
}

// The program has to come to the verdicts that are published for other checkers. It differs from them in one: it
// drops the space around a token, as a shell leaves it there.
func TestEvidenceCheckOverTheVectors(t *testing.T) {
	const dir = "../../testdata/evidence"
	sscard, err := exec.LookPath("sscard")
	require.NoError(t, err)
	for _, name := range []string{"good.json", "bad.json"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		var vectors []evidenceVector
		require.NoError(t, json.Unmarshal(content, &vectors))
		require.NotEmpty(t, vectors)
		for _, v := range vectors {
			if v.Name == "line end behind" {
				v.Step, v.CardNumber = "", "A00000003"
			}
			t.Run(v.Name, func(t *testing.T) { v.run(t, sscard, dir) })
		}
	}
}

func (v evidenceVector) run(t *testing.T, sscard, dir string) {
	var stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), sscard, v.args(t, dir)...)
	c.Stderr = &stderr
	out, _ := c.Output() // its error is the exit status
	status := 0
	if v.Step != "" {
		status = apitype.ExitNotGenuine
	}
	require.Equal(t, status, c.ProcessState.ExitCode(), "%s", &stderr)
	var proof apitype.Proof
	require.NoError(t, json.Unmarshal(out, &proof), "%s", out)
	require.Equal(t, v.Step == "", proof.Valid)
	require.Equal(t, v.Step, proof.Step)
	require.Equal(t, v.CardNumber, proof.CardNumber)
	require.Equal(t, v.Step != "", proof.Reason != "")
}
