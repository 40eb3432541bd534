package config

import (
	"errors"
	"fmt"
	"path/filepath"
)

// Audit says where the audit log is kept, and what happens where it cannot be written.
type Audit struct {
	File      string `koanf:"file"`        // empty: audit.log in the state directory
	MaxSizeMB int    `koanf:"max_size_mb"` // from which on a file is followed by another
	Keep      int    `koanf:"keep"`        // older files
	OnFull    string `koanf:"on_full"`     // warn; stop: no operation with a card
}

// What happens where the audit log cannot be written.
const (
	AuditWarn = "warn"
	AuditStop = "stop"
)

// defaultAudit holds some years of a busy counter, and half a year of one whose page asks for a card every second.
func defaultAudit() Audit { return Audit{MaxSizeMB: 16, Keep: 100, OnFull: AuditWarn} }

const (
	maxAuditSizeMB = 1024
	maxAuditKeep   = 10_000
)

func (a Audit) validate() error {
	return errors.Join(
		check(a.File == "" || filepath.IsAbs(a.File), "audit.file", fmt.Sprintf("%q is not an absolute path", a.File)),
		within("audit.max_size_mb", a.MaxSizeMB, 1, maxAuditSizeMB),
		within("audit.keep", a.Keep, 1, maxAuditKeep),
		oneOf("audit.on_full", a.OnFull, AuditWarn, AuditStop))
}
