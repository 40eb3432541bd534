package config_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sscard/terminal/config"
)

func write(t testing.TB, yaml string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "sscard.yaml")
	require.NoError(t, os.WriteFile(path, []byte(yaml), 0o600))
	return path
}

// full says everything that can be said.
const full = `
listen: 127.0.0.1:17420
readers: [{match: "SAM", role: sam}, {match: "NFC", interface: contactless}]
origins: [{origin: "https://hall.example", fields: [issuer.card_number, holder.name]}, {origin: "https://his.example:8443"}]
trust: {roots: [roots.pem], crls: []}
pin: {entry: pinpad}                             # pinpad | console | request
profiles: {dir: /etc/sscard/profiles}
compat: {listen: 127.0.0.1:12342}
limits: {rate: 50, burst: 100, connections: 64}
tls: {mode: local, listen: "[::1]:17443"}        # off | local
events: {identify: false}
audit: {file: /var/log/sscard/audit.log, max_size_mb: 4, keep: 9, on_full: stop}
log: {level: warn, format: json}
`

func TestLoadFull(t *testing.T) {
	c, err := config.Load(write(t, full))
	require.NoError(t, err)
	require.Equal(t, config.Config{
		Listen:  "127.0.0.1:17420",
		Readers: []config.Reader{{Match: "SAM", Role: "sam"}, {Match: "NFC", Interface: "contactless"}},
		Origins: []config.Origin{
			{Origin: "https://hall.example", Fields: []string{"issuer.card_number", "holder.name"}},
			{Origin: "https://his.example:8443"},
		},
		Trust:    config.Trust{Roots: []string{"roots.pem"}, CRLs: []string{}},
		PIN:      config.PIN{Entry: "pinpad"},
		Profiles: config.Profiles{Dir: "/etc/sscard/profiles"},
		Compat:   config.Compat{Listen: "127.0.0.1:12342"},
		Limits:   config.Limits{Rate: 50, Burst: 100, Connections: 64},
		TLS:      config.TLS{Mode: config.TLSLocal, Listen: "[::1]:17443"},
		Audit:    config.Audit{File: "/var/log/sscard/audit.log", MaxSizeMB: 4, Keep: 9, OnFull: config.AuditStop},
		Log:      config.Log{Level: "warn", Format: config.LogJSON},
	}, c)
}

func TestLoadDefaults(t *testing.T) {
	for _, row := range []struct{ name, yaml string }{
		{"an empty file", ""},
		{"comments", "# listen: 0.0.0.0:80\n"},
		{"an empty object", "{}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := config.Load(write(t, row.yaml))
			require.NoError(t, err)
			require.Equal(t, config.Default(), c)
			require.NoError(t, c.Validate())
		})
	}
}

// A name would lead a browser to ::1 first, and to whoever listens there.
func TestURL(t *testing.T) {
	for _, row := range []struct{ listen, url string }{
		{"127.0.0.1:17420", "http://127.0.0.1:17420"},
		{"[::1]:17420", "http://[::1]:17420"},
		{"127.9.9.9:80", "http://127.9.9.9:80"},
		{"localhost:17420", "http://127.0.0.1:17420"},
	} {
		t.Run(row.listen, func(t *testing.T) {
			require.Equal(t, row.url, config.Config{Listen: row.listen}.URL())
		})
	}
}

func TestLoadTakes(t *testing.T) {
	for _, row := range []struct{ name, yaml string }{
		{"localhost", "listen: localhost:17420"},
		{"another loopback address", "listen: 127.9.9.9:17420"},
		{"IPv6", `listen: "[::1]:17420"`},
		{"any free port", "listen: 127.0.0.1:0"},
		{"an origin of plain HTTP", "origins: [{origin: http://his.example}]"},
		{"an origin of an address", "origins: [{origin: http://10.1.2.3:8080}]"},
		{"an origin of an IPv6 address", "origins: [{origin: 'http://[fd00::1]:8080'}]"},
		{"an origin of a single name", "origins: [{origin: http://his}]"},
		{"an origin with HTTP's port on HTTPS", "origins: [{origin: https://his.example:80}]"},
		{"an origin in Punycode", "origins: [{origin: https://xn--fiqs8s}]"},
		{"an origin that may read nothing", "origins: [{origin: https://his.example, fields: []}]"},
		{"the PIN at the console", "pin: {entry: console}"},
		{"a role alone", "readers: [{match: SAM, role: card}]"},
		{"one limit", "limits: {rate: 10}"},
		{"an audit log that stops", "audit: {on_full: stop}"},
		{"small files of the audit log", "audit: {max_size_mb: 1, keep: 1}"},
		{"TLS off", "tls: {mode: off}"},
		{"TLS at the usual port", "tls: {mode: local}"},
		{"TLS off, its port ours", "tls: {listen: 127.0.0.1:17420}"},
		{"any free ports", "listen: 127.0.0.1:0\ncompat: {listen: 127.0.0.1:0}\ntls: {mode: local, listen: 127.0.0.1:0}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := config.Load(write(t, row.yaml))
			require.NoError(t, err)
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, row := range []struct{ name, yaml, says string }{
		{"no YAML", "listen: [", "not a YAML object"},
		{"a list", "[]", "not a YAML object"},
		{"a text", "listen", "not a YAML object"},
		{"a key twice", "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2", "listen"},
		{"two documents", "listen: 127.0.0.1:1\n---\nlisten: 127.0.0.1:2", "document"},

		{"an unknown key", "lisen: 127.0.0.1:1", "lisen"},
		{"an unknown key of a reader", "readers: [{match: SAM, rolle: sam}]", "rolle"},
		{"an unknown key of an origin", "origins: [{origin: https://his.example, field: [holder]}]", "field"},
		{"an unknown key of trust", "trust: {root: [a.pem]}", "root"},
		{"an unknown key of pin", "pin: {entri: pinpad}", "entri"},
		{"an unknown key of profiles", "profiles: {directory: /tmp}", "directory"},
		{"an unknown key of compat", "compat: {port: 12342}", "port"},
		{"a path for a key", "pin.entry: console", "pin.entry"},
		{"a key in capitals", "LISTEN: 127.0.0.1:1", "LISTEN"},
		{"a key by which another would be taken over", "compat: &c {listen: 127.0.0.1:1}\ntls: {<<: *c}", "tls.<<: is no key"},
		{"an unknown key by another name", "compat: &c {port: 1}\npin: *c", "pin.port: is no key"},
		{"itself", "readers: &r [*r]", "not a YAML object"},
		{"a hidden key", `"-": x`, "-: is no key"},
		{"an empty key", `"": 1`, "is no key"},

		{"a number for a text", "listen: 17420", "listen"},
		{"a text for a list", "readers: SAM", "readers"},
		{"one field for a list of them", "origins: [{origin: https://his.example, fields: holder.name}]", "fields"},
		{"fields without a value", "origins: [{origin: https://his.example, fields: }]", "origins[0].fields: has no value"},
		{"an object without a value", "compat:", "compat: has no value"},
		{"a field without a value", "origins: [{origin: https://his.example, fields: [~]}]", "origins[0].fields[0]: has no value"},
		{"a list for an object", "pin: [pinpad]", "pin"},

		{"no port", "listen: 127.0.0.1", "listen: address 127.0.0.1: missing port"},
		{"an empty port", `listen: "127.0.0.1:"`, `listen: "" is not a port`},
		{"a port too high", "listen: 127.0.0.1:65536", `listen: "65536" is not a port`},
		{"a negative port", "listen: 127.0.0.1:-1", `listen: "-1" is not a port`},
		{"no address", `listen: ""`, "listen"},
		{"every address", "listen: 0.0.0.0:17420", `"0.0.0.0" is not a loopback address`},
		{"every address, unsaid", "listen: :17420", `"" is not a loopback address`},
		{"every IPv6 address", `listen: "[::]:17420"`, `"::" is not a loopback address`},
		{"another machine's address", "listen: 192.168.1.7:17420", "is not a loopback address"},
		{"another name", "listen: his.example:17420", "is not a loopback address"},
		{"a look-alike", "listen: localhost.his.example:17420", "is not a loopback address"},
		{"the second door wide open", "compat: {listen: 0.0.0.0:12342}", `compat.listen: "0.0.0.0" is not a loopback address`},

		{"a reader without a match", "readers: [{role: sam}]", "readers[0].match: is empty"},
		{"a bad role", "readers: [{match: A}, {match: SAM, role: psam}]", `readers[1].role: "psam" is none of card, sam`},
		{"a bad interface", "readers: [{match: SAM, interface: usb}]", `readers[0].interface: "usb" is none of contact, contactless`},
		{"a bad entry of the PIN", "pin: {entry: keyboard}", `pin.entry: "keyboard" is none of pinpad, console, request`},
		{"no entry of the PIN", `pin: {entry: ""}`, "pin.entry"},
		{"an unknown limit", "limits: {requests: 1}", "requests"},
		{"a rate of nothing", "limits: {rate: 0}", "limits.rate: 0 is not from 1"},
		{"a rate below nothing", "limits: {rate: -1}", "limits.rate: -1"},
		{"a rate that is none", "limits: {rate: 10000000}", "limits.rate"},
		{"half a request", "limits: {rate: 0.5}", "rate"},
		{"no request at once", "limits: {burst: 0}", "limits.burst: 0"},
		{"too few connections for a browser", "limits: {connections: 15}", "limits.connections: 15"},
		{"too many connections", "limits: {connections: 10001}", "limits.connections"},
		{"an audit log beside nobody knows what", "audit: {file: audit.log}", `audit.file: "audit.log" is not an absolute path`},
		{"files of the audit log without end", "audit: {keep: 0}", "audit.keep: 0 is not from 1 to 10000"},
		{"files of the audit log without room", "audit: {max_size_mb: 0}", "audit.max_size_mb: 0"},
		{"huge files of the audit log", "audit: {max_size_mb: 4096}", "audit.max_size_mb"},
		{"a size in words", "audit: {max_size_mb: 16M}", "max_size_mb"},
		{"an audit log that does not care", "audit: {on_full: ignore}", `audit.on_full: "ignore" is none of warn, stop`},
		{"an audit log that does not say", `audit: {on_full: ""}`, "audit.on_full"},
		{"an unknown level of the log", "log: {level: trace}", `log.level: "trace" is none of debug, info, warn, error`},
		{"an unknown format of the log", "log: {format: xml}", `log.format: "xml" is none of text, json`},
		{"a log in a file", "log: {file: /var/log/sscard.log}", "log.file: is no key of the configuration"},
		{"an audit log that is off", "audit: {enabled: false}", "enabled"},
		{"an unknown mode of TLS", "tls: {mode: acme}", `tls.mode: "acme" is none of off, local`},
		{"TLS as a truth", "tls: {mode: true}", "tls"},
		{"a certificate from elsewhere", "tls: {certificate: a.pem}", "certificate"},
		{"TLS wide open", "tls: {mode: local, listen: 0.0.0.0:17421}", `tls.listen: "0.0.0.0" is not a loopback address`},
		{"TLS nowhere", `tls: {mode: local, listen: ""}`, "tls.listen"},
		{"TLS at our port", "tls: {mode: local, listen: 127.0.0.1:17420}", "tls.listen: \"127.0.0.1:17420\" is listened on already"},
		{"the old pages' door at our port", "compat: {listen: 127.0.0.1:17420}", "compat.listen"},
		{"TLS at the old pages' port", "compat: {listen: 127.0.0.1:1}\ntls: {mode: local, listen: 127.0.0.1:1}", "tls.listen"},
		{"an origin twice", "origins: [{origin: https://a.example}, {origin: https://a.example}]", `origins[1].origin: "https://a.example" stands twice`},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := write(t, row.yaml)
			c, err := config.Load(path)
			require.ErrorIs(t, err, config.ErrInvalid)
			require.ErrorContains(t, err, row.says)
			require.ErrorContains(t, err, path)
			require.Zero(t, c)
		})
	}
}

func TestOriginsRefused(t *testing.T) {
	for _, row := range []struct{ name, origin string }{
		{"empty", ""},
		{"null", "null"},
		{"any", "*"},
		{"any host", "https://*"},
		{"any sub-domain", "https://*.his.example"},
		{"no scheme", "his.example"},
		{"no scheme but slashes", "//his.example"},
		{"another scheme", "ftp://his.example"},
		{"a file", "file:///C:/his.html"},
		{"an extension", "chrome-extension://abcdefgh"},
		{"a WebSocket", "wss://his.example"},
		{"a slash at the end", "https://his.example/"},
		{"a path", "https://his.example/read"},
		{"a query", "https://his.example?a"},
		{"a fragment", "https://his.example#a"},
		{"a capital in the host", "https://HIS.example"},
		{"a capital in the scheme", "HTTPS://his.example"},
		{"a user", "https://user@his.example"},
		{"a user and a password", "https://user:secret@his.example"},
		{"HTTPS and its port", "https://his.example:443"},
		{"HTTP and its port", "http://his.example:80"},
		{"a colon and no port", "https://his.example:"},
		{"a port that is no number", "https://his.example:https"},
		{"a port with a zero in front", "https://his.example:08443"},
		{"a port too high", "https://his.example:65536"},
		{"no host", "https://"},
		{"no host but a port", "https://:8443"},
		{"an address in short", "http://127.1"},
		{"an address as a number", "http://2130706433"},
		{"an address in hexadecimal", "http://0x7f000001"},
		{"an address in octal", "http://0177.0.0.1"},
		{"an address out of range", "http://10.1.2.256"},
		{"an address of five parts", "http://10.1.2.3.4"},
		{"a host that ends in a number", "http://his.7"},
		{"an IPv6 address in full", "http://[0:0:0:0:0:0:0:1]"},
		{"an IPv6 address that is none", "http://[::::]"},
		{"an IPv4 address in brackets", "http://[127.0.0.1]"},
		{"a trailing dot", "https://his.example."},
		{"a long s", "https://hi\u017f.example"},
		{"a host that is too long", "https://" + strings.Repeat("a.", 126) + "aa"},
		{"a null character", "https://his.example\x00"},
		{"a line's end", "https://his.example\n"},
		{"a blank", "https://his.example "},
		{"a blank in front", " https://his.example"},
		{"two of them", "https://a.example,https://b.example"},
		{"Chinese, which browsers send in Punycode", "https://医院.example"},
		{"an escape", "https://his%2eexample"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config.Default()
			c.Origins = []config.Origin{{Origin: row.origin}}
			require.ErrorIs(t, c.Validate(), config.ErrInvalid)
		})
	}
}

func TestValidateTellsAll(t *testing.T) {
	err := config.Config{Listen: "0.0.0.0:1", PIN: config.PIN{Entry: "x"}, Readers: []config.Reader{{}}}.Validate()
	for _, place := range []string{"listen", "pin.entry", "readers[0].match"} {
		require.ErrorContains(t, err, place)
	}
}

// Everything that is wrong is told at once, once each, with its line.
func TestLoadTellsAll(t *testing.T) {
	path := write(t, `# the configuration of a tired administrator
listen: 0.0.0.0:17420
readers:
  - {match: SAM, rolle: sam}
  - match: 5
origins:
  - origin: https://a.example
    fields:
pin:
  entry: keyboard
lisen: 127.0.0.1:1
`)
	_, err := config.Load(path)
	var told []string
	for _, p := range config.Problems(err) {
		require.Equal(t, path, p.File)
		told = append(told, fmt.Sprint(p.Line, " ", p.Key, ": ", p.Text))
	}
	require.Equal(t, []string{
		`2 listen: "0.0.0.0" is not a loopback address`,
		`4 readers[0].rolle: is no key of the configuration`,
		`5 readers[1].match: expected type 'string', got unconvertible type 'int'`,
		`8 origins[0].fields: has no value: without the key the default holds, and [] is an empty list`,
		`10 pin.entry: "keyboard" is none of pinpad, console, request`,
		`11 lisen: is no key of the configuration`,
	}, told)
	require.ErrorContains(t, err, path+":2: listen")
}

// What is shown can be loaded, and is the same again.
func TestEncode(t *testing.T) {
	for _, row := range []struct{ name, yaml string }{
		{"the defaults", ""},
		{"everything", full},
		{"who may read nothing", "origins: [{origin: https://his.example, fields: []}]"},
		{"what looks like something else", `readers: [{match: "yes"}, {match: "5"}, {match: "a: b"}]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := config.Load(write(t, row.yaml))
			require.NoError(t, err)
			again, err := config.Load(write(t, string(config.Encode(c))))
			require.NoError(t, err)
			require.Equal(t, c, again)
		})
	}
}

func TestChanged(t *testing.T) {
	a, err := config.Load(write(t, full))
	require.NoError(t, err)
	require.Empty(t, config.Changed(a, a))
	b := a
	b.Listen, b.Log.Level, b.Origins, b.StateDir = "127.0.0.1:1", "debug", a.Origins[:1], "/elsewhere"
	require.Equal(t, []string{"listen", "origins", "log.level"}, config.Changed(a, b))
}

// What only other packages can judge is told with the rest, and where it is.
func TestLoadChecked(t *testing.T) {
	path := write(t, "profiles:\n  dir: /nowhere\npin: {entry: x}\n")
	_, err := config.Load(path, func(c config.Config) error {
		require.Equal(t, "/nowhere", c.Profiles.Dir)
		return config.Wrong("profiles.dir", os.ErrNotExist)
	})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorIs(t, err, config.ErrInvalid)
	require.ErrorContains(t, err, path+":2: profiles.dir: "+os.ErrNotExist.Error())
	require.ErrorContains(t, err, path+":3: pin.entry")
}

func TestLoadWithoutFile(t *testing.T) {
	_, err := config.Load(filepath.Join(t.TempDir(), "sscard.yaml"))
	require.ErrorIs(t, err, config.ErrInvalid)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzLoad(f *testing.F) {
	f.Add(full)
	path := write(f, "")
	f.Fuzz(func(t *testing.T, yaml string) {
		require.NoError(t, os.WriteFile(path, []byte(yaml), 0o600))
		c, err := config.Load(path)
		if err != nil {
			require.ErrorIs(t, err, config.ErrInvalid)
			return
		}
		host, _, err := net.SplitHostPort(c.Listen)
		require.NoError(t, err)
		require.True(t, host == "localhost" || net.ParseIP(host).IsLoopback(), host)
	})
}
