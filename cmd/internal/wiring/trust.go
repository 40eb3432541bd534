package wiring

import (
	"encoding/hex"
	"fmt"
	"os"

	"sscard/sm"
	"sscard/terminal/config"
)

// LoadTrust reads the certificates and lists that the configuration names. A file that is not there, or holds
// something else, is an error: what it was to revoke or to prove would silently not be.
func LoadTrust(cfg config.Trust) (*sm.Trust, error) {
	trust := &sm.Trust{}
	var err error
	if trust.Roots, err = loadAll("trust.roots", cfg.Roots, sm.ParseCertificates); err != nil {
		return nil, err
	}
	if trust.Intermediates, err = loadAll("trust.intermediates", cfg.Intermediates, sm.ParseCertificates); err != nil {
		return nil, err
	}
	if trust.CRLs, err = loadAll("trust.crls", cfg.CRLs, sm.ParseCRLs); err != nil {
		return nil, err
	}
	for i, text := range cfg.IssuerKeys {
		at := fmt.Sprintf("trust.issuer_keys[%d]", i)
		point, err := hex.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: not hexadecimal", config.ErrInvalid, at)
		}
		key, err := sm.ParsePublicKey(point)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", config.ErrInvalid, at, err)
		}
		trust.IssuerKeys = append(trust.IssuerKeys, key)
	}
	return trust, nil
}

func loadAll[T any](at string, files []string, parse func([]byte) ([]T, error)) (all []T, err error) {
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", config.ErrInvalid, at, err)
		}
		some, err := parse(content)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %s: %w", config.ErrInvalid, at, name, err)
		}
		all = append(all, some...)
	}
	return all, nil
}
