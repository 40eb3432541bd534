package door

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// isOurs takes requests to localhost or a loopback address, with the port that was called; only the scheme's own port may be left
// out. A request for a proxy, with an address in its first line, is nobody's but an attacker's; one for everything (*) is for no path of ours.
func isOurs(r *http.Request, port int) bool {
	if r.URL.Host != "" || r.URL.Scheme != "" || r.URL.Path == "*" {
		return false
	}
	name, named := strings.CutSuffix(r.Host, ":"+strconv.Itoa(port))
	return (named || port == standardPort(r)) && isLoopback(name)
}

func standardPort(r *http.Request) int {
	if r.TLS != nil {
		return 443
	}
	return 80
}

// isLoopback takes names as browsers write them, and localhost in any case. It is not [strings.EqualFold]: that takes
// localhoſt for localhost.
func isLoopback(name string) bool {
	if strings.ToLower(name) == "localhost" {
		return true
	}
	inner, bracketed := strings.CutPrefix(name, "[")
	if bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(inner)
	return err == nil && addr.IsLoopback() && addr.Zone() == "" && addr.Is6() == bracketed
}

// OwnOrigin is that of our page, as the caller sees it.
func OwnOrigin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
