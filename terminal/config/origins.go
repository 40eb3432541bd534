package config

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
)

// Origin is a web origin that may call, exactly as browsers send it. Fields limits what it may read; nil is
// no limit, and an empty list is nothing at all.
type Origin struct {
	Origin string   `koanf:"origin"`
	Fields []string `koanf:"fields"`
}

// LoadOrigins reads a file with nothing but the key origins, under the rules of the configuration. No file is no origins.
func LoadOrigins(path string) ([]Origin, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var file struct {
		Origins []Origin `koanf:"origins"`
	}
	if err := load(path, &file, func() error { return checkOrigins(file.Origins) }); err != nil {
		return nil, err
	}
	return file.Origins, nil
}

// EncodeOrigins is the file that [LoadOrigins] reads. Who may read nothing is told from who may read everything.
func EncodeOrigins(origins []Origin) ([]byte, error) {
	list := make([]map[string]any, len(origins))
	for i, o := range origins {
		list[i] = map[string]any{"origin": o.Origin}
		if o.Fields != nil {
			list[i]["fields"] = o.Fields
		}
	}
	return yamlv3.Marshal(map[string]any{"origins": list})
}

// CheckOrigin refuses what no browser would send as an Origin, so that nothing is allowed by accident.
func CheckOrigin(origin string) error {
	return check(isOrigin(origin), "origin", notAnOrigin(origin))
}

func checkOrigins(origins []Origin) error {
	var problems []error
	seen := make(map[string]bool)
	for i, o := range origins {
		at := fmt.Sprintf("origins[%d].origin", i)
		problems = append(problems,
			check(isOrigin(o.Origin), at, notAnOrigin(o.Origin)),
			check(!seen[o.Origin], at, fmt.Sprintf("%q stands twice", o.Origin)))
		seen[o.Origin] = true
	}
	return errors.Join(problems...)
}

func notAnOrigin(origin string) string {
	return fmt.Sprintf("%.300q is not scheme://host or scheme://host:port, in small letters and without the scheme's own port", origin)
}

// maxHost is how long a host name can be (RFC 1035 §2.3.4).
const maxHost = 253

var originForm = regexp.MustCompile(`^(https?)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(?::([1-9][0-9]{0,4}))?$`)

// isOrigin tells what a browser would send: a serialised tuple origin (RFC 6454 §6.2), never null, with no port
// where it is the scheme's own.
func isOrigin(s string) bool {
	m := originForm.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	standard := map[string]string{"http": "80", "https": "443"}
	scheme, host, port := m[1], m[2], m[3]
	n, _ := strconv.Atoi(port) // 0 without one
	return isHost(host) && n <= math.MaxUint16 && port != standard[scheme]
}

// isHost refuses addresses in another form than browsers give them: 127.1, 0x7f000001 and [0:0:0:0:0:0:0:1] are never sent.
func isHost(host string) bool {
	if inner, is6 := strings.CutPrefix(host, "["); is6 {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && addr.String()+"]" == inner
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if !isNumber(last) {
		return len(host) <= maxHost
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Is4()
}

// isNumber reports whether a host that ends so is an address to a browser (WHATWG URL, "ends in a number").
func isNumber(label string) bool {
	digits, hexadecimal := strings.CutPrefix(label, "0x")
	if hexadecimal {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}
