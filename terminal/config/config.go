// Package config is what an administrator can set: one Config, loaded strictly from YAML and validated
// before anything runs. It imports nothing of this project and knows no defaults of other packages.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	yamlv3 "go.yaml.in/yaml/v3"
)

// Config is the configuration of the daemon and the command line.
type Config struct {
	Listen   string   `koanf:"listen"` // host:port, loopback only
	Readers  []Reader `koanf:"readers"`
	Origins  []Origin `koanf:"origins"`
	Trust    Trust    `koanf:"trust"`
	PIN      PIN      `koanf:"pin"`
	Profiles Profiles `koanf:"profiles"`
	Compat   Compat   `koanf:"compat"`
	Limits   Limits   `koanf:"limits"`
	TLS      TLS      `koanf:"tls"`
	Events   Events   `koanf:"events"`
	Audit    Audit    `koanf:"audit"`

	TestKeys string `koanf:"-"` // a file of test keys: never from the configuration, only from a flag
	StateDir string `koanf:"-"` // what must outlive the program: likewise; empty: the usual directory
}

// Reader says what a reader is for, or how cards touch it, where its name does not tell. Match is a part of the
// name, case ignored; the first entry that matches counts.
type Reader struct {
	Match     string `koanf:"match"`
	Role      string `koanf:"role"`      // card, sam
	Interface string `koanf:"interface"` // contact, contactless
}

// Events says what is done for GET /v1/events. Identify: each card that is put in is asked for its version.
type Events struct {
	Identify bool `koanf:"identify"`
}

// Trust names files of certificates.
type Trust struct {
	Roots []string `koanf:"roots"`
	CRLs  []string `koanf:"crls"`
}

// PIN says where a PIN is entered: pinpad, console, request.
type PIN struct {
	Entry string `koanf:"entry"`
}

// Profiles names a directory that overlays the built-in card layouts.
type Profiles struct {
	Dir string `koanf:"dir"`
}

// Compat is the second door, for pages written for older programs.
type Compat struct {
	Listen string `koanf:"listen"`
}

// Default is the configuration without a file.
func Default() Config {
	return Config{Listen: "127.0.0.1:17420", PIN: PIN{Entry: "pinpad"}, Limits: defaultLimits(), TLS: defaultTLS(), Events: Events{Identify: true}, Audit: defaultAudit()}
}

// ErrInvalid is what every error of this package wraps.
var ErrInvalid = errors.New("configuration")

// Load reads the file over the defaults. A key that is not known is refused, and so is what does not validate.
func Load(path string) (Config, error) {
	c := Default()
	if err := decode(path, &c); err != nil {
		return Config{}, err
	}
	if err := c.Validate(); err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// decode reads the YAML of the file into a structure, strictly.
func decode(path string, into any) error {
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), strict{yaml.Parser()}); err != nil {
		return fmt.Errorf("%w %s: %w", ErrInvalid, path, err)
	}
	err := k.UnmarshalWithConf("", into, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		TagName: "koanf", Result: into, ErrorUnused: true,
		MatchName: func(key, name string) bool { return key == name }, // and not in capitals
	}})
	if err != nil {
		return fmt.Errorf("%w %s: %w", ErrInvalid, path, err)
	}
	if err := emptyFields(k); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// emptyFields finds an origin with "fields:" and nothing behind it: whoever wrote that did not mean all of them.
func emptyFields(k *koanf.Koanf) error {
	var problems []error
	for i, o := range k.Slices("origins") {
		if o.Exists("fields") && o.Get("fields") == nil {
			problems = append(problems, check(false, fmt.Sprintf("origins[%d].fields", i), "is empty: [] is none, and without the key there is no limit"))
		}
	}
	return errors.Join(problems...)
}

// strict refuses what would silently be less than the administrator wrote: a second document, and a key without a
// value, such as fields with everything behind it commented out.
type strict struct{ *yaml.YAML }

// Unmarshal implements koanf.Parser.
func (s strict) Unmarshal(b []byte) (map[string]any, error) {
	documents := yamlv3.NewDecoder(bytes.NewReader(b))
	var first, second yamlv3.Node
	if err := documents.Decode(&first); err == nil && !errors.Is(documents.Decode(&second), io.EOF) {
		return nil, errors.New("more than one document")
	}
	values, err := s.YAML.Unmarshal(b)
	if err != nil {
		return nil, fmt.Errorf("not a YAML object: %w", err)
	}
	return values, withoutNull("", values)
}

func withoutNull(at string, value any) error {
	switch value := value.(type) {
	case nil:
		return fmt.Errorf("%s has no value", at)
	case map[string]any:
		for key, v := range value {
			if err := withoutNull(strings.TrimPrefix(at+"."+key, "."), v); err != nil {
				return err
			}
		}
	case []any:
		for i, v := range value {
			if err := withoutNull(fmt.Sprintf("%s[%d]", at, i), v); err != nil {
				return err
			}
		}
	}
	return nil
}

// Validate finds what cannot work, all of it.
func (c Config) Validate() error {
	problems := []error{checkListen("listen", c.Listen)}
	for i, r := range c.Readers {
		at := fmt.Sprintf("readers[%d]", i)
		problems = append(problems,
			check(r.Match != "", at+".match", "is empty"),
			oneOf(at+".role", r.Role, "", "card", "sam"),
			oneOf(at+".interface", r.Interface, "", "contact", "contactless"))
	}
	problems = append(problems,
		checkOrigins(c.Origins),
		oneOf("pin.entry", c.PIN.Entry, "pinpad", "console", "request"),
		c.Limits.validate(),
		c.TLS.validate(),
		c.Audit.validate(),
		c.checkPorts())
	if c.Compat.Listen != "" {
		problems = append(problems, checkListen("compat.listen", c.Compat.Listen))
	}
	return errors.Join(problems...)
}

// checkPorts finds two doors in one place.
func (c Config) checkPorts() error {
	doors := map[string]string{"compat.listen": c.Compat.Listen}
	if c.TLS.Mode == TLSLocal {
		doors["tls.listen"] = c.TLS.Listen
	}
	taken := map[string]bool{c.Listen: true}
	for _, at := range []string{"compat.listen", "tls.listen"} {
		address := doors[at]
		if taken[address] && !strings.HasSuffix(address, ":0") {
			return check(false, at, fmt.Sprintf("%q is listened on already", address))
		}
		taken[address] = address != ""
	}
	return nil
}

func check(ok bool, at, problem string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%w: %s: %s", ErrInvalid, at, problem)
}

func oneOf(at, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return check(false, at, fmt.Sprintf("%q is none of %s", value, strings.TrimPrefix(strings.Join(allowed, ", "), ", ")))
}

// checkListen lets only this machine in: the daemon speaks of persons, and speaks without TLS.
func checkListen(at, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return check(false, at, err.Error())
	}
	if _, err := net.LookupPort("tcp", port); err != nil || port == "" {
		return check(false, at, fmt.Sprintf("%q is not a port", port))
	}
	ip := net.ParseIP(host)
	return check(host == "localhost" || (ip != nil && ip.IsLoopback()), at, fmt.Sprintf("%q is not a loopback address", host))
}
