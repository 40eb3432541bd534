// Package config is what an administrator can set: one Config, loaded strictly from YAML and validated
// before anything runs. It imports nothing of this project and knows no defaults of other packages.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
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
}

// Reader says what a reader is for, or how cards touch it, where its name does not tell. Match is a part of the
// name, case ignored; the first entry that matches counts.
type Reader struct {
	Match     string `koanf:"match"`
	Role      string `koanf:"role"`      // card, sam
	Interface string `koanf:"interface"` // contact, contactless
}

// Origin is a web origin that may call, exactly as browsers send it. Fields limits what it may read; none is
// no limit.
type Origin struct {
	Origin string   `koanf:"origin"`
	Fields []string `koanf:"fields"`
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
	return Config{Listen: "127.0.0.1:17420", PIN: PIN{Entry: "pinpad"}}
}

// ErrInvalid is what every error of this package wraps.
var ErrInvalid = errors.New("configuration")

// Load reads the file over the defaults. A key that is not known is refused, and so is what does not validate.
func Load(path string) (Config, error) {
	c := Default()
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return Config{}, fmt.Errorf("%w %s: %w", ErrInvalid, path, err)
	}
	err := k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		TagName: "koanf", Result: &c, ErrorUnused: true,
	}})
	if err != nil {
		return Config{}, fmt.Errorf("%w %s: %w", ErrInvalid, path, err)
	}
	if err := c.Validate(); err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
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
	seen := make(map[string]bool)
	for i, o := range c.Origins {
		at := fmt.Sprintf("origins[%d].origin", i)
		problems = append(problems,
			check(isOrigin(o.Origin), at, fmt.Sprintf("%q is not scheme://host or scheme://host:port in small letters", o.Origin)),
			check(!seen[o.Origin], at, fmt.Sprintf("%q stands twice", o.Origin)))
		seen[o.Origin] = true
	}
	problems = append(problems, oneOf("pin.entry", c.PIN.Entry, "pinpad", "console", "request"))
	if c.Compat.Listen != "" {
		problems = append(problems, checkListen("compat.listen", c.Compat.Listen))
	}
	return errors.Join(problems...)
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

// isOrigin tells what a browser would send: a serialised tuple origin (RFC 6454 §6.2), never null.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || s != strings.ToLower(s) || s != u.Scheme+"://"+u.Host {
		return false
	}
	standard := map[string]string{"http": "80", "https": "443"}
	port, web := standard[u.Scheme]
	return web && u.Port() != port && !strings.HasSuffix(u.Host, ":") && !strings.ContainsAny(u.Host, "*@")
}
