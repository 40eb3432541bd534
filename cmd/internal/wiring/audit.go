package wiring

import (
	"context"
	"log/slog"
	"os/user"
	"path/filepath"

	"sscard/terminal"
	"sscard/terminal/audit"
	"sscard/terminal/config"
)

// Release is the version of this source.
const Release = "0.1.0"

const auditFile = "audit.log"

// AuditPath is where the audit log is: programs with the same configuration and state directory share one.
func AuditPath(cfg config.Config) string {
	switch {
	case cfg.Audit.File != "":
		return cfg.Audit.File
	case cfg.StateDir != "":
		return State{cfg.StateDir}.Path(auditFile)
	}
	return filepath.Join(DefaultStateDir(), auditFile)
}

func newAudit(cfg config.Config, log *slog.Logger) *audit.Log {
	return audit.New(audit.Config{
		Path: AuditPath(cfg), MaxSize: int64(cfg.Audit.MaxSizeMB) << 20, Keep: cfg.Audit.Keep,
		Stop: cfg.Audit.OnFull == config.AuditStop, Version: Release, User: userName(), Log: log,
	})
}

// AsLocalUser has what runs under ctx run for who runs this program.
func AsLocalUser(ctx context.Context) context.Context {
	return terminal.WithCaller(ctx, terminal.Caller{User: userName()})
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}
