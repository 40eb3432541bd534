package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"

	"sscard/cmd/internal/localtls"
	"sscard/cmd/internal/wiring"
	"sscard/terminal/config"
	"sscard/terminal/httpapi"
)

// port is a listener and the server behind it. All ports have one door.
type port struct {
	name     string // by which systemd knows its socket
	address  string
	newer    func(httpapi.Config) (*httpapi.Server, error)
	secure   bool // HTTPS
	listener net.Listener
	server   *httpapi.Server
}

// portsOf are ours, first, and where there are any those of old pages and of HTTPS. What systemd listens on for us is
// taken in the place of the configured address.
func portsOf(cfg config.Config, inherited sockets) (ports []*port, err error) {
	wanted := []*port{
		{name: "http", address: cfg.Listen, newer: httpapi.NewServer},
		{name: "compat", address: cfg.Compat.Listen, newer: httpapi.NewCompatServer},
	}
	if cfg.TLS.Mode == config.TLSLocal {
		wanted = append(wanted, &port{name: "https", address: cfg.TLS.Listen, newer: httpapi.NewServer, secure: true})
	}
	for _, p := range wanted {
		given := inherited.take(p.name)
		if len(given) == 0 && p.address != "" {
			ports = append(ports, p)
		}
		for _, l := range given {
			one := *p
			one.listener = l
			ports = append(ports, &one)
		}
	}
	return ports, inherited.left()
}

func (p *port) listen(ctx context.Context) (err error) {
	if p.listener != nil {
		return nil
	}
	var lc net.ListenConfig
	p.listener, err = lc.Listen(ctx, "tcp", p.address)
	return err
}

func (p *port) close() {
	if p.listener != nil {
		p.listener.Close()
	}
}

// equip makes the server. Secure is for HTTPS.
func (p *port) equip(api httpapi.Config, secure *tls.Config) (err error) {
	api.Port = p.listener.Addr().(*net.TCPAddr).Port
	if p.server, err = p.newer(api); err != nil {
		return err
	}
	if p.secure {
		p.server.TLSConfig = secure
	}
	return nil
}

// serve serves until the server is shut down, which is not an error.
func (p *port) serve() error {
	if p.secure {
		return p.server.ServeTLS(p.listener)
	}
	return p.server.Serve(p.listener)
}

func (p *port) url() string {
	if p.secure {
		return "https://" + p.listener.Addr().String()
	}
	return "http://" + p.listener.Addr().String()
}

// localTLS is what the port with HTTPS presents; nil where there is none.
func localTLS(cfg config.TLS, state wiring.State, log *slog.Logger) (*tls.Config, error) {
	if cfg.Mode != config.TLSLocal {
		return nil, nil
	}
	identity, made, err := localtls.LoadOrMake(state)
	if err != nil {
		return nil, err
	}
	if made {
		log.Warn("certificate made: browsers must be told to trust it (sscard tls show)", "file", identity.Path, "sha256", identity.Fingerprint())
	}
	return identity.Config(), nil
}
