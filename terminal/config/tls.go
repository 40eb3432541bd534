package config

import "errors"

// Values of tls.mode.
const (
	TLSOff   = "off"
	TLSLocal = "local"
)

// TLS is a second port with HTTPS, for pages that may call nothing else. Mode local has the daemon make key and
// certificate itself.
type TLS struct {
	Mode   string `koanf:"mode"`
	Listen string `koanf:"listen"` // host:port, loopback only
}

func defaultTLS() TLS { return TLS{Mode: TLSOff, Listen: "127.0.0.1:17421"} }

func (t TLS) validate() error {
	return errors.Join(oneOf("tls.mode", t.Mode, TLSOff, TLSLocal), checkListen("tls.listen", t.Listen))
}
