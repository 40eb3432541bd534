// Package config is what an administrator can set: one Config, loaded strictly from YAML and validated
// before anything runs. It imports nothing of this project and knows no defaults of other packages.
package config

import (
	"errors"
	"fmt"
	"net"
	"strings"
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
	Log      Log      `koanf:"log"`

	TestKeys string `koanf:"-"` // a file of test keys: never from the configuration, only from a flag
	StateDir string `koanf:"-"` // what must outlive the program: likewise; empty: the usual directory
}

// URL is where the daemon's own programs and page call it. It is an address where a name was configured: localhost leads to ::1 first, and another
// program may listen there, and would get the token.
func (c Config) URL() string {
	if port, named := strings.CutPrefix(c.Listen, "localhost:"); named {
		return "http://127.0.0.1:" + port
	}
	return "http://" + c.Listen
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

// Trust says whom to believe what keys of cards are whose: files of certificates, PEM or DER, from the roots down, and of
// revocation lists. IssuerKeys are public keys of issuers, in hexadecimal, for sites that have no chain to a root.
type Trust struct {
	Roots         []string `koanf:"roots"`
	Intermediates []string `koanf:"intermediates"`
	IssuerKeys    []string `koanf:"issuer_keys"`
	CRLs          []string `koanf:"crls"`
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
	return Config{Listen: "127.0.0.1:17420", PIN: PIN{Entry: "pinpad"}, Limits: defaultLimits(), TLS: defaultTLS(), Events: Events{Identify: true}, Audit: defaultAudit(), Log: defaultLog()}
}

// ErrInvalid is what every error of this package wraps.
var ErrInvalid = errors.New("configuration")

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
		c.Log.validate(),
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
