package localtls

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"
	"time"
)

// The names that the certificates are for, and nothing else.
const hostName = "localhost"

func addresses() []net.IP { return []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback} }

// authorityTemplate names the machine, so that the administrator of many can tell them apart.
func authorityTemplate(now time.Time) *x509.Certificate {
	machine, err := os.Hostname()
	if err != nil {
		machine = "unnamed"
	}
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: "sscard on " + machine, Organization: []string{"sscard local authority"}},
		NotBefore:   now.Add(-slack),
		NotAfter:    now.Add(years*(year-overlap) + overlap),
		KeyUsage:    x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,

		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{hostName},
		PermittedIPRanges:           exactly(addresses()),
	}
}

// serverTemplate is valid for a year, and never longer than the authority.
func serverTemplate(from, until time.Time) *x509.Certificate {
	to := from.Add(year)
	if to.After(until) {
		to = until
	}
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: hostName, Organization: []string{"sscard"}},
		NotBefore:   from.Add(-slack),
		NotAfter:    to,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true,

		DNSNames:    []string{hostName},
		IPAddresses: addresses(),
	}
}

// exactly are networks of one address each.
func exactly(addresses []net.IP) []*net.IPNet {
	ranges := make([]*net.IPNet, len(addresses))
	for i, ip := range addresses {
		ranges[i] = &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))}
	}
	return ranges
}
