package wiring

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"sscard/sm"
	"sscard/terminal/config"
)

// LoadTrust reads the certificates and lists that the configuration names. A file that is not there, or holds
// something else, is an error: what it was to revoke or to prove would silently not be.
func LoadTrust(cfg config.Trust) (*sm.Trust, error) {
	trust := &sm.Trust{}
	problems := []error{
		loadAll(&trust.Roots, "trust.roots", cfg.Roots, sm.ParseCertificates),
		loadAll(&trust.Intermediates, "trust.intermediates", cfg.Intermediates, sm.ParseCertificates),
		loadAll(&trust.CRLs, "trust.crls", cfg.CRLs, sm.ParseCRLs),
	}
	for i, text := range cfg.IssuerKeys {
		key, err := parseKey(text)
		problems = append(problems, config.Wrong(fmt.Sprintf("trust.issuer_keys[%d]", i), err))
		trust.IssuerKeys = append(trust.IssuerKeys, key)
	}
	return trust, errors.Join(problems...)
}

func parseKey(text string) (sm.PublicKey, error) {
	point, err := hex.DecodeString(text)
	if err != nil {
		return sm.PublicKey{}, errors.New("not hexadecimal")
	}
	return sm.ParsePublicKey(point)
}

func loadAll[T any](to *[]T, key string, files []string, parse func([]byte) ([]T, error)) error {
	var problems []error
	for i, name := range files {
		some, err := load(name, parse)
		problems = append(problems, config.Wrong(fmt.Sprintf("%s[%d]", key, i), err))
		*to = append(*to, some...)
	}
	return errors.Join(problems...)
}

func load[T any](name string, parse func([]byte) ([]T, error)) ([]T, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	some, err := parse(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return some, nil
}
