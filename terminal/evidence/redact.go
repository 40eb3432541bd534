package evidence

import (
	"fmt"
	"io"
	"log/slog"
)

const (
	maskEvidence = "[evidence]"
	maskProof    = "[proof]"
)

// Format masks the evidence under every verb.
func (Evidence) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, maskEvidence) }

// String masks the evidence.
func (Evidence) String() string { return maskEvidence }

// MarshalText masks the evidence in JSON, XML and YAML.
func (Evidence) MarshalText() ([]byte, error) { return []byte(maskEvidence), nil }

// LogValue masks the evidence in logs.
func (Evidence) LogValue() slog.Value { return slog.StringValue(maskEvidence) }

// Format masks the proof under every verb.
func (Proof) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, maskProof) }

// String masks the proof.
func (Proof) String() string { return maskProof }

// MarshalText masks the proof in JSON, XML and YAML.
func (Proof) MarshalText() ([]byte, error) { return []byte(maskProof), nil }

// LogValue masks the proof in logs.
func (Proof) LogValue() slog.Value { return slog.StringValue(maskProof) }
