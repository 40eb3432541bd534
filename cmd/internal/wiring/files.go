package wiring

import (
	"errors"
	"fmt"

	"sscard/sm"
	"sscard/terminal"
	"sscard/terminal/config"
	"sscard/terminal/profile"
)

// Files are what the files say that the configuration names. They can be read anew while a terminal works with them.
type Files struct {
	Profiles *profile.Set
	Trust    *sm.Trust
}

// LoadFiles reads them. Its error wraps [config.ErrInvalid] and has each problem with its key: what a file was to change
// would silently not be.
func LoadFiles(cfg config.Config) (f Files, err error) {
	if f.Profiles, err = profile.Load(cfg.Profiles.Dir); err != nil {
		return f, config.Wrong("profiles.dir", err)
	}
	if f.Trust, err = LoadTrust(cfg.Trust); err != nil {
		return f, err
	}
	return f, f.knowFieldsOf(cfg.Origins)
}

// Check is LoadFiles for who wants to know only whether it works.
func Check(cfg config.Config) error {
	_, err := LoadFiles(cfg)
	return err
}

// knowFieldsOf finds fields that no layout has: a limit with a slip of the pen in it is none that was meant.
func (f Files) knowFieldsOf(origins []config.Origin) error {
	var problems []error
	for i, o := range origins {
		for j, field := range o.Fields {
			if !terminal.KnownField(f.Profiles, field) {
				problems = append(problems, config.Wrong(fmt.Sprintf("origins[%d].fields[%d]", i, j), fmt.Errorf("no such field: %.100q", field)))
			}
		}
	}
	return errors.Join(problems...)
}
